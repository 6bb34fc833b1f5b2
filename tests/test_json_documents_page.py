"""The JSON documents in e2e-keyring(5) are those of the program, run for it."""

import re
from typing import Any, NamedTuple

import pytest

from tests.keyring_story import COMMANDS, played
from tests.manpage import lines_of, part, rows

NAME = "e2e-keyring.5"
LINES = lines_of(NAME)


class Row(NamedTuple):
    """A key of a document: its type, and when it is null."""

    key: str
    type: str
    null: str


def table(title: str) -> list[Row]:
    return [Row(*cells[:3]) for cells in rows(part(LINES, "Ss", title))]


DOCUMENTS = [
    line.removeprefix(".Ss ") for line in part(LINES, "Sh", "JSON DOCUMENTS") if line.startswith(".Ss ")
]
INNER = {"The sender", "A failure", "The error", "A member"}
TYPES = {"string": str, "integer": int, "boolean": bool, "object": dict, "array": list}


def commands_of(title: str) -> list[str]:
    """Return the commands in a heading: “keygen, keys list, show” are three."""
    names, family = [], ""
    for words in title.split(", "):
        family = f"{words.split()[0]} " if " " in words else family
        names.append(words if " " in words or not family else family + words)
    return names


TITLES = {command: title for title in DOCUMENTS if title not in INNER for command in commands_of(title)}


def documents_of(title: str) -> list[dict[str, Any]]:
    """Return all documents in the story that a table describes, failures apart."""
    found = [
        document
        for told in played().told
        if TITLES.get(told.command) == title
        for one in told.documents
        for document in (one if isinstance(one, list) else [one])
    ]
    failure = [row.key for row in table("A failure")]
    return [document for document in found if [key for key in document if key != "imported"] != failure]


def inner_objects(title: str) -> list[dict[str, Any]]:
    every = [
        document
        for told in played().told
        for one in told.documents
        for document in (one if isinstance(one, list) else [one])
    ]
    if title == "A failure":
        return [document for document in every if list(document) == [row.key for row in table(title)]]
    if title == "A member":
        return [member for document in every for member in document.get("members", [])]
    key = {"The sender": "sender", "The error": "error"}[title]
    return [document[key] for document in every if document.get(key) is not None]


def test_every_command_has_its_document_on_the_page_and_no_others_have() -> None:
    assert sorted(TITLES) == COMMANDS


def test_every_command_is_run() -> None:
    assert {told.command for told in played().told} == set(COMMANDS)


@pytest.mark.parametrize("title", DOCUMENTS)
def test_a_document_has_the_keys_on_the_page_with_these_types(title: str) -> None:
    described = table(title)
    documents = inner_objects(title) if title in INNER else documents_of(title)
    assert documents
    for document in documents:
        assert list(document) == [row.key for row in described]
        for row in described:
            value = document[row.key]
            if value is None:
                assert row.null != "never", f"{row.key} is null"
            else:
                assert row.null != "always", f"{row.key} is not null"
                assert type(value) is TYPES[row.type], f"{row.key} is {value!r}"


@pytest.mark.parametrize("title", DOCUMENTS)
def test_what_may_be_null_is_null_somewhere_and_not_everywhere(title: str) -> None:
    documents = inner_objects(title) if title in INNER else documents_of(title)
    for row in table(title):
        values = {document[row.key] is None for document in documents}
        wanted = {"never": {False}, "always": {True}}.get(row.null, {True, False})
        assert values == wanted, row


def test_data_commands_report_on_stderr_and_the_others_on_stdout() -> None:
    section = part(LINES, "Sh", "JSON DOCUMENTS")
    text = "\n".join(section).partition("Commands that write data,")[2].partition("have their documents")[0]
    named = set(re.findall(r"^\.Cm ([a-z ]+?)(?: ,)?$", text, re.MULTILINE))
    assert {told.command for told in played().told if told.on_stderr} == named


def test_several_imports_some_of_which_failed_end_in_one_document_with_those_taken_in() -> None:
    (failure,) = [told for told in played().told if told.command == "import"][-1].documents
    assert failure["error"]["kind"] == "not-a-message"
    assert [one["status"] for one in failure["imported"]] == ["unchanged"]


def test_a_message_to_two_groups_is_not_known_to_be_post_quantum_safe() -> None:
    story = played()
    (sent,) = story.run("alice", "send trio,pair @letter -o groups.sealed -f")
    (opened,) = story.run("alice", "open groups.sealed -o groups.opened -f")
    assert (sent["post_quantum"], opened["post_quantum"]) == (True, False)
