"""Keys that anybody could use, and signatures in a second form: refused in whole messages and cards.

A point of small order as a key makes secrets that everybody knows, and signatures that anybody can make.
"""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

from e2ecli.errors import DamagedError, E2EError, NotForYouError, RecipientError
from e2ecli.keyring.cards import Card, EncryptionKeys, format_card
from e2ecli.operations.cards import PURPOSE
from e2ecli.operations.hybrid_recipients import hybrid_recipient
from e2ecli.operations.import_text import import_text
from e2ecli.operations.open_message import Opener
from e2ecli.operations.reading import read_message
from e2ecli.operations.send import SendOptions
from e2ecli.operations.senders import AnonymousSender
from e2ecli.operations.verify import verify_attached, verify_detached
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives import secretbox
from e2ecli.primitives.ed25519 import SignatureInvalidError, SigningPublicKey
from e2ecli.primitives.hashes import sha512
from e2ecli.primitives.x25519 import X25519PublicKey
from e2ecli.saltpack import constants, encryption, signcryption, signing
from e2ecli.saltpack.keys import Signer
from e2ecli.saltpack.signcryption import SymmetricRecipient, X25519Recipient
from tests.unit.keyring.support import NOW, card_of, keys_of, secrets_of
from tests.unit.operations.support import ACCEPT_ALL, TEXT, Collected, open_, person, send, source
from tests.unit.operations.team import contents
from tests.unit.primitives.test_ed25519 import GROUP_ORDER, IDENTITY, SMALL_ORDER
from tests.unit.primitives.test_x25519 import LOW_ORDER
from tests.unit.saltpack import support, test_encryption

MLKEM_CIPHERTEXT_BYTES = 1088
MLKEM_PUBLIC_KEY_BYTES = 1184

each_low_order = pytest.mark.parametrize("point", list(map(bytes.fromhex, LOW_ORDER.values())), ids=LOW_ORDER)
each_small_order = pytest.mark.parametrize(
    "key", list(map(bytes.fromhex, SMALL_ORDER.values())), ids=SMALL_ORDER
)


@pytest.fixture
def bob(tmp_path: Path) -> Workspace:
    return person(tmp_path, "Bob", knows=["Alice"])


def refused(bob: Workspace, error: type[E2EError], act: Callable[[Collected], object]) -> None:
    """Check that something fails, lets nothing out, and changes nothing in the keyring."""
    before, output = contents(bob), Collected()
    with pytest.raises(error):
        act(output)
    assert not output.data
    assert not output.committed
    assert contents(bob) == before


def opening(bob: Workspace, message: bytes) -> Callable[[Collected], object]:
    return lambda output: Opener(bob, ACCEPT_ALL).open(read_message(source(message)), output.start)


# Ephemeral keys and senders' encryption keys


@each_low_order
@pytest.mark.parametrize("mode", [signcryption, encryption], ids=["sealed", "deniable"])
def test_a_message_under_an_ephemeral_key_of_low_order_is_damaged(
    bob: Workspace, mode: object, point: bytes
) -> None:
    message = sealed() if mode is signcryption else deniable()
    altered = support.with_header(message, lambda fields: fields.__setitem__(3, point))
    refused(bob, DamagedError, opening(bob, altered))


def sealed() -> bytes:
    recipient = X25519Recipient(keys_of("Bob").x25519)
    return support.seal(TEXT, [recipient], signer=secrets_of("Alice").signing_key())


def deniable() -> bytes:
    sender = secrets_of("Alice").newest_keys().x25519
    header, sealer = encryption.seal_header(sender, [keys_of("Bob").x25519], support.message_keys())
    return header + support.sealed_packets(TEXT, sealer)


@each_low_order
@pytest.mark.parametrize("version", [1, 2])
def test_a_deniable_message_of_a_sender_with_a_key_of_low_order_is_damaged(
    version: int, point: bytes
) -> None:
    """Everybody knows the secret that such a sender shares with a reader, and could authenticate."""
    chunks = [b"A chunk."]
    message = (
        test_encryption.sealed() if version == 2 else test_encryption.sealed_in_version_1(chunks, hidden=True)
    )
    box = secretbox.seal(point, constants.SENDER_KEY_NONCE, test_encryption.KEYS.payload_key)
    altered = support.with_header(message, lambda fields: fields.__setitem__(4, box))
    for reader in test_encryption.READERS.values():
        released, _, error = test_encryption.released(altered, reader)
        assert released == []
        assert isinstance(error, DamagedError)


@each_low_order
def test_a_hybrid_recipients_entry_under_a_point_of_low_order_is_nobodys(
    bob: Workspace, point: bytes
) -> None:
    """Only the X25519 part of the encapsulation is altered: X-Wing binds it, and HPKE refuses zeros."""
    hybrid = keys_of("Bob").hybrid
    assert hybrid is not None
    entry = hybrid_recipient(hybrid)
    before, after = entry.identifier[:MLKEM_CIPHERTEXT_BYTES], entry.identifier[MLKEM_CIPHERTEXT_BYTES + 32 :]
    recipient = SymmetricRecipient(before + point + after, entry.key)
    message = support.seal(TEXT, [recipient], signer=secrets_of("Alice").signing_key())
    refused(bob, NotForYouError, opening(bob, message))


# Cards whose encryption keys are of low order


@each_low_order
@pytest.mark.parametrize(
    ("hybrid", "deniably"),
    [(False, False), (False, True), (True, True)],
    ids=["plain", "plain, deniably", "both"],
)
def test_nothing_is_sent_to_a_card_with_an_x25519_key_of_low_order(
    bob: Workspace, hybrid: bool, deniably: bool, point: bytes
) -> None:
    keys = EncryptionKeys(X25519PublicKey(point), keys_of("Mallory").hybrid if hybrid else None)
    import_text(bob, signed_text(card_of("Mallory")._replace(encryption_keys=keys)))
    with pytest.raises(RecipientError):
        send(bob, "mallory", options=SendOptions(deniable=deniably))


@each_low_order
def test_nothing_is_sent_to_a_card_whose_hybrid_key_has_a_point_of_low_order(
    bob: Workspace, point: bytes
) -> None:
    keys = keys_of("Mallory")
    assert keys.hybrid is not None
    altered = keys._replace(hybrid=keys.hybrid[:MLKEM_PUBLIC_KEY_BYTES] + point)
    import_text(bob, signed_text(card_of("Mallory")._replace(encryption_keys=altered)))
    with pytest.raises(RecipientError):
        send(bob, "mallory")


def signed_text(card: Card, signer: Signer | None = None) -> bytes:
    return signing.sign_text(format_card(card), signer or secrets_of(card.name).signing_key(), PURPOSE)


# Signatures


class OfSmallOrder:
    """Signs for a key without a secret: S·B = R + h·A holds with S = 0, the identity as R, and 8 | h."""

    def __init__(self, key: bytes) -> None:
        self.public_key = SigningPublicKey(key)
        self.holds = True

    def sign(self, message: bytes) -> bytes:
        hashed = sha512(IDENTITY, self.public_key.value, message)
        self.holds = int.from_bytes(hashed, "little") % GROUP_ORDER % 8 == 0
        return IDENTITY + bytes(32)


class Malleable(NamedTuple):
    """Signs with the second form of a true signature, which anybody can make of it: S plus the order."""

    signer: Signer

    @property
    def public_key(self) -> SigningPublicKey:
        return self.signer.public_key

    def sign(self, message: bytes) -> bytes:
        signature = self.signer.sign(message)
        scalar = int.from_bytes(signature[32:], "little") + GROUP_ORDER
        return signature[:32] + scalar.to_bytes(32, "little")


Make = Callable[[Signer, bytes], bytes]
"""Signs something with a signer, and a nonce that makes it another each time."""


def attached(signer: Signer, nonce: bytes) -> bytes:
    header, sealer = signing.seal_header(signer, nonce)
    return header + support.sealed_packets(TEXT, sealer)


def detached(signer: Signer, nonce: bytes) -> bytes:
    return signing.sign_detached(source(TEXT), signer, nonce)


def signcrypted(signer: Signer, nonce: bytes) -> bytes:
    keys = support.message_keys(nonce.hex()[:8])
    return support.seal(TEXT, [X25519Recipient(keys_of("Bob").x25519)], signer=signer, keys=keys)


def card(signer: Signer, nonce: bytes) -> bytes:
    owner = Card("Mallory", None, signer.public_key, NOW, None, keys_of("Mallory"), None)
    header, sealer = signing.seal_header(signer, nonce, PURPOSE)
    return header + support.sealed_packets(format_card(owner), sealer)


def reading(bob: Workspace, make: Make, message: bytes) -> Callable[[Collected], object]:
    if make is attached:
        return lambda output: verify_attached(bob, ACCEPT_ALL, read_message(source(message)), output.start)
    if make is detached:
        return lambda _: verify_detached(bob, ACCEPT_ALL, read_message(source(message)), source(TEXT))
    if make is card:
        return lambda _: import_text(bob, message)
    return opening(bob, message)


each_signed = pytest.mark.parametrize("make", [attached, detached, signcrypted, card])


@each_signed
def test_a_true_signature_is_taken(bob: Workspace, make: Make) -> None:
    reading(bob, make, make(secrets_of("Mallory").signing_key(), bytes(32)))(Collected())


@each_signed
@each_small_order
def test_what_is_signed_for_a_key_of_small_order_is_forged(bob: Workspace, make: Make, key: bytes) -> None:
    """All zeros is what an anonymous sender writes into a sealed message: that is nobody's."""
    signer = OfSmallOrder(key)
    messages = (make(signer, number.to_bytes(32, "little")) for number in count())
    message = next(message for message in messages if signer.holds)
    if make is signcrypted and key == constants.ANONYMOUS_SENDER:
        assert isinstance(open_(bob, message, ACCEPT_ALL).opened.facts.sender, AnonymousSender)
    else:
        refused(bob, SignatureInvalidError, reading(bob, make, message))


@each_signed
def test_a_signature_in_its_second_form_is_forged(bob: Workspace, make: Make) -> None:
    message = make(Malleable(secrets_of("Alice").signing_key()), bytes(32))
    refused(bob, SignatureInvalidError, reading(bob, make, message))
