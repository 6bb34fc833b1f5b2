"""Rotation and expiry: newer cards of an identity, as the owner and as the others see them."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from e2ecli.errors import (
    RecipientError,
    RollbackError,
    UsageError,
)
from e2ecli.keyring.derivation import MOST_GENERATIONS
from e2ecli.operations.change_identity import (
    change_expiry,
    rotate,
)
from e2ecli.operations.verify_contact import record_verification
from e2ecli.operations.workspace import Workspace
from tests.unit.keyring.support import DAY, NOW, SECOND, card_of, keys_of, secrets_of, signing_key_of
from tests.unit.operations.support import (
    PASSPHRASE,
    TEXT,
    FixedPassphrases,
    add_identity,
    at,
    import_,
    open_,
    own,
    rotated,
    send,
    workspace_at,
)


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
