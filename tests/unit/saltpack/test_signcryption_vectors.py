"""Signcrypted messages of other implementations and of the specification's steps come out as they should.

Those whose randomness is known are also sealed anew, byte for byte.
"""

import hashlib
from collections.abc import Iterator

import pytest

from e2ecli.errors import DamagedError, ForgedError, NotAMessageError, NotForYouError, TruncatedError
from e2ecli.primitives.ed25519 import SignatureInvalidError
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.secretbox import BoxOpenError
from e2ecli.primitives.x25519 import X25519PublicKey, X25519SecretKey
from e2ecli.saltpack import signcryption
from e2ecli.saltpack.armor import ArmorError
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.header import VersionError
from e2ecli.saltpack.keys import MessageKeys
from e2ecli.saltpack.signcryption import RecipientKey, SymmetricRecipient, X25519Recipient
from tests.unit.saltpack import support, vectors
from tests.unit.saltpack.support import KnownKeys
from tests.unit.saltpack.vectors import Case, decoded, each, known_answers

CASES = support.cases("saltpack-signcryption.json")
GOOD = [case for case in CASES if case["spec_expect"] == "ok"]
BAD = [case for case in CASES if case["spec_expect"] == "error"]
FIXED = [case for case in CASES if "fixed" in case]

REFUSED_AS: dict[str, type[Exception]] = {
    "sc-outsider": NotForYouError,
    "sc-hdr-version-3-0": VersionError,
    "sc-hdr-mode-0": NotAMessageError,
    "sc-hdr-swapped": NotForYouError,
    "sc-forged-mallory-sig": SignatureInvalidError,
    "sc-pkt-truncated-last": TruncatedError,
    "sc-pkt-truncated-mid": TruncatedError,
    "sc-pkt-reordered": BoxOpenError,
    "sc-pkt-final-flag-cleared": DamagedError,
    "sc-pkt-empty-final-after-data": DamagedError,
    "sc-pkt-bitflip-ct": BoxOpenError,
    "sc-pkt-trailing-nil": DamagedError,
    "ar-brand-mismatch": ArmorError,
}


def reader_of(case: Case) -> KnownKeys:
    return KnownKeys(
        x25519=[
            X25519SecretKey(SecretBytes(decoded(recipient, "secret_hex")))
            for recipient in case.get("recipients", [])
        ],
        symmetric={
            decoded(entry, "identifier_hex"): SecretBytes(decoded(entry, "key_hex"))
            for entry in case.get("symmetric", [])
        },
    )


def recipients_of(case: Case) -> Iterator[RecipientKey]:
    for public_key in case["fixed"]["recipients_public_hex_in_order"]:
        yield X25519Recipient(X25519PublicKey(bytes.fromhex(public_key)))
    for entry in case.get("symmetric", []):
        yield SymmetricRecipient(decoded(entry, "identifier_hex"), SecretBytes(decoded(entry, "key_hex")))


def chunks_of(case: Case) -> list[bytes]:
    """The plaintext, cut as the case's packets are: each holds 80 bytes beside its chunk."""
    plaintext = decoded(case, "plaintext_b64")
    chunks = []
    for body, _final in support.unpack_all(support.split_header(decoded(case, "message_b64"))[1]):
        chunks.append(plaintext[: len(body) - 80])
        plaintext = plaintext[len(body) - 80 :]
    return chunks


def sealed_again(case: Case) -> bytes:
    keys = MessageKeys(
        X25519SecretKey(SecretBytes(decoded(case["fixed"], "ephemeral_secret_hex"))),
        SecretBytes(decoded(case["fixed"], "payload_key_hex")),
    )
    header, sealer = signcryption.seal_header(vectors.signer_of(case), list(recipients_of(case)), keys)
    return header + b"".join(support.seal_chunks(sealer, chunks_of(case)))


@each([*GOOD, *known_answers(Mode.SIGNCRYPTION)])
def test_a_good_message_opens_to_its_plaintext_and_names_its_sender(case: Case) -> None:
    opened = support.open_text(decoded(case, "message_b64"), reader_of(case))
    assert hashlib.sha256(opened.plaintext).hexdigest() == case["plaintext_sha256"]
    assert (opened.sender.value.hex() if opened.sender else None) == case["sender_public_hex"]


@each(BAD)
def test_a_bad_message_is_refused_for_what_is_wrong_with_it(case: Case) -> None:
    with pytest.raises(REFUSED_AS[case["name"]]):
        support.open_text(decoded(case, "message_b64"), reader_of(case))


@each([*FIXED, *known_answers(Mode.SIGNCRYPTION)])
def test_a_message_with_the_same_randomness_is_sealed_to_the_same_bytes(case: Case) -> None:
    assert sealed_again(case) == decoded(case, "message_b64")


def test_every_case_is_run() -> None:
    assert len(GOOD) + len(BAD) == len(CASES) == 31
    assert len(FIXED) == 3
    assert {case["name"] for case in BAD} == REFUSED_AS.keys()


def test_a_forged_message_counts_as_forged() -> None:
    assert issubclass(SignatureInvalidError, ForgedError)
