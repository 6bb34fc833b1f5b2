"""Looking contacts up, renaming and removing them."""

from collections.abc import Iterable, Sequence
from typing import Literal

from e2ecli.errors import KeyringError, RecipientError
from e2ecli.keyring.contacts import Contact, ContactEntry
from e2ecli.keyring.directory import settled
from e2ecli.keyring.keyid import KeyIdError, looks_like_key_id, parse_key_id
from e2ecli.keyring.petnames import check_petname
from e2ecli.operations.parallel import mapped
from e2ecli.operations.workspace import Workspace, unknown_name
from e2ecli.primitives.ed25519 import SigningPublicKey

_MANY = 3
"""From so many names on, the directory is listed once for all of them."""

ContactStatus = Literal["verified", "introduced", "unverified", "expired", "revoked"]


def status_of(contact: Contact, workspace: Workspace) -> ContactStatus:
    """Return the one word that says most about a contact."""
    if contact.revoked is not None:
        return "revoked"
    if contact.expired(workspace.clock()):
        return "expired"
    if contact.verified is not None:
        return "verified"
    return "unverified" if contact.introduced_by is None else "introduced"


def find_contact(workspace: Workspace, name: str) -> Contact:
    """Return a contact by petname or key id.

    Raises:
        UnknownNameError: there is none.
        RecipientError: the key id has a typing error in it.
    """
    if looks_like_key_id(name):
        try:
            contact = workspace.contacts.find_by_key(parse_key_id(name))
        except KeyIdError as error:
            raise RecipientError(f"“{name}”: {error.message}") from None
    else:
        contact = workspace.contacts.find(name)
    if contact is None:
        raise unknown_name(workspace, name)
    return contact


def find_contacts(workspace: Workspace, names: Sequence[str]) -> list[Contact]:
    """Return contacts by petname or key id, in order. Raises as `find_contact` does."""
    return settled(lambda: _find_contacts(workspace, names))


def _find_contacts(workspace: Workspace, names: Sequence[str]) -> list[Contact]:
    entries = workspace.contacts.entries() if len(names) >= _MANY else []
    known = {entry.petname: entry for entry in entries}
    wanted = [known.get(name, name) for name in names]
    return list(mapped(lambda one: _found(workspace, one), wanted))


def _found(workspace: Workspace, wanted: ContactEntry | str) -> Contact:
    return find_contact(workspace, wanted) if isinstance(wanted, str) else workspace.contacts.read(wanted)


def contacts_by_id(workspace: Workspace, ids: Iterable[str]) -> dict[str, Contact]:
    """Return those of many key ids who are contacts, looked up all at once.

    Raises:
        KeyringError: two contacts have one key, or a file is damaged.
    """
    wanted = frozenset(ids)
    return settled(lambda: _contacts_by_id(workspace, wanted))


def _contacts_by_id(workspace: Workspace, wanted: frozenset[str]) -> dict[str, Contact]:
    entries = [entry for entry in workspace.contacts.entries() if not wanted.isdisjoint(entry.ids)]
    found: dict[str, Contact] = {}
    for contact in mapped(workspace.contacts.read, entries):
        if contact.id in found:
            workspace.contacts.find_by_key(parse_key_id(contact.id))  # raises, and says which two
        if contact.id in wanted:
            found[contact.id] = contact
    return found


def petname_of(workspace: Workspace, key: SigningPublicKey) -> str | None:
    """Return the petname of the contact with a key, to be shown; None where there is none to be read."""
    try:
        contact = workspace.contacts.find_by_key(key)
    except KeyringError as error:
        workspace.warn_of(error)
        return None
    return None if contact is None else contact.petname


def rename_contact(workspace: Workspace, old: str, new: str) -> Contact:
    """Give a contact another petname.

    Raises:
        UnknownNameError: there is no such contact.
        KeyringError: the new name is taken.
        UsageError: the new name can't be one.
    """
    check_petname(new)
    with workspace.directory.writing():
        contact = find_contact(workspace, old)
        workspace.check_name_free(new)
        workspace.contacts.rename(contact, new)
    return find_contact(workspace, new)


def remove_contact(workspace: Workspace, name: str) -> Contact:
    """Remove a contact and return what was removed.

    Raises:
        UnknownNameError: there is no such contact.
    """
    with workspace.directory.writing():
        contact = find_contact(workspace, name)
        workspace.contacts.remove(contact)
    return contact
