"""Rotation, forgetting, expiry, revocation and passphrases, as the owner and as the others see them."""

import base64
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from e2ecli.errors import (
    E2EError,
    KeyChangedError,
    KeyringError,
    LockedError,
    NotForYouError,
    RecipientError,
    RollbackError,
    SenderError,
    UsageError,
    WrongPassphraseError,
)
from e2ecli.keyring.cards import Revocation, RevocationReason
from e2ecli.keyring.derivation import MOST_GENERATIONS, IdentitySecrets
from e2ecli.keyring.identities import Identity
from e2ecli.operations.change_identity import (
    change_expiry,
    change_passphrase,
    forget_generations,
    revoke,
    rotate,
)
from e2ecli.operations.contacts import status_of
from e2ecli.operations.export import export_card
from e2ecli.operations.import_text import import_text
from e2ecli.operations.verify_contact import record_verification
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.hashes import sha512
from e2ecli.primitives.secret import SecretBytes
from tests.unit.keyring.support import DAY, NOW, card_of, keys_of, secrets_of, signing_key_of
from tests.unit.operations.support import (
    ACCEPT_ALL,
    PASSPHRASE,
    TEXT,
    FixedPassphrases,
    add_identity,
    at,
    import_,
    open_,
    person,
    send,
    workspace_at,
)

SECOND = timedelta(seconds=1)


@pytest.fixture
def alice(tmp_path: Path) -> Workspace:
    return person(tmp_path, "Alice", knows=["Bob"])


@pytest.fixture
def bob(tmp_path: Path) -> Workspace:
    return person(tmp_path, "Bob", knows=["Alice"])


def own(workspace: Workspace, name: str = "alice") -> Identity:
    return workspace.identities.get(name)


def rotated(workspace: Workspace, times: int = 1) -> Identity:
    for _ in range(times):
        rotate(workspace, own(workspace))
    return own(workspace)


def snapshot(workspace: Workspace) -> dict[str, bytes]:
    path = workspace.directory.path
    return {
        str(file.relative_to(path)): file.read_bytes()
        for file in sorted(path.rglob("*"))
        if file.is_file() and file.suffix == ".toml"
    }


def test_a_rotated_card_shows_the_next_generation_under_the_same_id(alice: Workspace) -> None:
    before = own(alice)
    after = rotate(alice, before)
    assert (after.oldest, after.newest, after.card.id) == (0, 1, before.card.id)
    assert after.card.encryption_keys == keys_of("Alice", 1)
    assert own(alice) == after


@pytest.mark.parametrize("later", [timedelta(0), -DAY, DAY], ids=["at once", "a clock set back", "a day"])
def test_a_rotated_card_is_newer_than_the_one_before_whatever_the_clock_says(
    alice: Workspace, later: timedelta
) -> None:
    before = own(alice)
    after = rotate(at(alice, NOW + later), before)
    assert after.card.issued == max(NOW + later, NOW + SECOND)


def test_a_rotation_keeps_everything_else_on_the_card(tmp_path: Path) -> None:
    workspace = workspace_at(tmp_path)
    card = card_of("Alice", email="alice@example.org", expires=NOW + DAY)
    add_identity(workspace, "Alice", card=card._replace(predecessor=signing_key_of("Eve")), created=NOW - DAY)
    before = own(workspace)
    after = rotate(workspace, before)
    assert after.card == before.card._replace(
        issued=after.card.issued, encryption_keys=after.card.encryption_keys
    )
    assert after.created == NOW - DAY


def test_a_message_to_the_generation_before_a_rotation_still_opens(alice: Workspace, bob: Workspace) -> None:
    message = send(bob, "alice")
    rotated(alice, 3)
    assert open_(alice, message).content == TEXT


def test_a_message_to_the_generation_after_a_rotation_opens(alice: Workspace, bob: Workspace) -> None:
    import_(bob, rotated(alice).signed_card)
    assert open_(alice, send(bob, "alice")).content == TEXT


def test_somebody_with_the_old_card_alone_can_still_write(alice: Workspace, bob: Workspace) -> None:
    rotated(alice)
    assert open_(alice, send(bob, "alice")).content == TEXT


def test_a_rotated_card_updates_the_contact_who_stays_verified(alice: Workspace, bob: Workspace) -> None:
    record_verification(bob, bob.contacts.get("alice"), "compared at the terminal")
    imported = import_(bob, rotated(alice).signed_card)
    assert imported.status == "updated"
    assert imported.contact.verified is not None
    assert imported.contact.encryption_keys == keys_of("Alice", 1)


def test_a_card_from_before_a_rotation_is_a_rollback(alice: Workspace, bob: Workspace) -> None:
    old = own(alice).signed_card
    import_(bob, rotated(alice).signed_card)
    with pytest.raises(RollbackError, match="not newer"):
        import_(bob, old)
    assert bob.contacts.get("alice").encryption_keys == keys_of("Alice", 1)


def test_an_identity_of_the_most_generations_is_not_rotated_any_more(tmp_path: Path) -> None:
    alice = workspace_at(tmp_path)
    add_identity(alice, "Alice", generation=MOST_GENERATIONS - 1)
    with pytest.raises(UsageError, match="there can't be more"):
        rotate(alice, own(alice))
    assert own(alice).newest == MOST_GENERATIONS - 1


def test_a_locked_identity_is_rotated_under_its_passphrase_asked_for_once(tmp_path: Path) -> None:
    passphrases = FixedPassphrases(PASSPHRASE.reveal())
    workspace = workspace_at(tmp_path, passphrases)
    add_identity(workspace, "Alice", locked=True)
    after = rotate(workspace, own(workspace))
    assert passphrases.asked == ["alice"]
    assert after.unlock(PASSPHRASE).secrets == secrets_of("Alice").rotated()


def test_forgetting_keeps_the_card_and_the_generations_from_there_on(alice: Workspace) -> None:
    before = rotated(alice, 3)
    after = forget_generations(alice, before, 2)
    assert (after.oldest, after.newest, after.signed_card) == (2, 3, before.signed_card)
    assert own(alice) == after


@pytest.mark.parametrize(("generation", "opens"), [(0, False), (1, False), (2, True), (3, True)])
def test_after_forgetting_two_generations_a_message_opens_only_to_those_kept(
    alice: Workspace, bob: Workspace, generation: int, opens: bool
) -> None:
    if generation:
        import_(bob, rotated(alice, generation).signed_card)
    message = send(bob, "alice")
    rotated(alice, 3 - generation)
    forget_generations(alice, own(alice), 2)
    if opens:
        assert open_(alice, message).content == TEXT
    else:
        with pytest.raises(NotForYouError):
            open_(alice, message)


def test_the_generation_after_a_forgotten_one_is_what_the_recovery_words_say(alice: Workspace) -> None:
    forget_generations(alice, rotated(alice, 2), 2)
    assert rotated(alice).card.encryption_keys == keys_of("Alice", 3)


def test_generations_can_be_forgotten_step_by_step(alice: Workspace) -> None:
    rotated(alice, 3)
    for before in (1, 2, 3):
        forget_generations(alice, own(alice), before)
    assert own(alice).unlock(None).secrets == secrets_of("Alice")._replace(newest=3).forgetting(3)


@pytest.mark.parametrize("before", [-1, 0, 1, 4, 5], ids=lambda before: f"--before {before}")
def test_no_generation_can_be_forgotten_that_is_gone_or_is_the_last(alice: Workspace, before: int) -> None:
    forget_generations(alice, rotated(alice, 3), 1)
    kept = snapshot(alice)
    with pytest.raises(UsageError, match="--before takes one of 2 to 3"):
        forget_generations(alice, own(alice), before)
    assert snapshot(alice) == kept


def test_a_single_generation_can_not_be_forgotten(alice: Workspace) -> None:
    with pytest.raises(UsageError, match="one generation alone") as raised:
        forget_generations(alice, own(alice), 1)
    assert raised.value.hint == "make a new one first: e2e keys rotate"


def secrets_up_to(generation: int) -> dict[str, bytes]:
    """Whatever opens a message to a generation before `generation`, or leads to it."""
    secrets = secrets_of("Alice")
    leading = {"root": sha512(b"Alice")[:32]}
    for number in range(generation):
        link = secrets.forgetting(number)
        keys = link._replace(newest=number).newest_keys()
        leading[f"chain {number}"] = link.chain.reveal()
        leading[f"x25519 {number}"] = keys.x25519.secret.reveal()
        leading[f"hybrid {number}"] = keys.hybrid_seed.reveal()
    return leading


def everything_on(path: Path) -> bytes:
    """All bytes of all files below, and of all that is written in them as base64 or hexadecimal."""
    found = b""
    for file in path.rglob("*"):
        if not file.is_file():
            continue
        content = file.read_bytes()
        found += content + b"\n"
        for word in re.findall(rb"[A-Za-z0-9+/]{16,}={0,2}", content):
            found += base64.b64decode(word + b"=" * (-len(word.rstrip(b"=")) % 4)) + b"\n"
        for word in re.findall(rb"[0-9a-f]{16,}", content):
            found += bytes.fromhex(word[: len(word) // 2 * 2].decode()) + b"\n"
    return found


def test_the_search_for_secrets_on_disk_finds_what_is_there(alice: Workspace, tmp_path: Path) -> None:
    rotated(alice, 2)
    assert secrets_up_to(1)["chain 0"] in everything_on(tmp_path)


def test_no_secret_of_a_forgotten_generation_is_left_on_disk(alice: Workspace, tmp_path: Path) -> None:
    forget_generations(alice, rotated(alice, 4), 3)
    left = everything_on(tmp_path)
    assert secrets_of("Alice").forgetting(3).chain.reveal() in left
    assert [name for name, secret in secrets_up_to(3).items() if secret in left] == []


def derivable(secrets: IdentitySecrets, steps: int) -> set[bytes]:
    """All that derivation makes of secrets, going forward so many generations."""
    found = {secrets.signing_seed.reveal(), secrets.chain.reveal()}
    for keys in secrets._replace(newest=secrets.oldest + steps).generations():
        found |= {keys.x25519.secret.reveal(), keys.hybrid_seed.reveal()}
    link = secrets
    for _ in range(steps):
        link = link._replace(newest=link.newest + 1).forgetting(link.oldest + 1)
        found.add(link.chain.reveal())
    return found


def test_a_forgotten_generation_is_never_derived_from_what_is_left_on_disk(
    alice: Workspace, tmp_path: Path
) -> None:
    forget_generations(alice, rotated(alice, 4), 3)
    left = Workspace.at(alice.directory.path, alice.clock, FixedPassphrases())
    secrets = own(left).unlock(None).secrets
    seed_as_chain = secrets._replace(chain=secrets.signing_seed)
    seed_as_root = IdentitySecrets.from_root(secrets.signing_seed)
    chain_as_root = IdentitySecrets.from_root(secrets.chain)
    reached: set[bytes] = set()
    for start in (secrets, seed_as_chain, seed_as_root, chain_as_root, secrets._replace(oldest=0, newest=0)):
        reached |= derivable(start, 300)
    assert secrets_of("Alice").forgetting(4).chain.reveal() in reached
    assert reached.isdisjoint(secrets_up_to(3).values())


def test_a_file_that_claims_a_forgotten_generation_does_not_bring_it_back(
    alice: Workspace, bob: Workspace
) -> None:
    message = send(bob, "alice")
    forgotten = forget_generations(alice, rotated(alice), 1)
    with alice.directory.writing():
        alice.identities.write(forgotten._replace(oldest=0))
    with pytest.raises(NotForYouError):
        open_(alice, message)


@pytest.mark.parametrize("valid_for", [SECOND, 30 * DAY, 365 * DAY, None], ids=str)
@pytest.mark.parametrize("expires", [None, NOW - DAY, NOW + DAY], ids=["never", "expired", "tomorrow"])
def test_a_card_is_good_for_another_while_from_now(
    tmp_path: Path, expires: datetime | None, valid_for: timedelta | None
) -> None:
    workspace = workspace_at(tmp_path)
    add_identity(workspace, "Alice", card=card_of("Alice", issued=NOW - 9 * DAY, expires=expires))
    old = own(workspace)
    after = change_expiry(workspace, old, valid_for)
    assert after.card.expires == (None if valid_for is None else NOW + valid_for)
    assert after.card == old.card._replace(issued=NOW, expires=after.card.expires)
    assert own(workspace) == after


def test_an_expired_contact_can_be_sent_to_again_once_the_newer_card_is_imported(
    alice: Workspace, bob: Workspace
) -> None:
    import_(bob, change_expiry(alice, own(alice), DAY).signed_card)
    late_alice, late_bob = at(alice, NOW + 2 * DAY), at(bob, NOW + 2 * DAY)
    with pytest.raises(RecipientError, match="the card of “alice” expired"):
        send(late_bob, "alice")
    import_(late_bob, change_expiry(late_alice, own(alice), DAY).signed_card)
    assert open_(late_alice, send(late_bob, "alice")).content == TEXT


@pytest.mark.parametrize("reason", get_args(RevocationReason))
def test_a_revoked_card_says_when_and_why_and_has_no_keys(alice: Workspace, reason: RevocationReason) -> None:
    card = revoke(alice, own(alice), reason, None).card
    assert card.encryption_keys is None
    assert card.revoked == (NOW, reason, None)
    assert card.id == card_of("Alice").id
    assert own(alice).card == card


def test_the_exported_card_of_a_revoked_identity_is_the_revoked_one(alice: Workspace) -> None:
    revoke(alice, own(alice), "lost", None)
    assert export_card(alice, None).card.revoked is not None


def test_everybody_who_imports_a_revoked_card_can_not_send_to_it(alice: Workspace, bob: Workspace) -> None:
    imported = import_(bob, revoke(alice, own(alice), "retired", None).signed_card)
    assert imported.status == "updated"
    assert status_of(imported.contact, bob) == "revoked"
    with pytest.raises(RecipientError, match=r"“alice” revoked this identity on 2026-11-23 \(retired\)"):
        send(bob, "alice")


def test_a_message_that_a_revoked_identity_signed_is_refused_whatever_is_allowed(
    alice: Workspace, bob: Workspace
) -> None:
    message = send(alice, "bob")
    import_(bob, revoke(alice, own(alice), "compromised", None).signed_card)
    with pytest.raises(SenderError, match=r"“alice” has revoked the identity .*\(compromised\)"):
        open_(bob, message, ACCEPT_ALL)


def test_no_card_older_or_newer_brings_a_revoked_identity_back(alice: Workspace, bob: Workspace) -> None:
    import_(bob, revoke(alice, own(alice), "lost", None).signed_card)
    for issued in (NOW - DAY, NOW, NOW + 100 * DAY):
        with pytest.raises(RollbackError, match="“alice” has revoked this identity"):
            import_(bob, card_of("Alice", issued=issued), replace_key=True)
    assert bob.contacts.get("alice").revoked is not None


def test_a_message_to_a_revoked_identity_still_opens_for_its_owner(alice: Workspace, bob: Workspace) -> None:
    message = send(bob, "alice")
    revoke(alice, own(alice), "superseded", None)
    assert open_(alice, message).content == TEXT


def test_a_revoked_identity_can_not_send(alice: Workspace) -> None:
    revoke(alice, own(alice), "lost", None)
    with pytest.raises(KeyringError, match="your identity “alice” is revoked"):
        send(alice, "bob")


def test_a_revoked_identity_can_not_sign(alice: Workspace) -> None:
    revoke(alice, own(alice), "lost", None)
    with pytest.raises(KeyringError, match="your identity “alice” is revoked"):
        alice.signing_identity()


def test_a_revoked_identity_can_not_be_sent_to_as_me(alice: Workspace) -> None:
    revoke(alice, own(alice), "lost", None)
    with pytest.raises(E2EError, match="revoked"):
        send(alice, "me")


@pytest.fixture
def with_successor(alice: Workspace) -> Workspace:
    add_identity(alice, "Alicia", created=NOW + DAY)
    return alice


def test_a_revoked_card_names_its_successor_who_vouches_back(with_successor: Workspace) -> None:
    revoked = revoke(with_successor, own(with_successor), "superseded", own(with_successor, "alicia"))
    successor = own(with_successor, "alicia").card
    assert revoked.card.revoked == (NOW, "superseded", signing_key_of("Alicia"))
    assert successor == card_of("Alicia", issued=NOW + SECOND)._replace(predecessor=signing_key_of("Alice"))


def test_a_revocation_without_successor_changes_no_other_identity(with_successor: Workspace) -> None:
    before = own(with_successor, "alicia")
    revoke(with_successor, own(with_successor), "lost", None)
    assert own(with_successor, "alicia") == before


def test_after_a_revocation_the_successor_is_the_one_to_act_as(with_successor: Workspace) -> None:
    revoke(with_successor, own(with_successor), "superseded", own(with_successor, "alicia"))
    assert with_successor.own_identity().name == "alicia"


def test_a_successor_does_not_take_the_petname_without_being_told_but_is_recognised(
    with_successor: Workspace, bob: Workspace
) -> None:
    revoked = revoke(with_successor, own(with_successor), "superseded", own(with_successor, "alicia"))
    import_(bob, revoked.signed_card)
    with pytest.raises(KeyChangedError) as raised:
        import_(bob, own(with_successor, "alicia").signed_card, "alice")
    assert raised.value.hint is not None
    assert raised.value.hint.startswith("the revoked card and this one name each other")
    assert bob.contacts.get("alice").signing_key == signing_key_of("Alice")


def test_a_successor_that_takes_the_petname_is_unverified_even_if_the_predecessor_was_verified(
    with_successor: Workspace, bob: Workspace
) -> None:
    record_verification(bob, bob.contacts.get("alice"), "compared at the terminal")
    revoked = revoke(with_successor, own(with_successor), "superseded", own(with_successor, "alicia"))
    import_(bob, revoked.signed_card)
    imported = import_(bob, own(with_successor, "alicia").signed_card, "alice", replace_key=True)
    assert imported.contact.verified is None
    assert imported.contact.signing_key == signing_key_of("Alicia")


def test_a_revoked_identity_that_its_successor_replaced_does_not_come_back_under_another_name(
    with_successor: Workspace, bob: Workspace
) -> None:
    revoked = revoke(with_successor, own(with_successor), "compromised", own(with_successor, "alicia"))
    import_(bob, revoked.signed_card)
    import_(bob, own(with_successor, "alicia").signed_card, "alice", replace_key=True)
    with pytest.raises(RollbackError):
        import_(bob, card_of("Alice"), "alice-again")


VOUCHING = {
    "the new card alone": (True, False),
    "the revoked card alone": (False, True),
    "neither": (False, False),
}


@pytest.mark.parametrize(("back", "forth"), VOUCHING.values(), ids=VOUCHING.keys())
def test_whom_the_other_does_not_name_is_no_successor(bob: Workspace, back: bool, forth: bool) -> None:
    revoked = Revocation(NOW, "lost", signing_key_of("Mallory") if forth else None)
    import_(bob, card_of("Alice", issued=NOW + DAY, revoked=revoked))
    new = card_of("Mallory")._replace(predecessor=signing_key_of("Alice") if back else None)
    with pytest.raises(KeyChangedError) as raised:
        import_(bob, new, "alice")
    assert raised.value.hint is not None
    assert "name each other" not in raised.value.hint
    assert "ask alice by another way" in raised.value.hint


def test_an_identity_can_not_be_its_own_successor(alice: Workspace) -> None:
    before = snapshot(alice)
    with pytest.raises(UsageError, match="its own successor"):
        revoke(alice, own(alice), "superseded", own(alice))
    assert snapshot(alice) == before


def test_a_revoked_identity_can_not_be_a_successor(with_successor: Workspace) -> None:
    revoke(with_successor, own(with_successor, "alicia"), "lost", None)
    before = snapshot(with_successor)
    with pytest.raises(KeyringError, match="“alicia” is revoked"):
        revoke(with_successor, own(with_successor), "superseded", own(with_successor, "alicia"))
    assert snapshot(with_successor) == before


def test_a_revocation_of_what_is_revoked_leaves_the_successor_as_it_was(with_successor: Workspace) -> None:
    revoke(with_successor, own(with_successor), "lost", None)
    before = snapshot(with_successor)
    with pytest.raises(KeyringError, match="“alice” is revoked, and that is final"):
        revoke(with_successor, own(with_successor), "superseded", own(with_successor, "alicia"))
    assert snapshot(with_successor) == before


def test_a_revocation_without_its_passphrase_leaves_the_successor_as_it_was(tmp_path: Path) -> None:
    workspace = workspace_at(tmp_path)
    add_identity(workspace, "Alice", locked=True)
    add_identity(workspace, "Alicia")
    before = snapshot(workspace)
    with pytest.raises(LockedError):
        revoke(workspace, own(workspace), "superseded", own(workspace, "alicia"))
    assert snapshot(workspace) == before


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
