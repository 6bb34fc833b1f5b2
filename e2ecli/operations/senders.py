"""Who wrote a message, and whether that is somebody whom the reader accepts (section 4)."""

from collections.abc import Sequence
from typing import NamedTuple

from e2ecli.errors import RecipientError, SenderError
from e2ecli.keyring.contacts import Contact
from e2ecli.keyring.identities import Identity
from e2ecli.keyring.keyid import key_id
from e2ecli.operations.contacts import find_contact
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.ed25519 import SigningPublicKey


class Sender(NamedTuple):
    """The key that signed, and who it belongs to as far as the keyring knows: a contact, or you."""

    key: SigningPublicKey
    contact: Contact | None = None
    identity: Identity | None = None

    @property
    def id(self) -> str:
        """The key id."""
        return key_id(self.key)

    @property
    def name(self) -> str | None:
        """The petname, or None for somebody unknown."""
        if self.identity is not None:
            return self.identity.name
        return None if self.contact is None else self.contact.petname

    @property
    def verified(self) -> bool:
        """Whether you compared safety numbers, or it is you."""
        return self.identity is not None or (self.contact is not None and self.contact.verified is not None)


class AnonymousSender(NamedTuple):
    """Nobody in particular: any recipient could have made or altered the message."""


class SenderPolicy(NamedTuple):
    """Which senders are accepted. `keys` None accepts every known one."""

    keys: frozenset[SigningPublicKey] | None = None
    names: tuple[str, ...] = ()
    allow_unknown: bool = False
    allow_anonymous: bool = False
    require_verified: bool = False


def policy_from_names(workspace: Workspace, names: Sequence[str]) -> frozenset[SigningPublicKey] | None:
    """Return the keys that `--from` accepts, or None where it was not given.

    Raises:
        UnknownNameError: a name is nobody's.
        RecipientError: somebody's signing key is not known.
    """
    if not names:
        return None
    return frozenset(_signing_key(workspace, name) for name in names)


def _signing_key(workspace: Workspace, name: str) -> SigningPublicKey:
    if name == "me":
        return workspace.own_identity().card.signing_key
    contact = find_contact(workspace, name)
    if contact.signing_key is None:
        raise RecipientError(
            f"the signing key of “{contact.petname}” is not known: nothing can be recognised as theirs"
        )
    return contact.signing_key


def identify(workspace: Workspace, key: SigningPublicKey | None) -> Sender | AnonymousSender:
    """Return whose key a message is signed with."""
    if key is None:
        return AnonymousSender()
    contact = workspace.contacts.find_by_key(key)
    if contact is not None:
        return Sender(key, contact=contact)
    for identity in workspace.identities.all():
        if identity.card.signing_key == key:
            return Sender(key, identity=identity)
    return Sender(key)


def check_sender(sender: Sender | AnonymousSender, policy: SenderPolicy) -> None:
    """Check a sender against the policy.

    Raises:
        SenderError: they are not accepted.
    """
    expected = " or ".join(policy.names)
    if isinstance(sender, AnonymousSender):
        if policy.keys is not None:
            raise SenderError(f"the message is anonymous, and not from {expected}")
        if not policy.allow_anonymous:
            raise SenderError(
                "the message is anonymous: any of its recipients could have made or changed it",
                "read it all the same with --allow-anonymous",
            )
        if policy.require_verified:
            raise SenderError("the message is anonymous, and a verified sender was required")
        return
    shown = sender.name or sender.id
    if policy.keys is not None and sender.key not in policy.keys:
        raise SenderError(f"the message is from {shown}, and not from {expected}")
    if sender.contact is not None and sender.contact.revoked is not None:
        raise SenderError(
            f"“{shown}” has revoked the identity that signed this message "
            f"({sender.contact.revoked.reason}): somebody else may have written it",
            "ask them for the card of their new identity",
        )
    if sender.name is None and not policy.allow_unknown:
        raise SenderError(
            f"the message is from somebody unknown, with the key {sender.id}",
            "import their card first, or read it all the same with --allow-unknown",
        )
    if policy.require_verified and not sender.verified:
        raise SenderError(
            f"“{shown}” is not verified, and that was required",
            f"compare safety numbers: e2e contacts verify {shown}" if sender.name else None,
        )
