"""Bringing identities back from their 24 words: the right ones, and every way to have wrong ones."""

from pathlib import Path

import pytest

from e2ecli.errors import E2EError, KeyringError, UsageError
from e2ecli.keyring.cards import Card, Revocation
from e2ecli.keyring.derivation import MOST_GENERATIONS, IdentitySecrets
from e2ecli.keyring.identities import Identity
from e2ecli.keyring.recovery import RecoveryWordsError, recovery_words
from e2ecli.operations.keygen import NewIdentity, make_identity, prepare, store_identity
from e2ecli.operations.restore import (
    check_words_of,
    restore,
    secrets_for_card,
    secrets_of_words,
)
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.hashes import sha512
from e2ecli.primitives.secret import SecretBytes
from tests.unit.keyring.support import DAY, NOW, card_of, secrets_of
from tests.unit.operations.support import PASSPHRASE, TEXT, at, import_, open_, person, send, workspace_at


def words_of(name: str) -> list[str]:
    return list(recovery_words(SecretBytes(sha512(name.encode())[:32])))


ALICES = words_of("Alice")


def restored(
    workspace: Workspace,
    secrets: IdentitySecrets,
    new: NewIdentity | None = None,
    passphrase: SecretBytes | None = None,
) -> Identity:
    new = new or NewIdentity("Alice", None, None, None)
    return restore(workspace, prepare(workspace, new), secrets, passphrase)


def test_the_words_shown_at_keygen_bring_back_the_same_id_in_an_empty_keyring(tmp_path: Path) -> None:
    old, new = workspace_at(tmp_path / "old"), workspace_at(tmp_path / "new")
    made = make_identity(old, prepare(old, NewIdentity("Alice", None, None, None)), None)
    store_identity(old, made.identity)
    identity = restored(new, secrets_of_words(" ".join(made.words), 1))
    assert identity.card == made.identity.card
    assert new.identities.all() == [identity]


@pytest.mark.parametrize("generations", [1, 2, 7])
def test_so_many_generations_come_back_as_are_asked_for(generations: int) -> None:
    secrets = secrets_of_words(" ".join(ALICES), generations)
    assert secrets == secrets_of("Alice")._replace(newest=generations - 1)


@pytest.mark.parametrize("generation", [0, 1, 2])
def test_messages_to_every_generation_that_came_back_open(tmp_path: Path, generation: int) -> None:
    bob = person(tmp_path, "Bob")
    import_(bob, card_of("Alice", generation=generation))
    message = send(bob, "alice")
    alice = workspace_at(tmp_path / "new")
    restored(alice, secrets_of_words(" ".join(ALICES), 3))
    import_(alice, card_of("Bob"))
    assert open_(alice, message).content == TEXT


@pytest.mark.parametrize("generations", [-1, 0, MOST_GENERATIONS + 1, 10**20])
def test_there_can_not_be_so_many_generations(generations: int) -> None:
    with pytest.raises(UsageError, match="--generations takes a number from 1 to"):
        secrets_of_words(" ".join(ALICES), generations)


@pytest.mark.parametrize("generation", [0, 1, 12])
def test_a_card_stops_at_the_generation_that_it_shows(generation: int) -> None:
    secrets = secrets_for_card(" ".join(ALICES), card_of("Alice", generation=generation))
    assert secrets == secrets_of("Alice")._replace(newest=generation)


def test_a_card_without_a_post_quantum_key_shows_its_generation_as_well() -> None:
    secrets = secrets_for_card(" ".join(ALICES), card_of("Alice", generation=3, hybrid=False))
    assert secrets.newest == 3


REFUSED: dict[str, tuple[Card, type[E2EError], str]] = {
    "another's card": (card_of("Bob"), RecoveryWordsError, "of another identity than e2e1"),
    "a revoked card": (
        card_of("Alice", revoked=Revocation(NOW, "lost", None)),
        UsageError,
        "shows no generation",
    ),
    "another's encryption keys": (
        card_of("Alice")._replace(encryption_keys=card_of("Bob").encryption_keys),
        RecoveryWordsError,
        "don't lead to the encryption keys",
    ),
}


@pytest.mark.parametrize(("card", "error", "match"), REFUSED.values(), ids=REFUSED.keys())
def test_no_identity_is_restored_by(card: Card, error: type[E2EError], match: str) -> None:
    with pytest.raises(error, match=match):
        secrets_for_card(" ".join(ALICES), card)


WRITTEN = {
    "capitals": " ".join(ALICES).upper(),
    "the first letters as capitals": " ".join(ALICES).title(),
    "many spaces": "   ".join(["", *ALICES, ""]),
    "lines and tabs": "\r\n".join("\t".join(ALICES[at : at + 4]) for at in range(0, 24, 4)) + "\n",
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN.keys())
def test_words_count_however_they_are_written(text: str) -> None:
    assert secrets_of_words(text, 1) == secrets_of("Alice")


@pytest.mark.parametrize("place", [1, 2, 13, 24])
def test_the_place_of_a_word_that_is_not_in_the_list_is_told(place: int) -> None:
    words = [*ALICES[: place - 1], "qqqq", *ALICES[place:]]
    with pytest.raises(RecoveryWordsError, match=f"^word {place} is not in the list") as raised:
        secrets_of_words(" ".join(words), 1)
    assert raised.value.hint is None


@pytest.mark.parametrize(("typed", "meant"), [("abandn", "abandon"), ("zooo", "zoo"), ("letr", "letter")])
def test_words_that_may_be_meant_are_suggested(typed: str, meant: str) -> None:
    with pytest.raises(RecoveryWordsError, match=r"^word 5 ") as raised:
        secrets_of_words(" ".join([*ALICES[:4], typed, *ALICES[5:]]), 1)
    assert raised.value.hint is not None
    assert meant in raised.value.hint.removeprefix("did you mean ").rstrip("?").split(" or ")


def test_a_wrong_word_is_never_repeated() -> None:
    with pytest.raises(RecoveryWordsError) as raised:
        secrets_of_words(" ".join(["hunter2", *ALICES[1:]]), 1)
    assert "hunter2" not in f"{raised.value.message} {raised.value.hint}"


@pytest.mark.parametrize("count", [0, 1, 12, 23, 25, 48])
def test_too_few_or_too_many_words_are_counted(count: int) -> None:
    with pytest.raises(RecoveryWordsError, match=rf"there are 24 recovery words, and these are {count}$"):
        secrets_of_words(" ".join((ALICES * 2)[:count]), 1)


MISTAKEN = {
    "two exchanged words": [ALICES[1], ALICES[0], *ALICES[2:]],
    "the last two exchanged": [*ALICES[:22], ALICES[23], ALICES[22]],
    "another word of the list": ["abandon", *ALICES[1:]],
    "all in reverse": ALICES[::-1],
}


@pytest.mark.parametrize("words", MISTAKEN.values(), ids=MISTAKEN.keys())
def test_words_that_do_not_belong_together_are_refused(words: list[str]) -> None:
    with pytest.raises(RecoveryWordsError, match="don't belong together"):
        secrets_of_words(" ".join(words), 1)


def test_the_right_words_of_another_identity_are_told_apart() -> None:
    with pytest.raises(RecoveryWordsError, match="right, but of another identity") as raised:
        check_words_of(secrets_of("Bob"), card_of("Alice"))
    assert card_of("Alice").id in raised.value.message


def test_the_right_words_are_those_of_a_revoked_and_a_rotated_card_as_well() -> None:
    check_words_of(secrets_of("Alice"), card_of("Alice", generation=5))
    check_words_of(secrets_of("Alice"), card_of("Alice", revoked=Revocation(NOW, "lost", None)))


@pytest.mark.parametrize("name", ["Alice", "Somebody Else"])
def test_an_identity_is_not_restored_beside_itself(tmp_path: Path, name: str) -> None:
    alice = person(tmp_path, "Alice")
    before = alice.identities.all()
    with pytest.raises(KeyringError, match="already"):
        restored(alice, secrets_of("Alice"), NewIdentity(name, None, None, None))
    assert alice.identities.all() == before


def test_a_restored_identity_is_locked_under_a_new_passphrase(tmp_path: Path) -> None:
    workspace = workspace_at(tmp_path)
    new = NewIdentity("Alice", "alice@example.org", DAY, "interactive", "home")
    identity = restored(workspace, secrets_of("Alice"), new, PASSPHRASE)
    assert (identity.name, identity.locked, identity.card.expires) == ("home", True, NOW + DAY)
    assert identity.unlock(PASSPHRASE).secrets == secrets_of("Alice")


def test_the_card_of_a_restored_identity_updates_the_old_one_with_everybody(tmp_path: Path) -> None:
    bob = person(tmp_path, "Bob", knows=["Alice"])
    alice = at(workspace_at(tmp_path / "new"), NOW + DAY)
    identity = restored(alice, secrets_of_words(" ".join(ALICES), 2))
    assert import_(bob, identity.signed_card).status == "updated"


def test_an_identity_that_is_filed_as_a_contact_is_not_restored_beside_it(tmp_path: Path) -> None:
    workspace = workspace_at(tmp_path)
    import_(workspace, card_of("Alice"), "my-old-self")
    with pytest.raises(KeyringError, match="filed as the contact “my-old-self”"):
        restored(workspace, secrets_of_words(" ".join(ALICES), 1))
    assert workspace.identities.all() == []
