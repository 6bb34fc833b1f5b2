"""Runs one program and prints what it took: seconds, processor seconds, peak memory in bytes, exit code.

It is a process of its own, and a small one: the kernel counts the memory of whoever starts a program into
the program's own peak.
"""

import os
import sys
import time

_MEMORY_UNIT = 1 if sys.platform == "darwin" else 1024


def main(output: str, *command: str) -> None:
    """Run `command` with its standard output in `output`."""
    writing = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, output, writing, 0o600),
    ]
    start = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ, file_actions=files)
    _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - start
    peak = usage.ru_maxrss * _MEMORY_UNIT
    print(seconds, usage.ru_utime + usage.ru_stime, peak, os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main(*sys.argv[1:])
