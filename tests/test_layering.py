"""The house keeps to one direction of imports, as the code's own import statements show."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "e2ecli"
AGENT = {"agent", "agent_client", "agent_process", "agent_protocol", "agent_socket", "unlock"}
"""Modules that talk over a Unix socket."""

ROOMS = {
    "errors": set(),
    "nearness": set(),
    "limits": set(),
    "records": set(),
    "in_order": set(),
    "primitives": {"errors", "limits", "records", "primitives"},
    "saltpack": {"errors", "limits", "records", "in_order", "primitives", "saltpack"},
    "keyring": {"errors", "limits", "records", "nearness", "primitives", "keyring"},
    "operations": {
        "errors",
        "limits",
        "records",
        "nearness",
        "primitives",
        "saltpack",
        "keyring",
        "operations",
    },
    "cli": {
        "errors",
        "limits",
        "records",
        "in_order",
        "nearness",
        "primitives",
        "saltpack",
        "keyring",
        "operations",
        "cli",
        "__init__",
    },
    "__init__": set(),
    "__main__": {"cli"},
}
ONLY_IMPORTERS = {
    "nacl": "primitives",
    "cryptography": "primitives",
    "msgpack": "saltpack/messagepack.py",
    "rtoml": "keyring/toml.py",
    "tomli_w": "keyring/toml.py",
    "click": "cli",
    "rich": "cli",
}
NETWORK = {"socket", "http", "urllib", "asyncio", "ssl", "ftplib", "smtplib", "requests"}

MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            if node.module == "e2ecli":
                yield from (
                    f"e2ecli.{alias.name}" if alias.name != "__version__" else "e2ecli"
                    for alias in node.names
                )
            else:
                yield node.module or ""


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_rooms_below_its_own(path: Path) -> None:
    for name in imports(path):
        if name == "e2ecli" or name.startswith("e2ecli."):
            target = name.split(".")[1] if "." in name else "__init__"
            assert target in ROOMS[room(path)], f"{path} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_library_is_imported_by_its_one_room_alone(path: Path) -> None:
    place = str(path.relative_to(PACKAGE))
    for name in imports(path):
        only = ONLY_IMPORTERS.get(name.split(".")[0])
        assert only is None or place == only or place.startswith(f"{only}/"), f"{path} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_invariant_10_nothing_imports_the_network(path: Path) -> None:
    used = {name.split(".")[0] for name in imports(path)} & NETWORK
    assert used <= ({"socket"} if path.stem in AGENT else set())


@pytest.mark.parametrize("name", sorted(AGENT))
def test_invariant_10_the_agent_knows_no_socket_but_the_unix_one(name: str) -> None:
    text = (PACKAGE / "operations" / f"{name}.py").read_text()
    assert set(re.findall(r"AF_[A-Z0-9]+", text)) <= {"AF_UNIX"}
    assert text.count("socket.socket(") == text.count("socket.socket(socket.AF_UNIX, socket.SOCK_STREAM")
