"""Looking a keyring over: what is wrong, or will be soon, and the command that mends it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from e2ecli.errors import E2EError
from e2ecli.keyring.cards import Card
from e2ecli.keyring.groups import Group
from e2ecli.operations.cards import member_cards
from e2ecli.operations.contacts import contacts_by_id, status_of
from e2ecli.operations.workspace import Workspace

_SOON = timedelta(days=30)
_LIBRARIES = ("click", "cryptography", "mnemonic", "msgpack", "pynacl", "rich", "rtoml", "segno", "tomli-w")


class Finding(NamedTuple):
    """Something to be done about a keyring."""

    about: str
    message: str
    remedy: str | None


def examine(workspace: Workspace) -> list[Finding]:
    """Return all that should be done about a keyring; nothing where all is well."""
    findings = list(_attempted("the keyring", lambda: _keyring(workspace)))
    if findings:  # it can't be entered, so that nothing else can be looked at
        return findings
    for about, look in (
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
    except E2EError as error:
        yield Finding(about, error.message, error.hint)


def _keyring(workspace: Workspace) -> Iterator[Finding]:
    if not workspace.directory.exists():
        yield Finding(
            "the keyring", f"there is none at {workspace.directory.path}", "make an identity: e2e keygen"
        )


def _config(workspace: Workspace) -> Iterator[Finding]:
    config = workspace.config
    if config.default_identity is not None:
        workspace.identities.get(config.default_identity)
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
    for entry in workspace.contacts.entries():
        try:
            contact = workspace.contacts.read(entry)
        except E2EError as error:
            yield Finding(entry.petname, error.message, error.hint)
            continue
        status = status_of(contact, workspace)
        expiry = None if contact.card is None else _expiry(contact.card, workspace)
        if status == "revoked":
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
    rotate = (
        f"e2e groups rotate {group.name}"
        if group.owner == group.identity
        else "ask the group's owner to rotate it"
    )
    expired = [card.name for card in cards if _expiry(card, workspace) is not None]
    if expired:
        yield Finding(group.name, f"members' cards expire or have expired: {', '.join(expired)}", rotate)
    newer = [
        contact.petname
        for card in cards
        if (contact := contacts.get(card.id)) is not None
        and contact.card is not None
        and contact.card.issued > card.issued
    ]
    if newer:
        yield Finding(group.name, f"its roster has older cards than you have: {', '.join(newer)}", rotate)
    unverified = [
        contact.petname
        for card in cards
        if (contact := contacts.get(card.id)) is not None and contact.verified is None
    ]
    if unverified:
        yield Finding(
            group.name,
            f"members whom you never verified: {', '.join(unverified)}",
            f"compare safety numbers: e2e contacts verify {unverified[0]}",
        )


def _expiry(card: Card, workspace: Workspace) -> str | None:
    """Return what is to be said of a card's end, if it has come or is near."""
    now = workspace.clock()
    if card.expires is None or card.expires - now > _SOON:
        return None
    return f"{'expired' if card.expired(now) else 'expires'} on {card.expires:%Y-%m-%d}"
