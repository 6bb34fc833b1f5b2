"""Looking a keyring over: what is wrong, or will be soon, and the command that mends it."""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version

from e2ecli.errors import E2EError, KeyringError
from e2ecli.keyring.cards import Card
from e2ecli.keyring.contacts import Contact
from e2ecli.keyring.directory import OpenToOthersError
from e2ecli.keyring.groups import Group
from e2ecli.operations.cards import member_cards
from e2ecli.operations.contacts import contacts_by_id, status_of
from e2ecli.operations.workspace import Workspace
from e2ecli.records import Record

_SOON = timedelta(days=30)
_MOST_NAMES = 3
_DIRECTORIES = ("identities", "contacts", "groups", "revoked", "used", "drilled", "opened")
_FILES = ("config.toml", "lock")
_LIBRARIES = ("click", "cryptography", "mnemonic", "msgpack", "pynacl", "rich", "rtoml", "segno", "tomli-w")


class Finding(Record):
    """Something to be done about a keyring."""

    about: str
    message: str
    remedy: str | None


def examine(workspace: Workspace) -> list[Finding]:
    """Return all that should be done about a keyring; nothing where all is well."""
    workspace = workspace._replace(warn_of=lambda _: None)  # what is damaged is a finding
    findings = list(_attempted("the keyring", lambda: _keyring(workspace)))
    if findings:  # it can't be entered, so that nothing else can be looked at
        return findings
    for about, look in (
        ("the keyring", lambda: _kinds(workspace)),
        ("the keyring", lambda: _modes(workspace)),
        ("config.toml", lambda: _config(workspace)),
        ("your identities", lambda: _identities(workspace)),
        ("your contacts", lambda: _contacts(workspace)),
        ("your groups", lambda: _groups(workspace)),
    ):
        findings += _attempted(about, look)
    return findings


def versions() -> dict[str, str]:
    """Return the versions of the libraries in use."""
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    return found


def _attempted(about: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Yield findings; one that stops the search is a finding itself."""
    try:
        yield from look()
    except OpenToOthersError:
        pass  # which is found where modes are looked at
    except E2EError as error:
        yield Finding(about, error.message, error.hint)
    except OSError as error:
        yield Finding(about, f"{error.filename}: {(error.strerror or str(error)).lower()}", None)


def _keyring(workspace: Workspace) -> Iterator[Finding]:
    """Find what keeps everything else from being looked at."""
    directory = workspace.directory
    try:
        there = directory.exists()
    except OpenToOthersError as error:
        yield Finding("the keyring", error.message, error.hint)
        return
    if not there:
        yield Finding("the keyring", f"there is none at {directory.path}", "make an identity: e2e keygen")
    elif not os.access(directory.path, os.R_OK | os.W_OK | os.X_OK):
        yours = directory.path.stat().st_uid == os.geteuid()
        yield Finding(
            "the keyring",
            f"{directory.path} can't be read and written" + ("" if yours else ": it is another user's"),
            f"chmod 700 {directory.path}" if yours else f"sudo chown -R $USER {directory.path}",
        )


def _kinds(workspace: Workspace) -> Iterator[Finding]:
    """Find files where directories should be, and the other way round."""
    for name in _DIRECTORIES:
        path = workspace.directory.part(name)
        if path.exists() and not path.is_dir():
            yield Finding("the keyring", f"{path} is a file, and should be a directory", f"rm {path}")
    for name in _FILES:
        path = workspace.directory.part(name)
        if path.is_dir():
            yield Finding("the keyring", f"{path} is a directory, and should be a file", f"rmdir {path}")


def _modes(workspace: Workspace) -> Iterator[Finding]:
    """Find what others could read or write, were it not for the keyring's own mode."""
    paths = list(workspace.directory.open_to_others())
    if len(paths) > _MOST_NAMES:
        names = [str(path.relative_to(workspace.directory.path)) for path in paths]
        message = f"open to other users of this machine: {_some(names)}"
        yield Finding("the keyring", message, f"chmod -R go-rwx {workspace.directory.path}")
        return
    for path in paths:
        yield Finding("the keyring", f"{path} is open to other users of this machine", f"chmod go-rwx {path}")


def _some(names: Sequence[str]) -> str:
    """Return names in a line, the first few of many."""
    rest = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")


def _config(workspace: Workspace) -> Iterator[Finding]:
    config = workspace.config
    if config.default_identity is not None:
        workspace._replace(as_identity=None).own_identity()
    for name in config.trust_introductions_of:
        if workspace.contacts.find(name) is None:
            yield Finding("config.toml", f"trust_introductions_of names “{name}”, who is no contact", None)


def _identities(workspace: Workspace) -> Iterator[Finding]:
    names = workspace.identities.names()
    if not names:
        yield Finding("your identities", "you have none, and nobody can write to you", "e2e keygen")
    for name in names:
        yield from _attempted(name, lambda name=name: _identity(workspace, name))  # type: ignore[misc]


def _identity(workspace: Workspace, name: str) -> Iterator[Finding]:
    identity = workspace.identities.get(name)
    if identity.card.revoked is not None:
        if workspace.default_identity_name() == name:
            yield Finding(
                name,
                "you act as this identity, which is revoked: nothing can be sent or signed",
                workspace._replace(as_identity=None).instead_of_revoked(),
            )
        return
    expiry = _expiry(identity.card, workspace)
    if expiry is not None:
        remedy = f"e2e keys expire 1y {name}, then e2e export {name} to everybody"
        yield Finding(name, f"your card {expiry}", remedy)
    if not identity.locked:
        yield Finding(
            name, "your secret keys lie in the clear, without a passphrase", f"e2e keys passphrase {name}"
        )
    if not workspace.identities.was_drilled(identity):
        yield Finding(
            name,
            "you never tried whether your recovery words are right and readable",
            f"e2e keys restore --check {name}",
        )


def _contacts(workspace: Workspace) -> Iterator[Finding]:
    for petnames in workspace.contacts.of_same_key():
        yield from _of_same_key(workspace, petnames)
    for entry in workspace.contacts.entries():
        yield from _attempted(
            entry.petname,
            lambda entry=entry: _contact(workspace, workspace.contacts.read(entry)),  # type: ignore[misc]
        )


def _of_same_key(workspace: Workspace, petnames: list[str]) -> Iterator[Finding]:
    """Find contacts who share a key, but not what a crash left of one that was replaced."""
    ids = []
    for petname in petnames:
        with contextlib.suppress(KeyringError):  # it is damaged, which is found as well
            contact = workspace.contacts.find(petname)
            ids += [] if contact is None else [contact.shown_id]
    if len(ids) > len(set(ids)):
        yield Finding(
            " and ".join(petnames),
            "these contacts have the same key: no message of theirs can be opened",
            f"remove the wrong one: e2e contacts remove {petnames[-1]}",
        )


def _contact(workspace: Workspace, contact: Contact) -> Iterator[Finding]:
    expiry = None if contact.card is None else _expiry(contact.card, workspace)
    if status_of(contact, workspace) == "revoked":
        yield Finding(
            contact.petname, "revoked this identity", "ask for the card of their new one, and import it"
        )
    elif expiry is not None:
        yield Finding(contact.petname, f"their card {expiry}", "ask for a newer one, and import it")


def _groups(workspace: Workspace) -> Iterator[Finding]:
    for name in workspace.groups.names():
        yield from _attempted(name, lambda name=name: _group(workspace, workspace.groups.get(name)))  # type: ignore[misc]


def _group(workspace: Workspace, group: Group) -> Iterator[Finding]:
    cards = list(member_cards(workspace.groups.members(group, group.newest.number)))
    contacts = contacts_by_id(workspace, (card.id for card in cards))
    known = [(card, contact) for card in cards if (contact := contacts.get(card.id)) is not None]
    yours = group.owner == group.identity
    rotate = f"e2e groups rotate {group.name}" if yours else "ask the group's owner to rotate it"
    revoked = [_shown(card, contacts) for card in cards if _is_revoked(card, contacts, group)]
    if revoked:
        yield Finding(
            group.name,
            f"members who have revoked their identity: {_some(revoked)}",
            f"e2e groups remove {group.name} {' '.join(revoked)}"
            if yours
            else "ask the group's owner to remove them",
        )
    expired = [card.name for card in cards if _expiry(card, workspace) is not None]
    if expired:
        yield Finding(group.name, f"members' cards expire or have expired: {_some(expired)}", rotate)
    newer = [
        contact.petname
        for card, contact in known
        if contact.card is not None and contact.revoked is None and contact.card.issued > card.issued
    ]
    if newer:
        yield Finding(group.name, f"its roster has older cards than you have: {_some(newer)}", rotate)
    unverified = [contact.petname for _, contact in known if contact.verified is None]
    if unverified:
        yield Finding(
            group.name,
            f"members whom you never verified: {_some(unverified)}",
            f"compare safety numbers: e2e contacts verify {unverified[0]}",
        )


def _is_revoked(card: Card, contacts: dict[str, Contact], group: Group) -> bool:
    contact = contacts.get(card.id)
    return card.signing_key in group.revoked or (contact is not None and contact.revoked is not None)


def _shown(card: Card, contacts: dict[str, Contact]) -> str:
    """Return what a command takes for a member: the petname, or else the key id."""
    return contacts[card.id].petname if card.id in contacts else card.id


def _expiry(card: Card, workspace: Workspace) -> str | None:
    """Return what is to be said of a card's end, if it has come or is near."""
    now = workspace.clock()
    if card.expires is None or card.expires - now > _SOON:
        return None
    return f"{'expired' if card.expired(now) else 'expires'} on {card.expires:%Y-%m-%d}"
