"""Identities: secrets locked under a passphrase, and bound to the header of their file (section 2.6)."""

import stat
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from e2ecli.errors import KeyringError, LockedError, UnknownNameError, WrongPassphraseError
from e2ecli.keyring.identities import COSTS, Identity, IdentityStore, LockKey, PassphraseLock, seal_identity
from e2ecli.operations.cards import read_card
from e2ecli.primitives.kdf import Argon2idCost
from e2ecli.primitives.secret import SecretBytes
from tests.unit.keyring.support import CHEAP_LOCK, DAY, NOW, card_of, directory_at, secrets_of, signed

PASSPHRASE = SecretBytes(b"correct horse")
SECRETS = secrets_of("Alice")._replace(oldest=0, newest=2)


def make(name: str = "alice", *, locked: bool = True, who: str = "Alice", days: int = 0) -> Identity:
    secrets = SECRETS if who == "Alice" else secrets_of(who)
    lock_key = LockKey.derive(CHEAP_LOCK, PASSPHRASE) if locked else None
    return seal_identity(name, signed(card_of(who)), NOW + days * DAY, secrets, lock_key)


LOCKED = make()
OPEN = make(locked=False)


@pytest.fixture
def store(tmp_path: Path) -> IdentityStore:
    return IdentityStore(directory_at(tmp_path), read_card)


def path_of(store: IdentityStore, name: str = "alice") -> Path:
    return store.directory.part("identities") / f"{name}.toml"


@pytest.mark.parametrize("identity", [LOCKED, OPEN], ids=["locked", "open"])
def test_an_identity_reads_as_it_was_written(store: IdentityStore, identity: Identity) -> None:
    store.write(identity)
    assert store.get("alice") == identity
    assert stat.S_IMODE(path_of(store).stat().st_mode) == 0o600


def test_the_passphrase_unlocks_the_secrets(store: IdentityStore) -> None:
    store.write(LOCKED)
    assert store.get("alice").unlock(PASSPHRASE).secrets == SECRETS
    assert LOCKED.locked


def test_an_open_identity_needs_no_passphrase(store: IdentityStore) -> None:
    store.write(OPEN)
    assert store.get("alice").unlock(None).secrets == SECRETS
    assert not OPEN.locked


@pytest.mark.parametrize(
    "passphrase",
    [b"", b"correct horsf", b"correct horse ", b"Correct horse", b"correct horse\0", None],
    ids=["empty", "another", "longer by a space", "a capital", "longer by a null", "none"],
)
def test_another_passphrase_is_wrong(passphrase: bytes | None) -> None:
    with pytest.raises(WrongPassphraseError, match="“alice”"):
        LOCKED.unlock(None if passphrase is None else SecretBytes(passphrase))


def test_an_identity_can_be_locked_again_without_the_passphrase() -> None:
    unlocked = LOCKED.unlock(PASSPHRASE)
    again = seal_identity("alice", LOCKED.signed_card, NOW, unlocked.secrets, unlocked.lock_key)
    assert again.unlock(PASSPHRASE).secrets == SECRETS
    assert again.sealed != LOCKED.sealed


CHANGES: dict[str, Callable[[Identity, PassphraseLock], Identity]] = {
    "the card": lambda identity, _: identity._replace(signed_card=signed(card_of("Mallory"))),
    "the oldest generation": lambda identity, _: identity._replace(oldest=1),
    "the newest generation": lambda identity, _: identity._replace(newest=3),
    "both generations": lambda identity, _: identity._replace(oldest=1, newest=3),
    "the passes": lambda identity, lock: identity._replace(lock=lock._replace(cost=Argon2idCost(2, 8192))),
    "the memory": lambda identity, lock: identity._replace(lock=lock._replace(cost=Argon2idCost(1, 16384))),
    "the salt": lambda identity, lock: identity._replace(lock=lock._replace(salt=b"A salt, 16 bytes")),
    "the sealed secrets": lambda identity, _: identity._replace(
        sealed=SecretBytes(bytes([identity.sealed.reveal()[0] ^ 1]) + identity.sealed.reveal()[1:])
    ),
    "the end of the sealed secrets": lambda identity, _: identity._replace(
        sealed=SecretBytes(identity.sealed.reveal()[:-1])
    ),
    "all of the sealed secrets": lambda identity, _: identity._replace(sealed=SecretBytes(b"")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_in_the_file_does_not_unlock(
    store: IdentityStore, change: Callable[[Identity, PassphraseLock], Identity]
) -> None:
    store.write(change(LOCKED, CHEAP_LOCK))
    with pytest.raises(WrongPassphraseError):
        store.get("alice").unlock(PASSPHRASE)


def test_the_header_is_bound_even_where_the_key_is_the_same() -> None:
    """The salt and cost make the key anyway: what else is in the header is authenticated beside it."""
    lock_key = LockKey.derive(CHEAP_LOCK, PASSPHRASE)
    other = seal_identity("alice", signed(card_of("Mallory")), NOW, SECRETS, lock_key)
    with pytest.raises(WrongPassphraseError):
        LOCKED._replace(sealed=other.sealed).unlock(PASSPHRASE)


def test_an_unlocked_file_can_not_pass_for_a_locked_one(store: IdentityStore) -> None:
    store.write(LOCKED)
    path = path_of(store)
    path.write_text(path.read_text().replace('kdf = "argon2id"', 'kdf = "none"'))
    with pytest.raises(KeyringError, match="sealed"):
        store.get("alice")


def test_a_wrong_passphrase_is_a_lock_that_stays_shut() -> None:
    assert issubclass(WrongPassphraseError, LockedError)
    assert WrongPassphraseError.exit_code == 6


@pytest.mark.parametrize(
    ("kdf", "passes", "mebibytes"), [("interactive", 2, 64), ("moderate", 3, 256), ("sensitive", 4, 1024)]
)
def test_the_costs_are_those_of_libsodium(kdf: str, passes: int, mebibytes: int) -> None:
    assert {name: cost for name, cost in COSTS.items() if name == kdf} == {
        kdf: Argon2idCost(passes, mebibytes * 2**20)
    }


def test_every_lock_has_a_salt_of_its_own() -> None:
    one, other = PassphraseLock.new("moderate"), PassphraseLock.new("moderate")
    assert one.cost == other.cost == COSTS["moderate"]
    assert one.salt != other.salt
    assert len(one.salt) == 16


def test_invariant_6_a_locked_file_holds_no_secret(store: IdentityStore) -> None:
    store.write(LOCKED)
    content = path_of(store).read_bytes()
    sealed = tomllib.loads(content.decode())["secret"]["sealed"]
    store.write(OPEN)
    in_the_clear = tomllib.loads(path_of(store).read_text())["secret"]["sealed"]
    assert in_the_clear.encode() not in content
    assert sealed != in_the_clear


def test_invariant_6_secrets_do_not_show_in_a_repr() -> None:
    packed = SECRETS.to_bytes().reveal()
    for identity in (OPEN, LOCKED):
        assert packed.hex()[:16] not in repr(identity)
        assert repr(packed[:8])[2:-1] not in repr(identity)
    assert repr(OPEN.unlock(None).secrets).count("secret bytes") == 2


def test_identities_come_oldest_first(store: IdentityStore) -> None:
    for name, who, days in (("a", "Alice", 2), ("b", "Bob", 0), ("c", "Carol", 1), ("aa", "Dave", 1)):
        store.write(make(name, who=who, days=days, locked=False))
    assert [identity.name for identity in store.all()] == ["b", "aa", "c", "a"]
    assert store.names() == ["a", "aa", "b", "c"]


@pytest.mark.parametrize(
    "name", ["bob", "alice.toml", "../identities/alice", "/etc/passwd", "", "Alice", ".alice", "a/b"]
)
def test_no_identity_is_called(store: IdentityStore, name: str) -> None:
    store.write(OPEN)
    with pytest.raises(UnknownNameError):
        store.get(name)


@pytest.mark.parametrize(
    "name", ["alice.toml.bak", "notes.txt", "README", "alice.toml~", ".alice.toml.swp", "old"]
)
def test_other_files_are_no_identities(store: IdentityStore, name: str) -> None:
    store.write(OPEN)
    (store.directory.part("identities") / name).write_text("something else")
    assert store.names() == ["alice"]
    assert store.all() == [OPEN]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666], ids=lambda mode: f"{mode:o}")
def test_a_secret_file_open_to_others_is_refused_with_the_chmod_that_mends_it(
    store: IdentityStore, mode: int
) -> None:
    store.write(OPEN)
    path_of(store).chmod(mode)
    with pytest.raises(KeyringError) as raised:
        store.get("alice")
    assert raised.value.hint == f"chmod 600 {path_of(store)}"


DAMAGE = {
    "another format": ("e2e-identity/1", "e2e-identity/2"),
    "no creation": ("created", "creation"),
    "no card": ("card = ", "cord = "),
    "no secret": ("[secret]", "[secrets]"),
    "a generation that is text": ("generation = 2", 'generation = "2"'),
    "a generation below zero": ("oldest_generation = 0", "oldest_generation = -1"),
    "a generation beyond all bounds": ("generation = 2", "generation = 4294967297"),
    "no passes": ("passes = 1", "passes = 0"),
    "passes beyond all bounds": ("passes = 1", "passes = 1048577"),
    "too little memory": ("memory = 8192", "memory = 8191"),
    "memory beyond all bounds": ("memory = 8192", "memory = 17179869185"),
    "memory that is true": ("memory = 8192", "memory = true"),
    "a salt that is no base64": ('salt = "', 'salt = "*'),
    "a short salt": ('salt = "', 'salt = "" # "'),
    "secrets that are no base64": ('sealed = "', 'sealed = "*'),
    "no kdf": ("kdf =", "kdfs ="),
}


@pytest.mark.parametrize(("old", "new"), DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_file_is_an_error_of_the_keyring_that_names_it(
    store: IdentityStore, old: str, new: str
) -> None:
    store.write(LOCKED)
    path = path_of(store)
    text = path.read_text()
    assert old in text
    path.write_text(
        text.replace(old, new, 1) if old != "generation = 2" else text.replace("\n" + old, "\n" + new)
    )
    with pytest.raises(KeyringError) as raised:
        store.get("alice")
    assert str(path) in raised.value.message


def test_an_open_file_holds_64_bytes_of_secrets(store: IdentityStore) -> None:
    store.write(OPEN._replace(sealed=SecretBytes(bytes(63))))
    with pytest.raises(KeyringError, match="64 bytes"):
        store.get("alice")
