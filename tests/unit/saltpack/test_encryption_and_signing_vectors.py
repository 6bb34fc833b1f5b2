"""Messages of the modes encryption, attached and detached, made by other implementations and by hand."""

import base64
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from e2ecli.errors import DamagedError, E2EError
from e2ecli.primitives.ed25519 import SigningSecretKey
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.x25519 import X25519PublicKey, X25519SecretKey
from e2ecli.saltpack import encryption, signing
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.engine import open_packets, seal_packets
from e2ecli.saltpack.header import EncryptionHeader, SignatureHeader, read_header
from e2ecli.saltpack.keys import MessageKeys
from e2ecli.saltpack.messages import open_source
from e2ecli.saltpack.stream import PacketStream
from tests.unit.saltpack.support import KnownKeys, cases

REPOSITORY = Path(__file__).parents[3]
KNOWN_ANSWERS = REPOSITORY.parent / "shared" / "vectors" / "known-answers.json"
CASES = cases("saltpack-encryption-and-signing.json")


def secret(text: str) -> SecretBytes:
    return SecretBytes(bytes.fromhex(text))


def buffered(data: bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(data))


def read(case: dict[str, Any]) -> tuple[bytes, bytes | None]:
    """The plaintext and the sender's key that a case's message yields."""
    source = open_source(buffered(base64.b64decode(case["message_b64"])))
    stream = PacketStream(source.binary)
    header = read_header(stream)
    if source.armor is not None:
        source.armor.frame.check(header.mode)
    assert header.mode.word == case["mode"]
    if isinstance(header, EncryptionHeader):
        keys = KnownKeys([X25519SecretKey(secret(one["secret_hex"])) for one in case["recipients"]])
        start = encryption.open_header(header, keys)
        plaintext = b"".join(bytes(chunk) for chunk in open_packets(stream, start.payload))
        return plaintext, None if start.sender is None else start.sender.value
    assert isinstance(header, SignatureHeader)
    if header.mode is Mode.DETACHED:
        signing.verify_detached(header, stream, buffered(base64.b64decode(case["detached_data_b64"])))
        return b"", header.sender_public_key.value
    opener = signing.AttachedOpener(header)
    plaintext = b"".join(bytes(chunk) for chunk in open_packets(stream, opener))
    return plaintext, header.sender_public_key.value


def check(case: dict[str, Any]) -> None:
    plaintext, sender = read(case)
    if case["mode"] != "detached":
        assert hashlib.sha256(plaintext).hexdigest() == case["plaintext_sha256"]
    if case["sender_public_hex"] is not None and not case["anonymous"]:
        assert sender == bytes.fromhex(case["sender_public_hex"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_vector_comes_out_as_the_specification_says(case: dict[str, Any]) -> None:
    if case["spec_expect"] == "ok":
        check(case)
    else:
        assert case["spec_expect"] == "error"
        with pytest.raises((DamagedError, E2EError)):
            check(case)


def known_answers() -> list[dict[str, Any]]:
    if not KNOWN_ANSWERS.exists():
        return []
    loaded: list[dict[str, Any]] = json.loads(KNOWN_ANSWERS.read_text())["cases"]
    return [case for case in loaded if case["mode"] != "signcryption"]


@pytest.mark.skipif(not KNOWN_ANSWERS.exists(), reason="the known answers are not beside this repository")
@pytest.mark.parametrize("case", known_answers(), ids=lambda case: case["name"])
def test_a_known_answer_of_other_implementations_is_read(case: dict[str, Any]) -> None:
    check(case)


@pytest.mark.skipif(not KNOWN_ANSWERS.exists(), reason="the known answers are not beside this repository")
@pytest.mark.parametrize(
    "case", [case for case in known_answers() if "fixed" in case], ids=lambda case: case["name"]
)
def test_a_known_answer_is_made_byte_for_byte(case: dict[str, Any]) -> None:
    fixed = case["fixed"]
    expected = open_source(buffered(base64.b64decode(case["message_b64"]))).binary.read(10_000)
    plaintext = base64.b64decode(case["plaintext_b64"])
    if case["mode"] == "encryption":
        keys = MessageKeys(
            X25519SecretKey(secret(fixed["ephemeral_secret_hex"])), secret(fixed["payload_key_hex"])
        )
        sender = X25519SecretKey(secret(case["sender_secret_hex"]))
        order = [X25519PublicKey(bytes.fromhex(key)) for key in fixed["recipients_public_hex_in_order"]]
        header, sealer = encryption.seal_header(sender, order, keys, hidden=False)
        made = header + b"".join(bytes(packet) for packet in seal_packets(buffered(plaintext), sealer))
        assert made == expected
        return
    signer = SigningSecretKey.from_seed(secret(case["sender_secret_hex"]))
    nonce = bytes.fromhex(fixed["nonce_hex"])
    if case["mode"] == "detached":
        content = base64.b64decode(case["detached_data_b64"])
        assert signing.sign_detached(buffered(content), signer, nonce) == expected
        return
    header, attached = signing.seal_header(signer, nonce)
    made = header + b"".join(bytes(packet) for packet in seal_packets(buffered(plaintext), attached))
    assert made == expected
