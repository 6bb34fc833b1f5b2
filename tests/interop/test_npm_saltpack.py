"""Messages go both ways between this program and the npm registry's Saltpack library (0.4.0)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from nacl.public import PrivateKey
from nacl.signing import SigningKey

from tests.interop.node import missing, node

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

E2E = Path(sys.executable).with_name("e2e")
SIZES = [0, 1, 2**20, 2**20 + 1]
THEIR_SIZES = [size for size in SIZES if size]  # it writes no packet for an empty message; nobody opens that


class Ours:
    """An identity of this program's, with the other side as a raw-key contact."""

    def __init__(self, directory: Path) -> None:
        self.environment = dict(os.environ, E2E_KEYRING=str(directory / "keyring"), HOME=str(directory))
        self.run("keygen", "Alice", "--no-passphrase", "-q")
        shown = json.loads(self.run("keys", "show", "--json"))
        self.x25519: str = shown["x25519"]
        self.ed25519: str = shown["ed25519"]
        self.their_seed = bytes(range(32)).hex()
        self.their_secret = bytes(range(32, 64)).hex()
        their_signing = SigningKey(bytes.fromhex(self.their_seed)).verify_key.encode().hex()
        self.their_x25519 = PrivateKey(bytes.fromhex(self.their_secret)).public_key.encode().hex()
        self.their_ed25519 = their_signing
        self.run("contacts", "add", "node", "--x25519", self.their_x25519, "--ed25519", their_signing)

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        done = subprocess.run(
            [str(E2E), *arguments], input=stdin, env=self.environment, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Ours:
    return Ours(tmp_path_factory.mktemp("ours"))


def content(size: int) -> bytes:
    return (b"saltpack " * (size // 9 + 1))[:size]


@pytest.mark.parametrize("armored", [False, True], ids=["binary", "armored"])
@pytest.mark.parametrize("size", SIZES)
def test_the_npm_library_opens_our_plain_signcrypted_message(ours: Ours, size: int, armored: bool) -> None:
    sealed = ours.run("send", "node", *(["-a"] if armored else []), stdin=content(size))
    opened = node("designcrypt", sealed, secret=ours.their_secret, armored=armored)
    assert opened.data == content(size)
    assert opened.sender == ours.ed25519


@pytest.mark.parametrize("armored", [False, True], ids=["binary", "armored"])
@pytest.mark.parametrize("size", THEIR_SIZES)
def test_we_open_a_message_signcrypted_by_the_npm_library(ours: Ours, size: int, armored: bool) -> None:
    sealed = node("signcrypt", content(size), seed=ours.their_seed, recipients=[ours.x25519], armored=armored)
    assert ours.run("open", "--from", "node", stdin=sealed.data) == content(size)


@pytest.mark.parametrize("armored", [False, True], ids=["binary", "armored"])
@pytest.mark.parametrize("size", SIZES)
def test_the_npm_library_opens_our_deniable_message(ours: Ours, size: int, armored: bool) -> None:
    sealed = ours.run("send", "--deniable", "node", *(["-a"] if armored else []), stdin=content(size))
    opened = node("decrypt", sealed, secret=ours.their_secret, armored=armored)
    assert opened.data == content(size)
    assert opened.sender == ours.x25519


@pytest.mark.parametrize("armored", [False, True], ids=["binary", "armored"])
@pytest.mark.parametrize("size", THEIR_SIZES)
def test_we_open_a_message_encrypted_by_the_npm_library(ours: Ours, size: int, armored: bool) -> None:
    sealed = node(
        "encrypt", content(size), secret=ours.their_secret, recipients=[ours.x25519], armored=armored
    )
    assert ours.run("open", "--from", "node", stdin=sealed.data) == content(size)


@pytest.mark.parametrize("armored", [False, True], ids=["binary", "armored"])
@pytest.mark.parametrize("size", SIZES)
def test_the_npm_library_verifies_our_attached_signature(ours: Ours, size: int, armored: bool) -> None:
    signed = ours.run("sign", *(["-a"] if armored else []), stdin=content(size))
    verified = node("verify", signed, armored=armored)
    assert verified.data == content(size)
    assert verified.sender == ours.ed25519


@pytest.mark.parametrize("armored", [False, True], ids=["binary", "armored"])
@pytest.mark.parametrize("size", THEIR_SIZES)
def test_we_verify_an_attached_signature_of_the_npm_library(ours: Ours, size: int, armored: bool) -> None:
    signed = node("sign", content(size), seed=ours.their_seed, armored=armored)
    assert ours.run("verify", "--from", "node", stdin=signed.data) == content(size)


@pytest.mark.parametrize("armored", [False, True], ids=["binary", "armored"])
@pytest.mark.parametrize("size", SIZES)
def test_the_npm_library_verifies_our_detached_signature(ours: Ours, size: int, armored: bool) -> None:
    signature = ours.run("sign", "--detach", *(["-a"] if armored else []), stdin=content(size))
    verified = node("verifyDetached", content(size), detached=signature, armored=armored)
    assert verified.sender == ours.ed25519


@pytest.mark.parametrize("armored", [False, True], ids=["binary", "armored"])
@pytest.mark.parametrize("size", SIZES)
def test_we_verify_a_detached_signature_of_the_npm_library(
    ours: Ours, size: int, armored: bool, tmp_path: Path
) -> None:
    signature = node("signDetached", content(size), seed=ours.their_seed, armored=armored)
    (tmp_path / "content.sig").write_bytes(signature.data)
    (tmp_path / "content").write_bytes(content(size))
    ours.run("verify", "--from", "node", str(tmp_path / "content"))
