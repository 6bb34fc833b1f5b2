"""Files of the keyring: whatever is in them, the error is the keyring's."""

from collections.abc import Callable
from pathlib import Path

from e2ecli.keyring.config import read_config
from e2ecli.operations.workspace import Workspace
from tests.fuzz import keyrings
from tests.fuzz.outcomes import KEYRINGS, Refusal, outcome
from tests.fuzz.target import Target
from tests.fuzz.targets.documents import TOML
from tests.unit.keyring.support import NOW, signing_key_of
from tests.unit.operations.support import PASSPHRASE

Read = Callable[[Workspace], object]


def replacing(path: Path, data: bytes, read: Read) -> bool:
    """Read where a file of Bob's keyring has another content; whether that went well."""
    ring = keyrings.keyring()
    original = path.read_bytes() if path.exists() else None
    path.write_bytes(data)
    path.chmod(0o600)
    try:
        return not isinstance(outcome(lambda: read(ring.workspace), KEYRINGS), Refusal)
    finally:
        path.unlink() if original is None else path.write_bytes(original)


def file(pattern: str) -> Path:
    [path] = keyrings.keyring().path.glob(pattern)
    return path


def run_config(data: bytes) -> bool:
    path = keyrings.keyring().path / "config.toml"
    return replacing(path, data, lambda workspace: read_config(workspace.directory))


def config_seeds() -> list[bytes]:
    return [
        b'require_verified = true\nrequire_pq = false\nsend_to_self = true\ndefault_identity = "bob"\n',
        b'trust_introductions_of = ["alice", "bob"]\n',
        b"",
    ]


def run_identity(data: bytes) -> bool:
    """Reading, unlocking, and writing what was read: it reads the same again."""
    path = file("identities/*.toml")

    def read(workspace: Workspace) -> object:
        identity = workspace.identities.get("bob")
        workspace.identities.write(identity)
        assert workspace.identities.get("bob") == identity
        if identity.lock is None or identity.lock.cost.memory * identity.lock.cost.passes <= 2**24:
            outcome(lambda: identity.unlock(PASSPHRASE), frozenset({6}))
        return identity

    return replacing(path, data, read)


def identity_seeds() -> list[bytes]:
    open_ = file("identities/*.toml").read_bytes()
    locked = b'kdf = "argon2id"\npasses = 1\nmemory = 8192\nsalt = "YSBzYWx0LCAxNiBieXRlcw=="\n'
    return [open_, open_.replace(b'kdf = "none"\n', locked)]


def run_contact(data: bytes) -> bool:
    path = file("contacts/*.toml")

    def read(workspace: Workspace) -> object:
        contact = workspace.contacts.get("alice")
        assert workspace.contacts.find_by_key(signing_key_of("Alice")) == contact
        workspace.contacts.write(contact)
        assert workspace.contacts.get("alice") == contact
        contact.expired(NOW)
        return contact

    return replacing(path, data, read)


def contact_seeds() -> list[bytes]:
    card = file("contacts/*.toml").read_bytes()
    verified = b'\n[verified]\nat = 2026-11-23T10:00:00Z\nmethod = "compared"\n'
    former = b'former_x25519 = ["' + b"07" * 32 + b'"]\n'
    return [card, card + verified, card.replace(b"card = ", former + b"card = ")]


def run_group(data: bytes) -> bool:
    path = file("groups/*/group.toml")

    def read(workspace: Workspace) -> object:
        group = workspace.groups.get("the-team")
        workspace.groups.write(group)
        assert workspace.groups.get("the-team") == group
        return workspace.groups.find_by_id(keyrings.GROUP_ID)

    return replacing(path, data, read)


def group_seeds() -> list[bytes]:
    return [file("groups/*/group.toml").read_bytes()]


def run_members(data: bytes) -> bool:
    """Members are found one by one as they are found all together."""
    path = file("groups/*/1.members")

    def read(workspace: Workspace) -> object:
        group = workspace.groups.get("the-team")
        alone = workspace.groups.member(group, 1, signing_key_of("Alice"))
        workspace.groups.member(group, 1, signing_key_of("Mallory"))
        ids = workspace.groups.member_ids(group, 1)
        cards = workspace.groups.members(group, 1)
        assert len(ids) == len(cards)
        assert alone is None or alone in cards
        return cards

    return replacing(path, data, read)


def members_seeds() -> list[bytes]:
    return [file("groups/*/1.members").read_bytes()]


TARGETS = [
    Target("config", run_config, config_seeds, (*TOML, b"require_pq", b"default_identity", b"[]", b"true")),
    Target("identity", run_identity, identity_seeds, (*TOML, b"[secret]\n", b"passes", b"memory", b"sealed")),
    Target("contact", run_contact, contact_seeds, (*TOML, b"card", b"x25519", b"[verified]\n", b"replaces")),
    Target(
        "group", run_group, group_seeds, (*TOML, b"[[epochs]]\n", b"number", b"revoked", b"handed_over_by")
    ),
    Target("members", run_members, members_seeds, (b" ", b"0000000164", b"-000000082", b"\n", b"e2e1")),
]
