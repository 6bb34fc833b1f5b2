"""Armored messages of other implementations, in every mode: their frames and their characters."""

from e2ecli.saltpack import armor
from e2ecli.saltpack.armor import Frame
from e2ecli.saltpack.constants import Mode
from tests.unit.saltpack import support
from tests.unit.saltpack.vectors import Case, decoded, each, known_answers

FRAMES = {
    "go-sc-three-armored": Frame(None, "ENCRYPTED MESSAGE"),
    "node-sc-three-armored": Frame(None, "ENCRYPTED MESSAGE"),
    "ar-quoted": Frame(None, "ENCRYPTED MESSAGE"),
    "go-en-armored-brand": Frame("KEYBASE", "ENCRYPTED MESSAGE"),
    "go-at-armored": Frame(None, "SIGNED MESSAGE"),
    "go-de-armored": Frame(None, "DETACHED SIGNATURE"),
    "node-de-armored": Frame(None, "DETACHED SIGNATURE"),
    "py-at-armored": Frame(None, "SIGNED MESSAGE"),
    "kat-go-encrypt-v2-armored": Frame(None, "ENCRYPTED MESSAGE"),
}

CASES = support.cases("saltpack-armor.json")
SEALED = [case | {"mode": "signcryption"} for case in support.cases("saltpack-signcryption.json")]
ARMORED = [
    case
    for case in [*CASES, *SEALED, *known_answers(Mode.ENCRYPTION)]
    if not isinstance(case, dict) or (case.get("armored", True) and case["spec_expect"] == "ok")
]


def dearmored(case: Case) -> tuple[Frame | None, bytes]:
    return armor.dearmor(decoded(case, "message_b64"), most=10_000)


def without_spacing(text: str) -> str:
    return "".join(text.replace(">", "").split())


@each(ARMORED)
def test_the_frame_says_what_the_message_is(case: Case) -> None:
    frame, message = dearmored(case)
    assert frame == FRAMES[case["name"]]
    mode = support.read_mode(message)
    assert mode is Mode[case["mode"].upper()]
    frame.check(mode)


@each(ARMORED)
def test_armored_again_a_message_has_the_same_characters(case: Case) -> None:
    """Implementations differ in spacing alone, and quotation adds some."""
    frame, message = dearmored(case)
    assert frame is not None
    assert without_spacing(armor.armor(message, frame)) == without_spacing(
        decoded(case, "message_b64").decode()
    )


def test_every_case_is_run() -> None:
    assert len(CASES) == 5
    assert {case["name"] for case in ARMORED if isinstance(case, dict)} <= FRAMES.keys()
