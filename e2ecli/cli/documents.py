"""The JSON documents of section 6: what a contact, an identity and a sender look like to a machine."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from e2ecli.keyring.cards import Card, EncryptionKeys
from e2ecli.keyring.contacts import Contact
from e2ecli.keyring.identities import Identity
from e2ecli.keyring.keyid import key_id
from e2ecli.operations.contacts import status_of
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.saltpack.metadata import Metadata

if TYPE_CHECKING:
    from e2ecli.operations.send import Sending


def rfc3339(time: datetime) -> str:
    """Return a time as machines read it, in UTC, to the second."""
    return time.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def metadata_document(metadata: Metadata | None) -> dict[str, Any]:
    """Return when a message was sent and the file's name, null where it doesn't say."""
    metadata = metadata or Metadata()
    sent = None if metadata.sent is None else rfc3339(datetime.fromtimestamp(metadata.sent, UTC))
    return {"sent": sent, "name": metadata.name}


def sending_facts(sending: "Sending") -> dict[str, Any]:
    """Return what is known of messages before they are sealed."""
    return {
        "mode": sending.mode.word,
        "sender": None if sending.sender is None else you_document(sending.sender),
        "recipients": len(sending.addressees),
        "post_quantum": not sending.not_post_quantum,
    }


def you_document(identity: Identity) -> dict[str, Any]:
    """Return an identity of yours as a sender."""
    return {
        "name": identity.name,
        "id": identity.card.id,
        "verified": True,
        "introduced_by": None,
        "group": None,
    }


def contact_document(contact: Contact, workspace: Workspace) -> dict[str, Any]:
    """Return a contact, as `contacts list` and `contacts show` do."""
    card, keys = contact.card, contact.encryption_keys
    return {
        "name": contact.petname,
        "card_name": None if card is None else card.name,
        "email": None if card is None else card.email,
        "id": contact.id,
        **_keys(contact.signing_key, keys),
        "status": status_of(contact, workspace),
        "verified": contact.verified is not None,
        "introduced_by": None if contact.introduced_by is None else key_id(contact.introduced_by),
        **_times(card),
        "post_quantum": keys is not None and keys.hybrid is not None,
    }


def identity_document(identity: Identity, workspace: Workspace) -> dict[str, Any]:
    """Return an identity, as `keygen`, `keys list` and `keys show` do."""
    card = identity.card
    return {
        "name": identity.name,
        "card_name": card.name,
        "id": card.id,
        **_keys(card.signing_key, card.encryption_keys),
        "default": workspace.default_identity_name() == identity.name,
        "locked": identity.locked,
        "generation": identity.newest,
        **_times(card),
    }


def _keys(signing_key: SigningPublicKey | None, keys: EncryptionKeys | None) -> dict[str, str | None]:
    return {
        "ed25519": None if signing_key is None else signing_key.value.hex(),
        "x25519": None if keys is None else keys.x25519.value.hex(),
        "mlkem768x25519": None if keys is None or keys.hybrid is None else keys.hybrid.hex(),
    }


def _times(card: Card | None) -> dict[str, str | None]:
    return {
        "issued": None if card is None else rfc3339(card.issued),
        "expires": None if card is None or card.expires is None else rfc3339(card.expires),
        "revoked": None if card is None or card.revoked is None else rfc3339(card.revoked.at),
    }
