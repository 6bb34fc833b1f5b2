"""Revocation and successors, as the owner and as the others see them."""

from pathlib import Path
from typing import get_args

import pytest

from e2ecli.errors import (
    E2EError,
    KeyChangedError,
    KeyringError,
    LockedError,
    RecipientError,
    RollbackError,
    SenderError,
    UsageError,
)
from e2ecli.keyring.cards import Revocation, RevocationReason
from e2ecli.operations.change_identity import (
    revoke,
)
from e2ecli.operations.contacts import status_of
from e2ecli.operations.export import export_card
from e2ecli.operations.verify_contact import record_verification
from e2ecli.operations.workspace import Workspace
from tests.unit.keyring.support import DAY, NOW, SECOND, card_of, signing_key_of
from tests.unit.operations.support import (
    ACCEPT_ALL,
    TEXT,
    add_identity,
    import_,
    open_,
    own,
    send,
    snapshot,
    workspace_at,
)


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
