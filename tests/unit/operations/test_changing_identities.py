"""What holds for every change of an identity; and new passphrases."""

from collections.abc import Callable
from pathlib import Path

import pytest

from e2ecli.errors import (
    E2EError,
    KeyringError,
    LockedError,
    WrongPassphraseError,
)
from e2ecli.keyring.identities import Identity
from e2ecli.operations.change_identity import (
    change_expiry,
    change_passphrase,
    forget_generations,
    revoke,
    rotate,
)
from e2ecli.operations.import_text import import_text
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.secret import SecretBytes
from tests.unit.keyring.support import DAY, secrets_of
from tests.unit.operations.disk import everything_on, secrets_up_to
from tests.unit.operations.support import (
    PASSPHRASE,
    TEXT,
    FixedPassphrases,
    add_identity,
    open_,
    own,
    rotated,
    send,
    snapshot,
    workspace_at,
)

Change = Callable[[Workspace, Identity], Identity]


def to_new_passphrase(workspace: Workspace, identity: Identity) -> Identity:
    return change_passphrase(workspace, identity, "interactive", lambda: SecretBytes(b"new"))


CHANGES: dict[str, Change] = {
    "rotate": rotate,
    "forget": lambda workspace, identity: forget_generations(workspace, identity, 1),
    "expire": lambda workspace, identity: change_expiry(workspace, identity, DAY),
    "revoke": lambda workspace, identity: revoke(workspace, identity, "lost", None),
    "passphrase": lambda workspace, identity: change_passphrase(
        workspace, identity, None, lambda: SecretBytes(b"")
    ),
}
FINAL = {name: change for name, change in CHANGES.items() if name != "passphrase"}


@pytest.mark.parametrize("change", FINAL.values(), ids=FINAL.keys())
def test_a_revoked_identity_is_not_changed_any_more(alice: Workspace, change: Change) -> None:
    rotated(alice)
    revoke(alice, own(alice), "lost", None)
    before = snapshot(alice)
    with pytest.raises(KeyringError, match="“alice” is revoked, and that is final"):
        change(alice, own(alice))
    assert snapshot(alice) == before


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_that_somebody_else_made_meanwhile_is_not_overwritten(
    alice: Workspace, change: Change
) -> None:
    stale = rotated(alice)
    change_expiry(alice, stale, 9 * DAY)
    before = snapshot(alice)
    with pytest.raises(KeyringError, match="“alice” was changed by somebody else meanwhile"):
        change(alice, stale)
    assert snapshot(alice) == before


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize(
    ("typed", "error"), [((), LockedError), ((b"wrong",), WrongPassphraseError)], ids=["none", "wrong"]
)
def test_a_locked_identity_is_not_changed_without_its_passphrase(
    tmp_path: Path, change: Change, typed: tuple[bytes, ...], error: type[E2EError]
) -> None:
    workspace = workspace_at(tmp_path, FixedPassphrases(*typed))
    add_identity(workspace, "Alice", locked=True, generation=1)
    before = snapshot(workspace)
    with pytest.raises(error):
        change(workspace, own(workspace))
    assert snapshot(workspace) == before


def locked(tmp_path: Path) -> Workspace:
    workspace = workspace_at(tmp_path, FixedPassphrases(PASSPHRASE.reveal()))
    add_identity(workspace, "Alice", locked=True)
    return workspace


def test_under_a_new_passphrase_the_old_one_opens_nothing(tmp_path: Path) -> None:
    workspace = locked(tmp_path)
    after = to_new_passphrase(workspace, own(workspace))
    assert after.unlock(SecretBytes(b"new")).secrets == secrets_of("Alice")
    with pytest.raises(WrongPassphraseError):
        own(workspace).unlock(PASSPHRASE)


def test_a_new_passphrase_has_a_new_salt(alice: Workspace) -> None:
    first = to_new_passphrase(alice, own(alice))
    workspace = alice._replace(passphrases=FixedPassphrases(b"new"))
    second = to_new_passphrase(workspace, first)
    assert first.lock is not None
    assert second.lock is not None
    assert first.lock.salt != second.lock.salt


def test_the_old_passphrase_is_asked_for_before_the_new_one(tmp_path: Path) -> None:
    passphrases = FixedPassphrases(PASSPHRASE.reveal(), b"new")
    workspace = workspace_at(tmp_path, passphrases)
    add_identity(workspace, "Alice", locked=True)
    after = change_passphrase(
        workspace, own(workspace), "interactive", lambda: passphrases.new("the new one")
    )
    assert passphrases.asked == ["alice", "the new one"]
    assert after.unlock(SecretBytes(b"new")).secrets == secrets_of("Alice")


def test_without_a_passphrase_the_secrets_lie_in_the_clear(tmp_path: Path) -> None:
    workspace = locked(tmp_path)
    assert secrets_up_to(1)["chain 0"] not in everything_on(tmp_path)
    after = change_passphrase(workspace, own(workspace), None, lambda: SecretBytes(b"never asked"))
    assert not after.locked
    assert own(workspace).unlock(None).secrets == secrets_of("Alice")
    assert secrets_up_to(1)["chain 0"] in everything_on(tmp_path)


def test_under_a_first_passphrase_the_secrets_lie_in_the_clear_no_more(
    alice: Workspace, tmp_path: Path
) -> None:
    assert to_new_passphrase(alice, own(alice)).locked
    assert secrets_up_to(1)["chain 0"] not in everything_on(tmp_path)


def test_a_passphrase_change_keeps_the_card_and_all_generations(alice: Workspace, bob: Workspace) -> None:
    message = send(bob, "alice")
    before = rotated(alice, 2)
    after = to_new_passphrase(alice, before)
    assert after._replace(lock=None, sealed=before.sealed) == before
    assert open_(alice._replace(passphrases=FixedPassphrases(b"new")), message).content == TEXT


def test_the_passphrase_of_a_revoked_identity_can_be_changed(alice: Workspace) -> None:
    revoked = revoke(alice, own(alice), "retired", None)
    after = to_new_passphrase(alice, revoked)
    assert after.locked
    assert after.card.revoked is not None


def test_a_card_that_an_identity_issued_is_what_import_takes(alice: Workspace, bob: Workspace) -> None:
    for change in (FINAL["rotate"], FINAL["expire"], FINAL["revoke"]):
        text = change(alice, own(alice)).signed_card.armored.encode()
        assert import_text(bob, text).status == "updated"
