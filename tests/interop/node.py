"""The npm registry's Saltpack library, called in a Node process of its own."""

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent


class NodeResult(NamedTuple):
    """What the other implementation made of a request."""

    data: bytes
    sender: str | None


class NodeRefusedError(Exception):
    """The other implementation refused."""


def missing() -> str | None:
    """Say what is missing for these tests, or None."""
    if shutil.which("node") is None:
        return "Node is not installed"
    if not (HERE / "node_modules" / "@samuelthomas2774" / "saltpack").exists():
        return "the npm library is not installed (make test does that where npm is)"
    return None


def node(operation: str, data: bytes, **request: Any) -> NodeResult:
    """Run one operation of the npm library."""
    if "detached" in request:
        request["detached"] = base64.b64encode(request["detached"]).decode()
    asked = {"operation": operation, "data": base64.b64encode(data).decode(), **request}
    done = subprocess.run(
        ["node", "saltpack.mjs"],
        cwd=HERE,
        input=json.dumps(asked).encode(),
        stdout=subprocess.PIPE,
        check=True,
        timeout=120,
    )
    answer = json.loads(done.stdout)
    if not answer["ok"]:
        raise NodeRefusedError(answer["error"])
    return NodeResult(base64.b64decode(answer["data"]), answer["sender"])
