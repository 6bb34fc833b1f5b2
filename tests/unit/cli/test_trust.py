"""Trust, told from both people's side: the program in this process, own keyrings, and a clock."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import segno

from e2ecli.cli import main, terminal
from e2ecli.cli.qr import qr_code
from e2ecli.keyring.config import Config

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TEXT = b"See you at the gate at nine.\n"


class Outcome:
    """What a run left: its exit code and what it said."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def rows(self) -> list[list[str]]:
        return [line.split("\t") for line in self.out.splitlines()]


class World:
    """A directory for everybody's files, and the time that it is for everybody."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self.now = START
        self._capsys = capsys

    def run(self, arguments: list[str]) -> Outcome:
        code = main._run(arguments, {"clock": lambda: self.now})
        return Outcome(code, *self._capsys.readouterr())


class Person:
    """Somebody with a keyring."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.keyring = world.path / f"{name}.keyring"

    def e2e(self, *arguments: str) -> Outcome:
        return self.world.run([*arguments, "--keyring", str(self.keyring)])

    def does(self, *arguments: str) -> Outcome:
        """Run what must succeed."""
        outcome = self.e2e(*arguments)
        assert outcome.code == 0, outcome.err
        return outcome

    def file(self, name: str) -> Path:
        return self.world.path / f"{self.name}.{name}"

    def card(self, *name: str) -> str:
        """The path of a fresh copy of a card."""
        path = self.file(f"{len(list(self.world.path.iterdir()))}.card")
        self.does("export", *name, "-o", str(path))
        return str(path)

    def knows(self, *others: "Person") -> "Person":
        for other in others:
            self.does("import", other.card())
        return self

    def send(self, to: str, *options: str) -> tuple[Outcome, Path]:
        plain = self.file("plain")
        plain.write_bytes(TEXT)
        sealed = self.file(f"{len(list(self.world.path.iterdir()))}.sealed")
        return self.e2e("send", to, str(plain), "-o", str(sealed), *options), sealed

    def sends(self, to: str, *options: str) -> Path:
        outcome, sealed = self.send(to, *options)
        assert outcome.code == 0, outcome.err
        return sealed

    def open(self, sealed: Path, *options: str) -> Outcome:
        output = self.file("opened")
        output.unlink(missing_ok=True)
        outcome = self.e2e("open", str(sealed), "-o", str(output), *options)
        assert output.exists() == (outcome.code == 0)
        if outcome.code == 0:
            assert output.read_bytes() == TEXT
        return outcome

    def contact(self, name: str) -> dict[str, Any]:
        document: dict[str, Any] = self.does("contacts", "show", name, "--json").document
        return document

    def identity(self, *name: str) -> dict[str, Any]:
        document: dict[str, Any] = self.does("keys", "show", *name, "--json").document
        return document

    def safety_number(self, name: str) -> str:
        document = self.does("contacts", "verify", name, "--json").document
        return str(document["safety_number"])

    def configure(self, text: str) -> None:
        (self.keyring / "config.toml").write_text(text)

    def everything(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in self.keyring.rglob("*.toml")}


@pytest.fixture
def world(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(terminal, "_TTY", "/nonexistent/tty")  # whoever runs the tests is asked nothing
    monkeypatch.delenv("E2E_PASSPHRASE_COMMAND", raising=False)
    return World(tmp_path, capsys)


Meet = Callable[..., Person]


@pytest.fixture
def meet(world: World) -> Meet:
    def meet(name: str, *options: str) -> Person:
        person = Person(world, name)
        person.does("keygen", name.capitalize(), "--no-passphrase", *options)
        return person

    return meet


@pytest.fixture
def alice(meet: Meet) -> Person:
    return meet("alice")


@pytest.fixture
def bob(meet: Meet, alice: Person) -> Person:
    bob = meet("bob").knows(alice)
    alice.knows(bob)
    return bob


# Verification.


def test_both_people_see_the_same_safety_number_of_60_digits(alice: Person, bob: Person) -> None:
    number = alice.safety_number("bob")
    assert number == bob.safety_number("alice")
    assert len(number) == 60
    assert number.isdigit()


def test_showing_the_number_verifies_nobody(alice: Person, bob: Person) -> None:
    assert not alice.does("contacts", "verify", "bob", "--json").document["verified"]
    assert alice.contact("bob")["status"] == "unverified"


def test_without_a_terminal_nobody_is_asked_and_nobody_verified(alice: Person, bob: Person) -> None:
    outcome = alice.e2e("contacts", "verify", "bob")
    assert outcome.code == 6
    assert "e2e contacts verify bob --check DIGITS" in outcome.err
    assert not alice.contact("bob")["verified"]


def grouped(number: str, between: str) -> str:
    return between.join(number[at : at + 5] for at in range(0, 60, 5))


@pytest.mark.parametrize("between", ["", " ", "-", "\n", "  \t"], ids=repr)
def test_the_right_digits_verify_however_they_are_grouped(alice: Person, bob: Person, between: str) -> None:
    outcome = alice.does("contacts", "verify", "bob", "--check", grouped(bob.safety_number("alice"), between))
    assert outcome.err == "e2e: “bob” is verified\n"
    assert alice.contact("bob")["status"] == "verified"
    assert bob.contact("alice")["status"] == "unverified"


def test_a_verification_as_json(alice: Person, bob: Person) -> None:
    number = bob.safety_number("alice")
    document = alice.does("contacts", "verify", "bob", "--check", number, "--json").document
    id_ = bob.identity()["id"]
    assert document == {"name": "bob", "id": id_, "safety_number": number, "verified": True}


WRONG: dict[str, Callable[[str], str]] = {
    "one digit": lambda number: str((int(number[0]) + 1) % 10) + number[1:],
    "the halves exchanged": lambda number: number[30:] + number[:30],
    "too few": lambda number: number[:-1],
    "too many": lambda number: number + "0",
    "none": lambda _: "",
    "half of them": lambda number: number[:30],
    "other digits of Unicode": lambda number: number.translate(
        {48 + digit: 0x660 + digit for digit in range(10)}
    ),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_wrong_digits_are_7_and_nothing_is_recorded(
    alice: Person, bob: Person, change: Callable[[str], str]
) -> None:
    before = alice.everything()
    outcome = alice.e2e("contacts", "verify", "bob", "--check", change(alice.safety_number("bob")))
    assert outcome.code == 7
    assert "othing was recorded" in outcome.err
    assert alice.everything() == before


def test_wrong_digits_do_not_undo_a_verification(alice: Person, bob: Person) -> None:
    alice.does("contacts", "verify", "bob", "--check", bob.safety_number("alice"))
    assert alice.e2e("contacts", "verify", "bob", "--check", "0" * 60).code == 7
    assert alice.contact("bob")["verified"]


def test_the_contact_file_records_when_and_how(alice: Person, bob: Person) -> None:
    alice.world.now = START + DAY
    alice.does("contacts", "verify", "bob", "--check", bob.safety_number("alice"))
    (contact,) = (alice.keyring / "contacts").iterdir()
    assert "at = 2026-11-24 10:00:00+00:00" in contact.read_text()
    assert 'method = "digits given with --check"' in contact.read_text()


@pytest.mark.parametrize("text", ["0" * 60, "1234567890" * 6, "e2e1" + "q" * 58])
def test_a_qr_code_in_the_terminal_is_the_one_that_segno_makes(text: str) -> None:
    matrix = [list(row) for row in segno.make(text, error="m", micro=False).matrix_iter(border=4)]
    assert drawn_matrix(qr_code(text)) == matrix


def test_a_qr_code_sets_its_own_colours_so_that_it_is_dark_on_light_on_any_terminal() -> None:
    assert "\x1b[" in qr_code("0" * 60)


def drawn_matrix(drawn: str) -> list[list[int]]:
    """The modules, dark as 1, of half blocks under the colours that escape sequences set."""
    rows: list[list[int]] = []
    for line in drawn.splitlines():
        upper, lower = half_rows(line)
        if upper:
            rows += [upper, lower]
    return rows if len(rows) == len(rows[0]) else rows[: len(rows[0])]


def half_rows(line: str) -> tuple[list[int], list[int]]:
    upper: list[int] = []
    lower: list[int] = []
    inverse, stream = False, io.StringIO(line)
    while character := stream.read(1):
        if character == "\x1b":
            code = ""
            while not code.endswith("m"):
                code += stream.read(1)
            inverse = code == "[7m"
            continue
        up, low = {" ": (1, 1), "\u2580": (0, 1), "\u2584": (1, 0), "\u2588": (0, 0)}[character]
        upper.append(1 - up if inverse else up)
        lower.append(1 - low if inverse else low)
    return upper, lower


# A changed key.


@pytest.fixture
def impostor(world: World) -> Person:
    mallory = Person(world, "mallory")
    mallory.does("keygen", "Bob", "--no-passphrase")
    return mallory


def test_a_changed_key_is_7_names_both_ids_and_the_ways_out(
    alice: Person, bob: Person, impostor: Person
) -> None:
    before = alice.everything()
    outcome = alice.e2e("import", impostor.card())
    assert outcome.code == 7
    assert "THE KEY HAS CHANGED" in outcome.err
    for expected in (bob.identity()["id"], impostor.identity()["id"], "--replace", "--name"):
        assert expected in outcome.err
    assert alice.everything() == before


def test_after_a_refused_key_send_and_open_keep_using_the_old_one(
    alice: Person, bob: Person, impostor: Person
) -> None:
    impostor.knows(alice)
    alice.e2e("import", impostor.card())
    sealed = alice.sends("bob")
    assert bob.open(sealed).code == 0
    assert impostor.open(sealed).code == 4
    assert alice.open(bob.sends("alice"), "--from", "bob").code == 0
    assert alice.open(impostor.sends("alice"), "--from", "bob").code == 5


def test_a_key_that_replaces_a_verified_one_is_unverified(
    alice: Person, bob: Person, impostor: Person
) -> None:
    alice.does("contacts", "verify", "bob", "--check", bob.safety_number("alice"))
    alice.does("import", "--replace", impostor.card())
    assert alice.contact("bob")["id"] == impostor.identity()["id"]
    assert alice.contact("bob")["status"] == "unverified"


def test_yes_does_not_let_a_changed_key_in(alice: Person, bob: Person, impostor: Person) -> None:
    assert alice.e2e("import", "--yes", impostor.card()).code == 7
    assert alice.contact("bob")["id"] == bob.identity()["id"]


IMPORTS: dict[str, tuple[str, ...]] = {
    "plainly": (),
    "with --yes": ("--yes",),
    "with --replace": ("--replace",),
    "under its name": ("--name", "bob"),
    "with all of them": ("--yes", "--replace", "--name", "bob"),
}


@pytest.mark.parametrize("options", IMPORTS.values(), ids=IMPORTS.keys())
def test_no_import_of_anything_makes_anybody_verified(
    alice: Person, bob: Person, impostor: Person, options: tuple[str, ...]
) -> None:
    bob.world.now += DAY
    bob.does("keys", "rotate")
    for card in (bob.card(), impostor.card(), bob.card()):
        alice.e2e("import", *options, card)
        assert not alice.contact("bob")["verified"]


def test_a_contact_removed_and_imported_again_is_unverified(alice: Person, bob: Person) -> None:
    alice.does("contacts", "verify", "bob", "--check", bob.safety_number("alice"))
    alice.does("contacts", "remove", "bob")
    alice.knows(bob)
    assert not alice.contact("bob")["verified"]


# Expiry.


@pytest.fixture
def expiring(meet: Meet, bob: Person) -> Person:
    """Carol, whose card is good for a hundred days, and Bob know each other."""
    carol = meet("carol", "--expires", "100d").knows(bob)
    bob.knows(carol)
    return carol


EXPIRY = START + 100 * DAY
WARNINGS = [
    (EXPIRY - 30 * DAY - timedelta(seconds=1), False),
    (EXPIRY - 30 * DAY, True),
    (EXPIRY - DAY, True),
]


@pytest.mark.parametrize(("now", "warned"), WARNINGS)
def test_send_warns_from_30_days_before_with_the_remedy(
    bob: Person, expiring: Person, now: datetime, warned: bool
) -> None:
    bob.world.now = now
    outcome, _ = bob.send("carol")
    warning = "the card of carol expires on 2027-03-03: ask for a newer one"
    assert (outcome.code, warning in outcome.err) == (0, warned)


@pytest.mark.parametrize(("now", "warned"), WARNINGS)
def test_send_warns_the_owner_from_30_days_before_with_the_remedy(
    bob: Person, expiring: Person, now: datetime, warned: bool
) -> None:
    bob.world.now = now
    outcome, _ = expiring.send("bob")
    assert outcome.code == 0
    warning = "your card expires on 2027-03-03: e2e keys expire 1y carol, then e2e export carol"
    assert (warning in outcome.err) == warned


@pytest.mark.parametrize(("now", "warned"), WARNINGS)
def test_open_warns_from_30_days_before_with_the_remedy(
    bob: Person, expiring: Person, now: datetime, warned: bool
) -> None:
    bob.world.now = now
    outcome = bob.open(expiring.sends("bob"))
    warning = "the card of carol expires on 2027-03-03: ask for a newer one"
    assert (outcome.code, warning in outcome.err) == (0, warned)


def test_after_the_end_send_refuses_and_names_the_person_and_the_remedy(
    bob: Person, expiring: Person
) -> None:
    bob.world.now = EXPIRY
    outcome, sealed = bob.send("alice,carol")
    assert outcome.code == 7
    assert "the card of “carol” expired on 2027-03-03" in outcome.err
    assert "ask them for a newer card, and import it" in outcome.err
    assert not sealed.exists()


def test_after_the_end_a_message_that_was_sent_before_opens_and_says_so(
    bob: Person, expiring: Person
) -> None:
    sealed = expiring.sends("bob")
    bob.world.now = EXPIRY + DAY
    outcome = bob.open(sealed)
    assert outcome.code == 0
    assert "sent 2026-11-23T10:00:00Z" in outcome.err
    assert "the card of carol expired on 2027-03-03" in outcome.err


def test_after_keys_expire_everybody_with_the_new_card_can_send_again(bob: Person, expiring: Person) -> None:
    bob.world.now = EXPIRY + DAY
    assert "good until 2028-03-03" in expiring.does("keys", "expire", "1y").err
    bob.knows(expiring)
    assert expiring.open(bob.sends("carol")).code == 0


# Rotation.


def test_after_a_rotation_old_and_new_messages_open(alice: Person, bob: Person) -> None:
    old = alice.sends("bob")
    outcome = bob.does("keys", "rotate")
    assert "at generation 1" in outcome.err
    assert "give everybody the new card: e2e export bob" in outcome.err
    alice.world.now += DAY
    assert alice.does("import", bob.card()).err.startswith("e2e: updated: “bob” (Bob)")
    assert bob.open(old).code == bob.open(alice.sends("bob")).code == 0


def test_what_was_forgotten_can_not_be_opened_and_the_rest_can(alice: Person, bob: Person) -> None:
    old = alice.sends("bob")
    bob.does("keys", "rotate")
    alice.knows(bob)
    new = alice.sends("bob")
    bob.does("keys", "forget", "--before", "1")
    assert (bob.open(old).code, bob.open(new).code) == (4, 0)


# Revocation.


def test_a_revocation_needs_a_yes(bob: Person) -> None:
    assert bob.e2e("keys", "revoke", "--reason", "lost").code == 6
    assert bob.identity()["revoked"] is None


def test_everybody_who_imports_a_revoked_card_neither_sends_to_it_nor_opens_from_it(
    alice: Person, bob: Person
) -> None:
    later = bob.sends("alice")
    bob.does("keys", "revoke", "--reason", "compromised", "--yes")
    alice.knows(bob)
    assert alice.contact("bob")["status"] == "revoked"
    assert alice.send("bob")[0].code == 7
    assert alice.open(later, "--allow-unknown").code == 5


def test_a_successor_is_taken_with_replace_and_is_unverified(alice: Person, bob: Person) -> None:
    alice.does("contacts", "verify", "bob", "--check", bob.safety_number("alice"))
    bob.does("keygen", "Bob", "--name", "bob2", "--no-passphrase")
    bob.world.now += DAY
    bob.does("keys", "revoke", "bob", "--reason", "superseded", "--successor", "bob2", "--yes")
    alice.does("import", bob.card("bob"))
    refused = alice.e2e("import", bob.card("bob2"))
    assert (refused.code, "name each other as predecessor and successor" in refused.err) == (7, True)
    alice.does("import", "--replace", bob.card("bob2"))
    assert alice.contact("bob")["status"] == "unverified"
    assert bob.open(alice.sends("bob")).code == 0


@pytest.fixture
def prepared(world: World, alice: Person) -> Person:
    """Dora, who kept her recovery words, and Alice know each other."""
    dora = Person(world, "dora")
    words = str(world.path / "words")
    dora.does("keygen", "Dora", "--no-passphrase", "--recovery-file", words)
    alice.knows(dora)
    return dora.knows(alice)


def words_of(person: Person) -> Path:
    return person.world.path / "words"


def revocation_of(person: Person) -> str:
    return str(person.world.path / "words.revocation")


def test_keygen_writes_words_and_revocation_for_their_owner_alone(prepared: Person) -> None:
    assert len(words_of(prepared).read_text().split()) == 24
    for path in (words_of(prepared), Path(revocation_of(prepared))):
        assert path.stat().st_mode & 0o777 == 0o600


def test_the_emergency_card_revokes(alice: Person, prepared: Person) -> None:
    message = prepared.sends("alice")
    alice.does("import", revocation_of(prepared))
    assert alice.contact("dora")["status"] == "revoked"
    assert alice.send("dora")[0].code == 7
    assert alice.open(message).code == 5


def test_the_emergency_card_revokes_after_rotations_and_years_as_well(
    alice: Person, prepared: Person
) -> None:
    prepared.world.now += 1000 * DAY
    prepared.does("keys", "rotate")
    alice.knows(prepared)
    alice.does("import", revocation_of(prepared))
    assert alice.contact("dora")["status"] == "revoked"


def test_no_card_older_or_newer_undoes_the_emergency_card(alice: Person, prepared: Person) -> None:
    older = prepared.card()
    prepared.world.now += 10 * DAY
    prepared.does("keys", "rotate")
    alice.does("import", revocation_of(prepared))
    for card in (older, prepared.card()):
        for options in ((), ("--replace",), ("--name", "dora-again"), ("--replace", "--yes")):
            assert alice.e2e("import", *options, card).code == 7
    assert alice.contact("dora")["status"] == "revoked"


def test_the_emergency_card_warns_somebody_who_did_not_know_its_owner(bob: Person, prepared: Person) -> None:
    bob.does("import", revocation_of(prepared))
    assert bob.e2e("import", prepared.card()).code == 7
    assert bob.contact("dora")["status"] == "revoked"


# Recovery.


def test_a_drill_with_the_right_words_says_so_and_writes_nothing(prepared: Person) -> None:
    before = prepared.everything()
    outcome = prepared.does("keys", "restore", "--check", "--recovery-file", str(words_of(prepared)))
    assert outcome.err == "e2e: these are the recovery words of “dora”\n"
    assert prepared.everything() == before


def test_a_drill_after_a_rotation_still_knows_the_words(prepared: Person) -> None:
    prepared.does("keys", "rotate")
    prepared.does("keys", "restore", "dora", "--check", "--recovery-file", str(words_of(prepared)))


DRILLS: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "a wrong word": (lambda words: [*words[:6], "qqqq", *words[7:]], "word 7 is not in the list"),
    "a word missing": (lambda words: words[:-1], "there are 24 recovery words, and these are 23"),
    "all in reverse": (lambda words: words[::-1], "don't belong together"),
    "another's words": (lambda _: ["abandon"] * 23 + ["art"], "of another identity than e2e1"),
}


@pytest.mark.parametrize(("change", "said"), DRILLS.values(), ids=DRILLS.keys())
def test_a_drill_with_wrong_words_fails_says_why_and_writes_nothing(
    prepared: Person, change: Callable[[list[str]], list[str]], said: str
) -> None:
    words = change(words_of(prepared).read_text().split())
    words_of(prepared).write_text(" ".join(words))
    before = prepared.everything()
    outcome = prepared.e2e("keys", "restore", "--check", "--recovery-file", str(words_of(prepared)))
    assert (outcome.code, said in outcome.err) == (1, True)
    assert prepared.everything() == before


def test_a_lost_keyring_comes_back_by_the_words_and_the_newest_card(alice: Person, prepared: Person) -> None:
    old = alice.sends("dora")
    prepared.does("keys", "rotate")
    alice.knows(prepared)
    new, card, id_ = alice.sends("dora"), prepared.card(), prepared.identity()["id"]
    again = Person(prepared.world, "again")
    again.world.now += DAY
    words = str(words_of(prepared))
    outcome = again.does("keys", "restore", "--recovery-file", words, "--card", card, "--no-passphrase")
    assert f"restored “dora”, generation 1, key id {id_}" in outcome.err
    again.knows(alice)
    assert again.open(old).code == again.open(new).code == 0
    assert alice.does("import", again.card()).err.startswith("e2e: updated: “dora”")


def test_a_keyring_restored_by_a_number_has_so_many_generations(prepared: Person) -> None:
    again = Person(prepared.world, "again")
    words = str(words_of(prepared))
    again.does("keys", "restore", "Dora", "--recovery-file", words, "--generations", "3", "--no-passphrase")
    assert again.identity()["generation"] == 2
    assert again.identity()["id"] == prepared.identity()["id"]


def test_a_keyring_is_not_restored_with_no_generation_at_all(prepared: Person) -> None:
    again = Person(prepared.world, "again")
    words = str(words_of(prepared))
    restoring = ("keys", "restore", "Dora", "--recovery-file", words, "--generations", "0", "--no-passphrase")
    assert again.e2e(*restoring).code == 2


def test_the_words_do_not_say_whose_they_are(prepared: Person) -> None:
    again = Person(prepared.world, "again")
    outcome = again.e2e("keys", "restore", "--recovery-file", str(words_of(prepared)), "--no-passphrase")
    assert (outcome.code, "e2e keys restore NAME" in outcome.err) == (2, True)


# Introductions.


def test_an_introduction_is_shown_as_such_and_does_not_verify(alice: Person, bob: Person, meet: Meet) -> None:
    carol = meet("carol").knows(alice)
    alice.knows(carol)
    sealed = alice.file("introduction")
    alice.does("contacts", "introduce", "bob", "--to", "carol", "-o", str(sealed))
    (document,) = carol.does("import", str(sealed), "--json").document
    assert document == {
        "kind": "introduction",
        "name": "bob",
        "id": bob.identity()["id"],
        "status": "new",
        "introduced_by": alice.identity()["id"],
    }
    assert ["bob", "Bob", "introduced by alice"] in [row[:3] for row in carol.does("contacts").rows]
    assert carol.send("bob", "--require-verified")[0].code == 7
    carol.configure('trust_introductions_of = ["alice"]\n')
    assert carol.send("bob", "--require-verified")[0].code == 0
    assert not carol.contact("bob")["verified"]


def test_open_points_an_introduction_to_import(alice: Person, bob: Person) -> None:
    sealed = alice.file("introduction")
    alice.does("contacts", "introduce", "bob", "--to", "bob", "-o", str(sealed))
    outcome = bob.open(sealed)
    assert (outcome.code, "e2e import FILE" in outcome.err) == (3, True)


# Several identities.


def test_the_first_identity_is_the_default_until_told_otherwise(alice: Person) -> None:
    alice.world.now += DAY
    alice.does("keygen", "Work", "--no-passphrase")
    assert [row[::2][:2] for row in alice.does("keys", "list").rows] == [["alice", "default"], ["work", ""]]
    alice.does("keys", "default", "work")
    assert [row["default"] for row in alice.does("keys", "list", "--json").document] == [False, True]
    assert alice.identity()["name"] == "work"


def test_as_acts_as_another_identity(alice: Person, bob: Person) -> None:
    alice.world.now += DAY
    alice.does("keygen", "Work", "--no-passphrase")
    sealed = alice.sends("bob", "--as", "work")
    assert bob.open(sealed).code == 5
    bob.does("import", alice.card("work"))
    assert "from work" in bob.open(sealed).err


def test_keys_show_raw_is_what_other_software_takes(alice: Person) -> None:
    document = alice.identity()
    assert alice.does("keys", "show", "--raw").rows == [
        ["x25519", document["x25519"]],
        ["ed25519", document["ed25519"]],
    ]


def test_a_new_passphrase_opens_and_the_old_one_no_more(alice: Person, bob: Person) -> None:
    first, second = alice.file("first"), alice.file("second")
    first.write_text("first\n")
    second.write_text("second\n")
    alice.does("keys", "passphrase", "--kdf", "interactive", "--new-passphrase-file", str(first))
    change = ("keys", "passphrase", "--kdf", "interactive", "--new-passphrase-file", str(second))
    alice.does(*change, "--passphrase-file", str(first))
    assert alice.identity()["locked"]
    assert alice.send("bob", "--passphrase-file", str(first))[0].code == 6
    assert alice.send("bob", "--passphrase-file", str(second))[0].code == 0
    alice.does("keys", "passphrase", "--no-passphrase", "--passphrase-file", str(second))
    assert alice.send("bob")[0].code == 0


@pytest.mark.parametrize("command", [("default", "nobody"), ("show", "nobody"), ("rotate", "nobody")])
def test_an_identity_that_there_is_not_is_7(alice: Person, command: tuple[str, ...]) -> None:
    outcome = alice.e2e("keys", *command)
    assert (outcome.code, "no identity is called “nobody”" in outcome.err) == (7, True)


# The list of contacts.


def test_the_list_tells_of_everybody_what_matters(alice: Person, bob: Person, expiring: Person) -> None:
    alice.knows(expiring)
    alice.does("contacts", "verify", "bob", "--check", bob.safety_number("alice"))
    alice.does("contacts", "add", "raw", "--x25519", expiring.identity()["x25519"])
    bob_id, carol_id = bob.identity()["id"], expiring.identity()["id"]
    rows = alice.does("contacts", "list").rows
    assert rows[:2] == [
        ["bob", "Bob", "verified", "yes", "never", "never", bob_id],
        ["carol", "Carol", "unverified", "yes", "2027-03-03", "never", carol_id],
    ]
    assert rows[2][:5] == ["raw", "", "unverified", "no", "never"]


def test_the_list_as_json_has_the_documented_keys(alice: Person, bob: Person) -> None:
    (document,) = alice.does("contacts", "list", "--json").document
    assert " ".join(document) == (
        "name card_name email id ed25519 x25519 mlkem768x25519 status verified introduced_by issued expires "
        "revoked post_quantum"
    )
    assert document == alice.contact("bob")


def test_a_strangers_name_does_no_harm_in_the_list(alice: Person, world: World) -> None:
    stranger = Person(world, "stranger")
    stranger.does("keygen", "Eve \u202egnp.exe\u200b", "--name", "eve", "--no-passphrase")
    alice.does("import", "--name", "eve", stranger.card())
    (row,) = alice.does("contacts", "list").rows
    assert row[1] == r"Eve \u202egnp.exe\u200b"


# Settings.


def test_require_verified_in_the_config(alice: Person, bob: Person) -> None:
    sealed = bob.sends("alice")
    alice.configure("require_verified = true\n")
    assert (alice.send("bob")[0].code, alice.open(sealed).code) == (7, 5)
    alice.does("contacts", "verify", "bob", "--check", bob.safety_number("alice"))
    assert (alice.send("bob")[0].code, alice.open(sealed).code) == (0, 0)


def test_require_pq_in_the_config(alice: Person, bob: Person) -> None:
    alice.does("contacts", "add", "raw", "--x25519", "09" + "00" * 31)
    alice.configure("require_pq = true\n")
    assert (alice.send("bob")[0].code, alice.send("raw")[0].code) == (0, 7)


def test_send_to_self_in_the_config(alice: Person, bob: Person) -> None:
    assert alice.open(alice.sends("bob")).code == 4
    alice.configure("send_to_self = true\n")
    assert alice.open(alice.sends("bob")).code == 0


def test_default_identity_in_the_config(alice: Person) -> None:
    alice.does("keygen", "Work", "--no-passphrase")
    alice.configure('default_identity = "work"\n')
    assert alice.identity()["name"] == "work"


def test_keys_default_keeps_the_other_settings(alice: Person, bob: Person) -> None:
    alice.configure("send_to_self = true\n")
    alice.does("keys", "default", "alice")
    assert alice.open(alice.sends("bob")).code == 0


@pytest.mark.parametrize("command", [("send", "bob"), ("keys", "list"), ("keys", "default", "alice")])
def test_an_unknown_setting_is_an_error_that_names_it_and_those_there_are(
    alice: Person, bob: Person, command: tuple[str, ...]
) -> None:
    alice.configure("require_verifed = true\n")
    outcome = alice.e2e(*command)
    assert outcome.code == 1
    for expected in ("“require_verifed” is no setting", "config.toml", *Config._fields):
        assert expected in outcome.err
