"""What machines read with `--json` has the keys of section 6 of the design, come success or failure."""

import json
from typing import Any

import pytest

from tests.scenes.world import Outcome, World

MESSAGE_KEYS = [
    "schema",
    "command",
    "ok",
    "exit_code",
    "file",
    "mode",
    "sender",
    "recipients",
    "post_quantum",
    "sent",
    "name",
    "bytes",
    "error",
]
SENDER_KEYS = ["name", "id", "verified", "introduced_by", "group"]
ERROR_KEYS = ["kind", "message", "hint"]
FAILURE_KEYS = ["schema", "command", "ok", "exit_code", "error"]
CONTACT_KEYS = [
    "name",
    "card_name",
    "email",
    "id",
    "ed25519",
    "x25519",
    "mlkem768x25519",
    "status",
    "verified",
    "introduced_by",
    "issued",
    "expires",
    "revoked",
    "post_quantum",
]
VERIFICATION_KEYS = ["name", "id", "safety_number", "verified"]
IDENTITY_KEYS = [
    "name",
    "card_name",
    "id",
    "ed25519",
    "x25519",
    "mlkem768x25519",
    "default",
    "locked",
    "generation",
    "issued",
    "expires",
    "revoked",
]
IMPORT_KEYS = ["kind", "name", "id", "status", "introduced_by"]
GROUP_KEYS = ["name", "id", "owner", "epoch", "fingerprint", "members", "issued"]
INSPECT_KEYS = [
    "file",
    "format",
    "version",
    "mode",
    "armored",
    "brand",
    "recipients",
    "hybrid_recipients",
    "post_quantum",
    "metadata",
    "bytes",
]


@pytest.fixture(scope="module")
def prepared(village: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Alice and Bob know each other, Mallory is known to nobody; with two messages and a signature."""
    made = World(tmp_path_factory.mktemp("prepared"))
    made.invite(village, ["alice", "bob", "mallory"])
    made.does(
        "alice",
        "echo hello > letter.txt; e2e -q send bob letter.txt -o letter.sealed;"
        " e2e -q sign letter.txt -o letter.signed",
    )
    made.does("mallory", "e2e -q send bob letter.txt -o strange.sealed; e2e export > mallory.card")
    return made


@pytest.fixture
def people(world: World, prepared: World) -> World:
    world.copy(prepared)
    return world


def line_on_stderr(outcome: Outcome) -> Any:
    assert outcome.stderr.endswith("\n")
    assert outcome.stderr.count("\n") == 1, "a document in place of the words"
    return json.loads(outcome.stderr)


def document_on_stdout(outcome: Outcome) -> Any:
    assert outcome.exit_code == 0
    assert outcome.stderr == "", "a document in place of the words"
    assert outcome.stdout.count(b"\n") == 1
    return json.loads(outcome.stdout)


def test_send_writes_a_line_of_what_it_sealed(people: World) -> None:
    outcome = people.run("alice", "e2e send bob letter.txt --self --json > /dev/null")
    line = line_on_stderr(outcome)
    assert list(line) == MESSAGE_KEYS
    assert list(line["sender"]) == SENDER_KEYS
    assert line["sender"] | {"id": ""} == {
        "name": "alice",
        "id": "",
        "verified": True,
        "introduced_by": None,
        "group": None,
    }
    facts = {key: line[key] for key in MESSAGE_KEYS if key not in {"sender", "sent"}}
    assert facts == {
        "schema": "e2e/1",
        "command": "send",
        "ok": True,
        "exit_code": 0,
        "file": "letter.txt",
        "mode": "signcryption",
        "recipients": 2,
        "post_quantum": True,
        "name": "letter.txt",
        "bytes": 6,
        "error": None,
    }
    assert line["sent"].endswith("Z")


def test_open_writes_a_line_of_who_wrote_it_and_the_content_to_stdout(people: World) -> None:
    outcome = people.run("bob", "e2e open letter.sealed --json")
    line = line_on_stderr(outcome)
    assert (outcome.exit_code, outcome.stdout) == (0, b"hello\n")
    assert list(line) == MESSAGE_KEYS
    assert (line["mode"], line["recipients"], line["bytes"]) == ("signcryption", 1, 6)
    assert (line["sender"]["name"], line["sender"]["verified"]) == ("alice", False)


@pytest.mark.parametrize(
    ("command", "mode", "file"),
    [
        ("send bob --deniable --json < letter.txt", "encryption", None),
        ("sign letter.txt --json", "attached", "letter.txt"),
        ("sign letter.txt --detach -o - --json", "detached", "letter.txt"),
    ],
)
def test_the_modes_have_names(people: World, command: str, mode: str, file: str | None) -> None:
    line = line_on_stderr(people.run("alice", f"e2e {command} > /dev/null"))
    assert list(line) == MESSAGE_KEYS
    assert (line["mode"], line["file"], line["bytes"]) == (mode, file, 6)


def test_verify_writes_a_line_of_who_signed(people: World) -> None:
    outcome = people.run("bob", "e2e verify letter.signed --json")
    line = line_on_stderr(outcome)
    assert list(line) == MESSAGE_KEYS
    assert outcome.stdout == b"hello\n"
    assert (line["command"], line["mode"], line["recipients"]) == ("verify", "attached", None)
    assert line["sender"]["name"] == "alice"


def test_an_anonymous_sender_is_null(people: World) -> None:
    people.does("alice", "e2e -q send bob --anonymous letter.txt -o anonymous.sealed")
    line = line_on_stderr(people.run("bob", "e2e open anonymous.sealed --allow-anonymous --json"))
    assert line["ok"]
    assert line["sender"] is None


def test_several_files_have_a_line_each(people: World) -> None:
    outcome = people.run("bob", "mkdir in; e2e open letter.sealed strange.sealed letter.txt -d in --json")
    lines = [json.loads(line) for line in outcome.stderr.splitlines()]
    assert [(line["file"], line["exit_code"]) for line in lines] == [
        ("letter.sealed", 0),
        ("strange.sealed", 5),
        ("letter.txt", 3),
    ]
    assert all(list(line) == MESSAGE_KEYS for line in lines)
    assert outcome.exit_code == 5


FAILURES = {
    "open letter.txt": ("bob", 3, "not-a-message"),
    "open letter.sealed": ("mallory", 4, "not-for-you"),
    "open strange.sealed": ("bob", 5, "sender"),
    "open nowhere": ("bob", 1, "file"),
    "verify letter.txt": ("bob", 3, "not-a-message"),
    "send bob nowhere": ("alice", 1, "file"),
    "send bob letter.txt -o letter.sealed": ("alice", 1, "exists"),
}


@pytest.mark.parametrize(("command", "failure"), FAILURES.items(), ids=FAILURES.keys())
def test_a_file_that_fails_has_a_line_with_the_same_keys(
    people: World, command: str, failure: tuple[str, int, str]
) -> None:
    person, exit_code, kind = failure
    outcome = people.run(person, f"e2e {command} --json")
    line = line_on_stderr(outcome)
    assert list(line) == MESSAGE_KEYS
    assert list(line["error"]) == ERROR_KEYS
    assert (outcome.exit_code, line["exit_code"], line["ok"]) == (exit_code, exit_code, False)
    assert line["error"]["kind"] == kind
    assert outcome.stdout == b""


DATA_FAILURES = {
    "send zoe": (7, "unknown-name"),
    "export zoe": (7, "unknown-name"),
    "open --max-age soon": (2, "usage"),
}
OTHER_FAILURES = {
    "contacts show zoe": (7, "unknown-name"),
    "contacts verify bob --check 1": (7, "recipient"),
    "contacts rename bob alice": (1, "keyring"),
    "import letter.txt": (3, "not-a-message"),
    "import nowhere": (1, "file"),
    "inspect letter.txt": (3, "not-a-message"),
    "keys show zoe": (7, "unknown-name"),
    "keygen Alice --no-passphrase": (1, "keyring"),
    "groups show zoe": (7, "unknown-name"),
}


@pytest.mark.parametrize(("command", "failure"), DATA_FAILURES.items(), ids=DATA_FAILURES.keys())
def test_a_failure_before_any_file_is_a_line_on_stderr(
    people: World, command: str, failure: tuple[int, str]
) -> None:
    outcome = people.run("alice", f"e2e {command} --json < /dev/null")
    line = line_on_stderr(outcome)
    assert outcome.stdout == b""
    assert list(line) in (FAILURE_KEYS, MESSAGE_KEYS)
    assert (line["ok"], line["exit_code"], line["error"]["kind"]) == (False, *failure)
    assert outcome.exit_code == failure[0]


@pytest.mark.parametrize(("command", "failure"), OTHER_FAILURES.items(), ids=OTHER_FAILURES.keys())
def test_a_command_without_data_fails_with_one_document_on_stdout(
    people: World, command: str, failure: tuple[int, str]
) -> None:
    outcome = people.run("alice", f"e2e {command} --json < /dev/null")
    document = json.loads(outcome.stdout)
    assert outcome.stderr == ""
    assert list(document) == FAILURE_KEYS
    assert list(document["error"]) == ERROR_KEYS
    assert (document["ok"], document["exit_code"], document["error"]["kind"]) == (False, *failure)
    assert outcome.exit_code == failure[0]


def test_contacts_list_is_an_array_of_contacts(people: World) -> None:
    document = document_on_stdout(people.run("alice", "e2e contacts list --json"))
    assert [list(contact) for contact in document] == [CONTACT_KEYS] * 3
    assert [contact["name"] for contact in document] == ["bob", "carol", "dave"]


def test_contacts_show_is_one_of_them(people: World) -> None:
    everybody = document_on_stdout(people.run("alice", "e2e contacts list --json"))
    bob = document_on_stdout(people.run("alice", "e2e contacts show bob --json"))
    assert bob == everybody[0]
    assert (bob["status"], bob["verified"], bob["post_quantum"]) == ("unverified", False, True)
    assert (bob["email"], bob["introduced_by"], bob["expires"], bob["revoked"]) == (None, None, None, None)
    assert [len(bob[key]) for key in ("id", "ed25519", "x25519", "mlkem768x25519")] == [62, 64, 64, 2432]
    assert bob["issued"].endswith("Z")


def test_an_empty_keyring_has_empty_arrays(world: World) -> None:
    for command in ("contacts list", "keys list", "groups list"):
        assert document_on_stdout(world.run("erin", f"e2e {command} --json")) == []


def test_contacts_verify_shows_the_number_without_recording_anything(people: World) -> None:
    document = document_on_stdout(people.run("alice", "e2e contacts verify bob --json"))
    assert list(document) == VERIFICATION_KEYS
    assert (len(document["safety_number"]), document["safety_number"].isdigit()) == (60, True)
    assert document["verified"] is False
    shown = document_on_stdout(people.run("alice", "e2e contacts show bob --json"))
    assert shown["status"] == "unverified"


def test_contacts_verify_records_the_right_number(people: World) -> None:
    number = document_on_stdout(people.run("alice", "e2e contacts verify bob --json"))["safety_number"]
    document = document_on_stdout(people.run("alice", f"e2e contacts verify bob --check {number} --json"))
    assert list(document) == VERIFICATION_KEYS
    assert document["verified"] is True


@pytest.mark.parametrize("command", ["rename bob robert", "remove bob"])
def test_changes_of_a_contact_show_it(people: World, command: str) -> None:
    assert list(document_on_stdout(people.run("alice", f"e2e contacts {command} --json"))) == CONTACT_KEYS


def test_keys_and_keygen_show_identities(people: World) -> None:
    made = document_on_stdout(people.run("alice", "e2e keygen Work --no-passphrase --json"))
    assert list(made) == IDENTITY_KEYS
    listed = document_on_stdout(people.run("alice", "e2e keys list --json"))
    assert [list(identity) for identity in listed] == [IDENTITY_KEYS] * 2
    assert [identity["default"] for identity in listed] == [True, False]
    assert document_on_stdout(people.run("alice", "e2e keys show work --json")) == made == listed[1]
    assert (made["locked"], made["generation"], made["expires"], made["revoked"]) == (False, 0, None, None)


def test_import_is_an_array_of_what_became_of_each_card(people: World) -> None:
    people.does("bob", "e2e export > bob.card")
    document = document_on_stdout(people.run("alice", "e2e import mallory.card bob.card --json"))
    assert [list(imported) for imported in document] == [IMPORT_KEYS] * 2
    facts = [(imported["kind"], imported["name"], imported["status"]) for imported in document]
    assert facts == [("card", "mallory", "new"), ("card", "bob", "unchanged")]


def test_inspect_shows_what_everybody_sees(people: World) -> None:
    document = document_on_stdout(people.run("mallory", "e2e inspect letter.sealed --json"))
    assert list(document) == INSPECT_KEYS
    assert document["bytes"] == (people.table / "letter.sealed").stat().st_size
    facts = {key: value for key, value in document.items() if key != "bytes"}
    assert facts == {
        "file": "letter.sealed",
        "format": "saltpack",
        "version": "2.0",
        "mode": "signcryption",
        "armored": False,
        "brand": None,
        "recipients": 1,
        "hybrid_recipients": 1,
        "post_quantum": True,
        "metadata": True,
    }


def test_groups_show_their_members(people: World) -> None:
    people.does("alice", "e2e -q groups create team bob")
    listed = document_on_stdout(people.run("alice", "e2e groups list --json"))
    shown = document_on_stdout(people.run("alice", "e2e groups show team --json"))
    assert listed == [shown]
    assert list(shown) == GROUP_KEYS
    assert [list(member) for member in shown["members"]] == [["name", "id", "verified"]] * 2


def test_the_document_can_go_to_a_descriptor_of_its_own(people: World) -> None:
    outcome = people.run("bob", "e2e open letter.sealed --json-fd 3 3> facts.json")
    assert (outcome.stdout, outcome.stderr) == (b"hello\n", "")
    assert list(json.loads((people.table / "facts.json").read_text())) == MESSAGE_KEYS


def test_a_wrong_command_line_is_told_to_that_descriptor_as_well(people: World) -> None:
    outcome = people.run("bob", "e2e open --max-age soon --json-fd 3 3> facts.json < /dev/null")
    assert (outcome.exit_code, outcome.stdout, outcome.stderr) == (2, b"", "")
    assert list(json.loads((people.table / "facts.json").read_text())) == FAILURE_KEYS


def test_the_option_may_stand_before_the_command(people: World) -> None:
    assert len(document_on_stdout(people.run("alice", "e2e --json contacts list"))) == 3


@pytest.mark.parametrize("family", ["contacts", "keys", "groups"])
def test_a_family_lists_as_json_without_being_told_to(people: World, family: str) -> None:
    listed = document_on_stdout(people.run("alice", f"e2e {family} list --json"))
    assert document_on_stdout(people.run("alice", f"e2e {family} --json")) == listed


def test_what_strangers_wrote_stays_ascii(people: World) -> None:
    people.does("erin", "e2e -q keygen $'Erin\\u202e' --name erin --no-passphrase; e2e export > erin.card")
    people.does("alice", "e2e -q import erin.card")
    outcome = people.run("alice", "e2e contacts show erin --json")
    assert outcome.stdout.isascii()
    assert document_on_stdout(outcome)["card_name"] == "Erin\u202e"
