"""Filing somebody's card: new, newer, or refused (section 4)."""

from typing import Literal

from e2ecli.errors import KeyChangedError, KeyringError, RecipientError, RollbackError, UsageError
from e2ecli.keyring.cards import Card
from e2ecli.keyring.contacts import Contact
from e2ecli.keyring.petnames import check_petname, slug
from e2ecli.keyring.signedcard import SignedCard
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.primitives.x25519 import X25519PublicKey
from e2ecli.records import Record

ImportStatus = Literal["new", "updated", "unchanged"]


class Imported(Record):
    """What became of a card, and who introduced its owner."""

    contact: Contact
    status: ImportStatus
    kind: Literal["card", "introduction"] = "card"


def import_card(
    workspace: Workspace,
    signed_card: SignedCard,
    petname: str | None = None,
    *,
    replace_key: bool = False,
    introducer: SigningPublicKey | None = None,
) -> Imported:
    """File a verified card as a contact.

    Arguments:
        petname: its name in the keyring; the slug of the card's name where None.
        replace_key: let it take the petname of a contact with another key.
        introducer: who introduced its owner.

    Raises:
        KeyChangedError: the petname belongs to a contact with another key.
        RollbackError: it is older or weaker than the card in the keyring, or its id is revoked.
        RecipientError: it is the card of one of your own identities, or filed under another name.
    """
    if petname is not None:
        check_petname(petname)
    with workspace.directory.writing():
        known = workspace.contacts.find_by_key(signed_card.card.signing_key)
        _refuse_own(workspace, signed_card.card, known)
        if signed_card.card.revoked is None:
            name = signed_card.card.name if known is None else known.petname
            refuse_revoked(workspace, signed_card.card.signing_key, name)
        if known is not None:
            imported = _update(workspace, known, signed_card, petname)
        else:
            contact = Contact(
                petname or name_for(signed_card.card.name),
                signed_card,
                workspace.clock(),
                introduced_by=introducer,
            )
            imported = file_contact(workspace, contact, replace_key=replace_key)
        if signed_card.card.revoked is not None:
            _note_in_groups(workspace, signed_card.card)
    return imported if introducer is None else imported._replace(kind="introduction")


def _refuse_own(workspace: Workspace, card: Card, known: Contact | None) -> None:
    """Check that a card is none of yours; who is a contact already is known not to be you.

    Raises:
        RecipientError: it is yours.
        KeyringError: it may be that of an identity that can't be read.
    """
    identities = workspace.readable_identities() if known is not None else workspace.identities.all()
    for identity in identities:
        if identity.card.signing_key == card.signing_key:
            raise RecipientError(
                f"this is the card of your own identity “{identity.name}”",
                "send to yourself with the name “me”, or with --self",
            )


def _update(workspace: Workspace, known: Contact, new: SignedCard, petname: str | None) -> Imported:
    if petname not in {None, known.petname}:
        raise RecipientError(
            f"this card is in the keyring already, as “{known.petname}”",
            rename_hint(workspace, known.petname, petname),
        )
    if known.signed_card is not None:
        if new.message == known.signed_card.message:
            return Imported(known, "unchanged")
        _refuse_rollback(known.petname, known.signed_card.card, new.card)
    updated = known._replace(source=new, former_x25519=_former_keys(known, new.card))
    workspace.contacts.write(updated)
    return Imported(updated, "updated")


def _note_in_groups(workspace: Workspace, card: Card) -> None:
    """Note a revocation where the groups' members are, so that `send` names who it was.

    Raises:
        KeyringError: a group can't be read; in the others the revocation is noted.
    """
    groups = workspace.groups.survey()
    for group in groups.found:
        key = card.signing_key
        if key not in group.revoked and workspace.groups.member(group, group.newest.number, key) is not None:
            workspace.groups.write(group._replace(revoked=(*group.revoked, key)))
    groups.check()


def _former_keys(known: Contact, new: Card) -> tuple[X25519PublicKey, ...]:
    old = known.encryption_keys
    if old is None or (new.encryption_keys is not None and new.encryption_keys.x25519 == old.x25519):
        return known.former_x25519
    return (*known.former_x25519, old.x25519)


def refuse_revoked(workspace: Workspace, key: SigningPublicKey, name: str) -> None:
    """Check that no contact who is gone had revoked a key, which never comes back.

    Raises:
        RollbackError: `name` had.
    """
    if workspace.contacts.was_revoked(key):
        raise _final(name)


def _final(name: str) -> RollbackError:
    return RollbackError(
        f"“{name}” has revoked this identity: no other card of it is accepted any more",
        "ask them for the card of their new identity",
    )


def _refuse_rollback(petname: str, old: Card, new: Card) -> None:
    if old.revoked is not None:
        raise _final(petname)
    if new.revoked is not None:
        return  # whenever it was issued: a revocation is final
    if new.issued <= old.issued:
        raise RollbackError(
            f"this card of “{petname}” is not newer than the one in the keyring: nothing was changed",
            f"ask {petname} for their newest card, if there should be a newer one",
        )
    if _has_hybrid_key(old) and not _has_hybrid_key(new):
        raise RollbackError(
            f"this card of “{petname}” lacks the post-quantum key that the one in the keyring has",
            "ask them why; nothing was changed",
        )


def _has_hybrid_key(card: Card) -> bool:
    return card.encryption_keys is not None and card.encryption_keys.hybrid is not None


def rename_hint(workspace: Workspace, old: str, new: str | None) -> str:
    """Return how a contact gets the name that somebody wants for it, or another if that is taken."""
    try:
        workspace.check_name_free(new or "")
    except KeyringError:
        new = "NEWNAME"
    return f"e2e contacts rename {old} {new}"


def _vouch_for_each_other(old: Contact, new: Contact) -> bool:
    return (
        old.revoked is not None
        and new.card is not None
        and old.revoked.successor == new.signing_key
        and new.card.predecessor == old.signing_key
    )


def _key_change_hint(holder: Contact, new: Contact) -> str:
    if new.card is None:
        return (
            f"ask {holder.petname} by another way which key is theirs; if it is this one, "
            f"e2e contacts remove {holder.petname}, then add it again"
        )
    if _vouch_for_each_other(holder, new):
        return (
            "the revoked card and this one name each other as predecessor and successor: --replace takes it"
        )
    return (
        f"ask {holder.petname} by another way which key is theirs, then import with --replace "
        "(or with --name if this is somebody else)"
    )


def file_contact(workspace: Workspace, contact: Contact, *, replace_key: bool) -> Imported:
    """File a contact with a key that the keyring doesn't know. The caller holds the keyring's lock.

    Raises:
        KeyChangedError: the petname belongs to a contact with another key, which is not to be replaced.
        KeyringError: it is the name of an identity.
    """
    petname = contact.petname
    holder = workspace.contacts.find(petname)
    if holder is None:
        remedy = "choose another name" if contact.card is None else "choose another with --name PETNAME"
        workspace.check_name_free(petname, remedy)
        workspace.contacts.write(contact)
        return Imported(contact, "new")
    if not replace_key:
        raise KeyChangedError(
            f"THE KEY HAS CHANGED: “{petname}” is {holder.shown_id}, and this is {contact.shown_id}. "
            "Somebody may be trying to read your messages; nothing was changed",
            _key_change_hint(holder, contact),
        )
    replacing = contact._replace(replaces=holder.shown_id)
    workspace.contacts.replace(holder, replacing)
    return Imported(replacing, "updated")


def name_for(name: str) -> str:
    """Return the petname that a stranger's choice of a name makes.

    Raises:
        RecipientError: it makes none.
    """
    try:
        return slug(name)
    except UsageError as error:
        raise RecipientError(error.message, error.hint) from None
