"""Vectors as test cases: those of `tests/vectors/`, and the known answers beside the repository."""

import base64
import json
from typing import Any

import pytest

from e2ecli.primitives.ed25519 import SigningSecretKey
from e2ecli.primitives.secret import SecretBytes
from e2ecli.saltpack.constants import Mode
from tests.unit.saltpack import support

Case = dict[str, Any]

KNOWN_ANSWERS = support.REPOSITORY.parent / "shared" / "vectors" / "known-answers.json"
"""Taken from the test data of other implementations, so kept outside this repository."""


def known_answers(mode: Mode) -> list[Any]:
    """The known answers of a mode; without the file, one case that is skipped and says so."""
    if not KNOWN_ANSWERS.exists():
        reason = "known-answers.json is kept outside the repository, and isn't there"
        return [pytest.param({}, marks=pytest.mark.skip(reason), id="the known answers")]
    return [case for case in json.loads(KNOWN_ANSWERS.read_text())["cases"] if case["mode"] == mode.word]


def each(cases: list[Any]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=lambda case: str(case["name"]))


def decoded(case: Case, name: str) -> bytes:
    """A field of a case that is encoded in hexadecimal or base 64."""
    return base64.b64decode(case[name]) if name.endswith("_b64") else bytes.fromhex(case[name])


def signer_of(case: Case) -> SigningSecretKey | None:
    if case.get("sender_secret_hex") is None:
        return None
    return SigningSecretKey.from_seed(SecretBytes(decoded(case, "sender_secret_hex")))
