"""The program's start, and `python -m e2ecli`.

Until the program can catch it, Ctrl-C ends the process as the system does, without Python's traceback (or
does nothing, where whoever started it wants that).
"""

import gc
import os
import signal
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the program, and end the process at once: taking the interpreter apart takes a while."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.disable()  # nothing that is imported is garbage; a command that runs enables it again
    from e2ecli.cli.main import run  # noqa: PLC0415  # once Ctrl-C is safe

    try:
        run()
    except SystemExit as ended:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(ended.code if isinstance(ended.code, int) else 1)


if __name__ == "__main__":
    main()
