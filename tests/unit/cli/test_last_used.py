"""`contacts list` says when a message last went to a contact, or came from them."""

from tests.unit.cli.people import Village


def last_used(village: Village, who: str) -> str:
    return village.run(who, "contacts", "list").split("\t")[5]


def test_a_new_contact_was_never_used(village: Village) -> None:
    assert last_used(village, "alice") == "never"


def test_sending_is_a_use_for_the_sender_and_opening_for_the_recipient(village: Village) -> None:
    village.wait(days=2)
    message = village.sealed("alice", "bob", "m")
    assert last_used(village, "alice") == "2026-11-25"
    assert last_used(village, "bob") == "never"
    village.wait(days=1)
    village.run("bob", "open", message)
    assert last_used(village, "bob") == "2026-11-26"


def test_a_signed_document_is_a_use(village: Village) -> None:
    document = village.file("letter", "Dear all")
    village.run("alice", "sign", document, "-o", village.file("letter.signed"))
    village.run("alice", "sign", "--detach", document, "-o", village.file("letter.sig"))
    village.run("bob", "verify", village.file("letter.signed"))
    assert last_used(village, "bob") == "2026-11-23"
    village.wait(days=1)
    village.run("bob", "verify", document, "--signature", village.file("letter.sig"))
    assert last_used(village, "bob") == "2026-11-24"


def test_a_dry_run_and_a_refused_message_are_no_use(village: Village) -> None:
    village.run("alice", "send", "bob", "--dry-run", village.file("m", "hello"))
    message = village.sealed("alice", "bob", "m.sealed")
    village.run("bob", "open", message, "--require-verified", code=5)
    assert last_used(village, "bob") == "never"


def test_the_use_stays_with_a_renamed_contact_and_goes_with_a_removed_one(village: Village) -> None:
    village.sealed("alice", "bob", "m")
    village.run("alice", "contacts", "rename", "bob", "robert")
    assert last_used(village, "alice") == "2026-11-23"
    village.run("alice", "contacts", "remove", "robert")
    village.introduce_to("alice", "bob")
    assert last_used(village, "alice") == "never"


def test_a_use_that_cant_be_noted_does_no_harm(village: Village) -> None:
    (village.path / "alice" / "used").write_text("a file, where a directory should be")
    village.sealed("alice", "bob", "m")
    assert last_used(village, "alice") == "never"
