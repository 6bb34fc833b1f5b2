"""Generations of keys that are forgotten: nothing on disk leads back to them."""

from pathlib import Path

import pytest

from e2ecli.errors import (
    NotForYouError,
    UsageError,
)
from e2ecli.keyring.derivation import IdentitySecrets
from e2ecli.operations.change_identity import (
    forget_generations,
)
from e2ecli.operations.workspace import Workspace
from tests.unit.keyring.support import keys_of, secrets_of
from tests.unit.operations.disk import derivable, everything_on, secrets_up_to
from tests.unit.operations.support import (
    TEXT,
    FixedPassphrases,
    import_,
    open_,
    own,
    rotated,
    send,
    snapshot,
)


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


def test_the_search_for_secrets_on_disk_finds_what_is_there(alice: Workspace, tmp_path: Path) -> None:
    rotated(alice, 2)
    assert secrets_up_to(1)["chain 0"] in everything_on(tmp_path)


def test_no_secret_of_a_forgotten_generation_is_left_on_disk(alice: Workspace, tmp_path: Path) -> None:
    forget_generations(alice, rotated(alice, 4), 3)
    left = everything_on(tmp_path)
    assert secrets_of("Alice").forgetting(3).chain.reveal() in left
    assert [name for name, secret in secrets_up_to(3).items() if secret in left] == []


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
