"""What the figures were measured on."""

import os
import platform
import ssl
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

_LIBRARIES = ("e2ecli", "click", "cryptography", "msgpack", "pynacl")


class Machine(NamedTuple):
    """The machine and the versions of everything that the speed hangs on."""

    cpu: str
    cores: int
    memory_mib: int
    kernel: str
    python: str
    libraries: dict[str, str]
    load_average: tuple[float, float, float]
    """At the start, over 1, 5 and 15 minutes: what else the machine was doing."""

    @classmethod
    def here(cls) -> "Machine":
        """Describe this machine."""
        libraries = {name: version(name) for name in _LIBRARIES}
        return cls(
            cpu=_cpu_model(),
            cores=os.cpu_count() or 1,
            memory_mib=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
            kernel=f"{platform.system()} {platform.release()}",
            python=f"{platform.python_implementation()} {platform.python_version()}",
            libraries=libraries | {"OpenSSL of hashlib": ssl.OPENSSL_VERSION.split()[1]},
            load_average=os.getloadavg(),
        )


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()
