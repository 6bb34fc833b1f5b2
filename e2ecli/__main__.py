"""The program's start, and `python -m e2ecli`.

Until the program can catch it, Ctrl-C ends the process as the system does, without Python's traceback.
"""

import signal


def main() -> None:
    """Run the program."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from e2ecli.cli.main import run  # noqa: PLC0415  # once Ctrl-C is safe

    run()


if __name__ == "__main__":
    main()
