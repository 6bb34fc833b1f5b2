"""Comparing safety numbers: what is shown, asked and recorded."""

import io
from collections.abc import Callable

import pytest
import segno

from e2ecli.cli.qr import qr_code
from tests.unit.cli.persons import (
    DAY,
    START,
    Person,
)


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
