"""A passphrase command that looks around: it writes down what others could see of it and its parents.

spy.py REPORT PASSPHRASE-FILE PID     looks at itself and its parents below PID
"""

import json
import os
import sys
from pathlib import Path


def main() -> None:
    """Look around, and print the passphrase."""
    report, passphrase, stop = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    seen, process = [], os.getpid()
    while process not in {stop, 1}:
        about = Path("/proc") / str(process)
        seen.append(
            {
                "argv": (about / "cmdline").read_bytes().hex(),
                "environment": (about / "environ").read_bytes().hex(),
                "limits": (about / "limits").read_text(),
                "descriptors": sorted(os.listdir(about / "fd")),
            }
        )
        status = (about / "status").read_text()
        process = int(status.partition("PPid:")[2].split()[0])
    with report.open("a") as file:
        file.write(json.dumps(seen) + "\n")
    sys.stdout.write(passphrase.read_text())


if __name__ == "__main__":
    main()
