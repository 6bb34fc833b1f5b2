"""From names to recipients: who is meant, whether they can be sent to, and their entries in a message."""

from collections.abc import Iterable
from typing import NamedTuple

from e2ecli import limits
from e2ecli.errors import DamagedError, RecipientError, UsageError
from e2ecli.keyring.cards import Card, EncryptionKeys
from e2ecli.keyring.contacts import RawKeys
from e2ecli.operations.contacts import find_contact
from e2ecli.operations.hybrid_recipients import hybrid_recipient
from e2ecli.operations.trust import counts_as_verified
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.randomness import random_bytes
from e2ecli.primitives.x25519 import X25519PublicKey
from e2ecli.saltpack.signcryption import RecipientKey, X25519Recipient


class Addressee(NamedTuple):
    """Somebody to send to: the name that the user gave them, and the keys on their card."""

    name: str
    keys: EncryptionKeys
    verified: bool
    card: Card | None
    """None where there are only raw keys."""

    @property
    def has_card(self) -> bool:
        """Whether they use this program, or one that knows its cards."""
        return self.card is not None

    @property
    def post_quantum(self) -> bool:
        """Whether a message to them outlasts quantum computers."""
        return self.keys.hybrid is not None


def resolve(workspace: Workspace, names: Iterable[str]) -> list[Addressee]:
    """Return who the names mean, each once, in order.

    Raises:
        UnknownNameError: a name is nobody's.
        RecipientError: somebody's card is expired or revoked.
        UsageError: there are none, or too many.
    """
    addressees = {
        addressee.keys: addressee for addressee in (_resolve_one(workspace, name) for name in names)
    }
    if not addressees:
        raise UsageError("nobody to send to was named")
    if len(addressees) > limits.RECIPIENTS:
        raise UsageError(f"a message has at most {limits.RECIPIENTS} recipients", "make a group of them")
    return list(addressees.values())


def require_verified(addressees: Iterable[Addressee]) -> None:
    """Check that you have compared safety numbers with everybody.

    Raises:
        RecipientError: with somebody you haven't.
    """
    for addressee in addressees:
        if not addressee.verified:
            raise RecipientError(
                f"“{addressee.name}” is not verified, and that was required",
                f"compare safety numbers: e2e contacts verify {addressee.name}",
            )


def require_post_quantum(addressees: Iterable[Addressee]) -> None:
    """Check that everybody has a hybrid key.

    Raises:
        RecipientError: somebody hasn't.
    """
    for addressee in addressees:
        if not addressee.post_quantum:
            raise RecipientError(
                f"“{addressee.name}” has no post-quantum key, and that was required",
                f"ask {addressee.name} for an e2e card, or leave them out",
            )


def recipient_entries(addressees: Iterable[Addressee]) -> list[RecipientKey]:
    """Return the entries of one message, in random order, so that it tells nothing.

    Raises:
        RecipientError: a card has a key that can't be sealed to.
    """
    return sorted(map(_entry, addressees), key=lambda _: random_bytes(16))


def x25519_recipients(addressees: Iterable[Addressee]) -> list[X25519PublicKey]:
    """Return the recipients of one deniable message, in random order."""
    return sorted((addressee.keys.x25519 for addressee in addressees), key=lambda _: random_bytes(16))


def _resolve_one(workspace: Workspace, name: str) -> Addressee:
    if name == "me":
        identity = workspace.own_identity()
        return Addressee(
            "me", _usable_keys(workspace, "me", identity.card), verified=True, card=identity.card
        )
    contact = find_contact(workspace, name)
    verified = counts_as_verified(workspace, contact)
    if isinstance(contact.source, RawKeys):
        return Addressee(contact.petname, EncryptionKeys(contact.source.x25519, None), verified, card=None)
    keys = _usable_keys(workspace, contact.petname, contact.source.card)
    return Addressee(contact.petname, keys, verified, contact.source.card)


def _usable_keys(workspace: Workspace, name: str, card: Card) -> EncryptionKeys:
    if card.revoked is not None:
        raise RecipientError(
            f"“{name}” revoked this identity on {card.revoked.at:%Y-%m-%d} ({card.revoked.reason})",
            "ask them for the card of their new identity, and import it",
        )
    if card.expires is not None and card.expired(workspace.clock()):
        raise RecipientError(
            f"the card of “{name}” expired on {card.expires:%Y-%m-%d}",
            "ask them for a newer card, and import it",
        )
    if card.encryption_keys is None:
        raise RecipientError(f"the card of “{name}” has no key to encrypt to", "ask them for a newer card")
    return card.encryption_keys


def _entry(addressee: Addressee) -> RecipientKey:
    if addressee.keys.hybrid is None:
        return X25519Recipient(addressee.keys.x25519)
    try:
        return hybrid_recipient(addressee.keys.hybrid)
    except DamagedError as error:
        raise RecipientError(f"the card of “{addressee.name}” can't be used: {error.message}") from error
