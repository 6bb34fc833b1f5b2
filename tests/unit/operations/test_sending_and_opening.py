"""What `send` refuses and `open` refuses: every decision of section 4 of the design, both ways."""

from datetime import timedelta
from pathlib import Path

import msgpack
import pytest

from e2ecli.errors import (
    DamagedError,
    E2EError,
    ForgedError,
    KeyringError,
    NotAMessageError,
    NotForYouError,
    RecipientError,
    SenderError,
    TruncatedError,
    UnknownNameError,
    UsageError,
)
from e2ecli.keyring.cards import EncryptionKeys, Revocation
from e2ecli.keyring.contacts import Contact, RawKeys
from e2ecli.operations.contacts import remove_contact
from e2ecli.operations.reading import ReadPolicy
from e2ecli.operations.send import SendOptions, prepare
from e2ecli.operations.senders import AnonymousSender, SenderPolicy, accepted_from
from e2ecli.operations.verify_contact import record_verification
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.x25519 import X25519PublicKey
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.signing import sign_text
from tests.unit.keyring.support import DAY, NOW, card_of, keys_of, secrets_of, signed, signing_key_of
from tests.unit.operations.support import (
    ACCEPT_ALL,
    KNOWN,
    TEXT,
    Collected,
    add_identity,
    at,
    import_,
    only_from,
    open_,
    person,
    sealed_by_hand,
    send,
    store,
    workspace_at,
)

LOST = Revocation(NOW, "lost", None)
ANONYMOUS = SendOptions(anonymous=True)
DENIABLE = SendOptions(deniable=True)
MIB = 2**20


def verify(workspace: Workspace, petname: str) -> None:
    record_verification(workspace, workspace.contacts.get(petname), "compared at the terminal")


def configure(workspace: Workspace, text: str) -> None:
    (workspace.directory.path / "config.toml").write_text(text)


# A message arrives


@pytest.mark.parametrize("armored", [False, True], ids=["binary", "armored"])
@pytest.mark.parametrize(
    "options", [SendOptions(), DENIABLE, ANONYMOUS], ids=["sealed", "deniable", "anonymous"]
)
def test_a_message_arrives_as_it_was_sent(
    alice: Workspace, bob: Workspace, options: SendOptions, armored: bool
) -> None:
    message = send(alice, "bob", options=options, armored=armored)
    read = open_(bob, message, ACCEPT_ALL)
    assert read.content == TEXT
    assert read.opened.bytes == len(TEXT)
    assert read.sender == (None if options.anonymous else "alice")


@pytest.mark.parametrize("length", [0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB])
def test_a_message_of_any_length_arrives(alice: Workspace, bob: Workspace, length: int) -> None:
    data = bytes(range(256)) * (length // 256 + 1)
    assert open_(bob, send(alice, "bob", data=data[:length])).content == data[:length]


def test_text_around_an_armored_message_is_noticed(alice: Workspace, bob: Workspace) -> None:
    message = send(alice, "bob", armored=True)
    assert not open_(bob, message).opened.text_around
    assert open_(bob, b"Dear Bob,\n\n" + message).opened.text_around


@pytest.mark.parametrize(
    ("options", "mode", "post_quantum"),
    [(SendOptions(), Mode.SIGNCRYPTION, True), (DENIABLE, Mode.ENCRYPTION, False)],
    ids=["sealed", "deniable"],
)
def test_the_facts_of_a_message(
    alice: Workspace, bob: Workspace, options: SendOptions, mode: Mode, post_quantum: bool
) -> None:
    import_(alice, card_of("Carol"))
    facts = open_(bob, send(alice, "bob", "carol", options=options, file_name="a.txt")).opened.facts
    assert (facts.mode, facts.recipients, facts.post_quantum) == (mode, 2, post_quantum)
    assert facts.metadata.name == ("a.txt" if mode is Mode.SIGNCRYPTION else None)
    assert facts.metadata.sent == (int(NOW.timestamp()) if mode is Mode.SIGNCRYPTION else None)


def test_without_metadata_a_message_says_neither_when_nor_what_file(alice: Workspace, bob: Workspace) -> None:
    facts = open_(
        bob, send(alice, "bob", options=SendOptions(metadata=False), file_name="a.txt")
    ).opened.facts
    assert (facts.metadata.sent, facts.metadata.name, facts.metadata.type) == (None, None, "message")


def test_a_file_name_that_is_no_unicode_text_is_left_out(alice: Workspace, bob: Workspace) -> None:
    assert open_(bob, send(alice, "bob", file_name="caf\udce9")).opened.facts.metadata.name is None


def test_somebody_named_twice_is_one_recipient(alice: Workspace, bob: Workspace) -> None:
    message = send(alice, "bob", bob.own_identity().card.id, "bob")
    assert open_(bob, message).opened.facts.recipients == 1


def test_you_can_send_to_yourself(alice: Workspace) -> None:
    read = open_(alice, send(alice, "me"))
    assert (read.content, read.sender) == (TEXT, "alice")


@pytest.mark.parametrize("by", ["option", "configuration"])
def test_a_message_can_be_sealed_to_yourself_as_well(alice: Workspace, by: str) -> None:
    if by == "configuration":
        configure(alice, "send_to_self = true")
    message = send(alice, "bob", options=SendOptions(to_self=by == "option"))
    assert open_(alice, message).opened.facts.recipients == 2


def test_otherwise_the_sender_can_not_open_it(alice: Workspace) -> None:
    with pytest.raises(NotForYouError):
        open_(alice, send(alice, "bob"))


# Whom you can send to


def test_nobody_to_send_to_is_an_error(alice: Workspace) -> None:
    with pytest.raises(UsageError, match="nobody to send to"):
        send(alice)


@pytest.mark.parametrize("name", ["carol", "alice", "", "../bob", "Bob"])
def test_a_name_that_is_nobodys_is_an_error(alice: Workspace, name: str) -> None:
    with pytest.raises(UnknownNameError):
        send(alice, "bob", name)


def test_a_key_id_with_a_typing_error_is_an_error_that_says_so(alice: Workspace, bob: Workspace) -> None:
    id_ = bob.own_identity().card.id
    with pytest.raises(RecipientError, match="typing error"):
        send(alice, id_[:-1] + ("q" if id_[-1] != "q" else "p"))


@pytest.mark.parametrize(
    "options", [SendOptions(), DENIABLE, ANONYMOUS], ids=["sealed", "deniable", "anonymous"]
)
def test_an_expired_contact_is_refused_from_that_very_second(alice: Workspace, options: SendOptions) -> None:
    import_(alice, card_of("Carol", expires=NOW + DAY))
    assert send(at(alice, NOW + DAY - timedelta(seconds=1)), "carol", options=options)
    with pytest.raises(RecipientError, match="the card of “carol” expired on 2026-11-24"):
        send(at(alice, NOW + DAY), "bob", "carol", options=options)


@pytest.mark.parametrize(
    "options", [SendOptions(), DENIABLE, ANONYMOUS], ids=["sealed", "deniable", "anonymous"]
)
def test_a_revoked_contact_is_refused(alice: Workspace, options: SendOptions) -> None:
    import_(alice, card_of("Bob", revoked=LOST))
    with pytest.raises(RecipientError, match=r"“bob” revoked this identity on 2026-11-23 \(lost\)"):
        send(alice, "bob", options=options)


@pytest.mark.parametrize("by", ["option", "configuration"])
def test_require_verified_refuses_an_unverified_recipient_and_no_verified_one(
    alice: Workspace, by: str
) -> None:
    if by == "configuration":
        configure(alice, "require_verified = true")
    options = SendOptions(require_verified=by == "option")
    with pytest.raises(RecipientError, match="“bob” is not verified"):
        send(alice, "bob", options=options)
    verify(alice, "bob")
    assert send(alice, "bob", "me", options=options)


@pytest.mark.parametrize("by", ["option", "configuration"])
def test_require_pq_refuses_a_recipient_without_a_hybrid_key(alice: Workspace, by: str) -> None:
    if by == "configuration":
        configure(alice, "require_pq = true")
    options = SendOptions(require_pq=by == "option")
    import_(alice, card_of("Carol", hybrid=False))
    with pytest.raises(RecipientError, match="“carol” has no post-quantum key"):
        send(alice, "bob", "carol", options=options)
    assert send(alice, "bob", options=options)


def test_require_pq_refuses_a_deniable_message(alice: Workspace) -> None:
    with pytest.raises(RecipientError, match="deniable"):
        send(alice, "bob", options=SendOptions(deniable=True, require_pq=True))


def test_who_is_not_verified_and_who_not_post_quantum_is_told(alice: Workspace) -> None:
    import_(alice, card_of("Carol", hybrid=False))
    verify(alice, "carol")
    sending = prepare(alice, ["bob", "carol"], SendOptions())
    assert (sending.unverified, sending.not_post_quantum) == (["bob"], ["carol"])
    assert prepare(alice, ["bob", "carol"], DENIABLE).not_post_quantum == ["bob", "carol"]


@pytest.mark.parametrize(
    "keys",
    [
        EncryptionKeys(keys_of("Carol").x25519, bytes([255]) * 1216),
        EncryptionKeys(keys_of("Carol").x25519, (keys_of("Carol").hybrid or b"")[:1184] + bytes(32)),
        EncryptionKeys(X25519PublicKey(bytes(32)), None),
    ],
    ids=["no ML-KEM key", "a hybrid key of low order", "an X25519 key of low order"],
)
def test_a_card_with_a_hostile_key_can_not_be_sent_to(alice: Workspace, keys: EncryptionKeys) -> None:
    import_(alice, card_of("Carol")._replace(encryption_keys=keys))
    with pytest.raises(E2EError) as raised:
        send(alice, "bob", "carol")
    assert raised.value.exit_code == 7


def test_sending_needs_an_identity(tmp_path: Path) -> None:
    nobody = workspace_at(tmp_path)
    import_(nobody, card_of("Bob"))
    with pytest.raises(KeyringError, match="there is no identity"):
        send(nobody, "bob")


def test_an_anonymous_message_needs_no_identity(tmp_path: Path, bob: Workspace) -> None:
    nobody = workspace_at(tmp_path / "nobody")
    import_(nobody, card_of("Bob"))
    assert open_(bob, send(nobody, "bob", options=ANONYMOUS), ACCEPT_ALL).content == TEXT


# Whom you accept


def refused(workspace: Workspace, message: bytes, policy: ReadPolicy, match: str) -> None:
    """The message is refused for its sender, and nothing of it is let out (invariant 1)."""
    output = Collected()
    with pytest.raises(SenderError, match=match):
        open_(workspace, message, policy, output)
    assert output.facts is None
    assert not output.data


@pytest.mark.parametrize("options", [SendOptions(), DENIABLE], ids=["sealed", "deniable"])
def test_an_unknown_sender_is_refused_unless_allowed(
    alice: Workspace, tmp_path: Path, options: SendOptions
) -> None:
    bob = person(tmp_path, "Bob")
    message = send(alice, "bob", options=options)
    refused(bob, message, KNOWN, "somebody unknown")
    refused(bob, message, ReadPolicy(SenderPolicy(allow_anonymous=True)), "somebody unknown")
    read = open_(bob, message, ReadPolicy(SenderPolicy(allow_unknown=True)))
    assert (read.content, read.sender) == (TEXT, None)


def test_an_anonymous_sender_is_refused_unless_allowed(alice: Workspace, bob: Workspace) -> None:
    message = send(alice, "bob", options=ANONYMOUS)
    refused(bob, message, KNOWN, "anonymous")
    refused(bob, message, ReadPolicy(SenderPolicy(allow_unknown=True)), "anonymous")
    read = open_(bob, message, ReadPolicy(SenderPolicy(allow_anonymous=True)))
    assert isinstance(read.opened.facts.sender, AnonymousSender)


def test_an_anonymous_deniable_message_is_anonymous(alice: Workspace, bob: Workspace) -> None:
    message = send(alice, "bob", options=SendOptions(anonymous=True, deniable=True))
    refused(bob, message, ReadPolicy(SenderPolicy(allow_unknown=True)), "anonymous")
    assert isinstance(open_(bob, message, ACCEPT_ALL).opened.facts.sender, AnonymousSender)


@pytest.mark.parametrize("options", [SendOptions(), DENIABLE], ids=["sealed", "deniable"])
@pytest.mark.parametrize("names", [["alice"], ["carol", "alice"], ["me", "alice"]], ids=",".join)
def test_from_accepts_whom_it_names(
    alice: Workspace, bob: Workspace, names: list[str], options: SendOptions
) -> None:
    import_(bob, card_of("Carol"))
    assert open_(bob, send(alice, "bob", options=options), only_from(bob, *names)).sender == "alice"


@pytest.mark.parametrize(
    "options", [SendOptions(), DENIABLE, ANONYMOUS], ids=["sealed", "deniable", "anonymous"]
)
@pytest.mark.parametrize("names", [["carol"], ["me"], ["carol", "me"]], ids=",".join)
def test_from_refuses_everybody_else_whatever_else_is_allowed(
    alice: Workspace, bob: Workspace, names: list[str], options: SendOptions
) -> None:
    import_(bob, card_of("Carol"))
    policy = only_from(bob, *names, strangers=True)
    refused(bob, send(alice, "bob", options=options), policy, f"not from {' or '.join(names)}")


def test_from_takes_a_key_id(alice: Workspace, bob: Workspace) -> None:
    message = send(alice, "bob")
    assert open_(bob, message, only_from(bob, alice.own_identity().card.id)).sender == "alice"


def test_from_somebody_unknown_is_an_error(bob: Workspace) -> None:
    with pytest.raises(UnknownNameError):
        accepted_from(bob, ["carol"])


def test_from_nobody_accepts_everybody_known(bob: Workspace) -> None:
    assert accepted_from(bob, []).keys is None


def test_require_verified_refuses_an_unverified_sender_and_no_verified_one(
    alice: Workspace, bob: Workspace
) -> None:
    policy = ReadPolicy(SenderPolicy(require_verified=True, allow_unknown=True, allow_anonymous=True))
    refused(bob, send(alice, "bob"), policy, "“alice” is not verified")
    refused(bob, send(alice, "bob", options=ANONYMOUS), policy, "a verified sender was required")
    verify(bob, "alice")
    assert open_(bob, send(alice, "bob"), policy).opened.facts.sender.verified  # type: ignore[union-attr]
    assert open_(bob, send(bob, "me"), policy).sender == "bob"


def test_require_verified_refuses_an_unknown_sender(alice: Workspace, tmp_path: Path) -> None:
    bob = person(tmp_path, "Bob")
    policy = ReadPolicy(SenderPolicy(require_verified=True, allow_unknown=True))
    refused(bob, send(alice, "bob"), policy, "is not verified")


@pytest.mark.parametrize("options", [SendOptions(), DENIABLE], ids=["sealed", "deniable"])
def test_a_revoked_sender_is_refused_whatever_is_allowed(
    alice: Workspace, bob: Workspace, options: SendOptions
) -> None:
    message = send(alice, "bob", options=options)
    import_(bob, card_of("Alice", revoked=LOST))
    refused(bob, message, ACCEPT_ALL, r"“alice” has revoked the identity that signed this message \(lost\)")
    refused(bob, message, only_from(bob, "alice"), "revoked")


def test_a_revoked_sender_is_refused_after_the_contact_was_removed(alice: Workspace, bob: Workspace) -> None:
    message = send(alice, "bob")
    import_(bob, card_of("Alice", revoked=LOST))
    remove_contact(bob, "alice")
    refused(bob, message, ACCEPT_ALL, "has revoked the identity that signed this message")


def test_a_sender_whose_card_has_expired_is_accepted(alice: Workspace, tmp_path: Path) -> None:
    bob = person(tmp_path, "Bob")
    import_(bob, card_of("Alice", expires=NOW + DAY))
    assert open_(at(bob, NOW + 2 * DAY), send(alice, "bob")).sender == "alice"


def test_a_deniable_message_under_a_former_key_is_still_from_them(alice: Workspace, bob: Workspace) -> None:
    message = send(alice, "bob", options=DENIABLE)
    import_(bob, card_of("Alice", generation=1, issued=NOW + DAY))
    assert open_(bob, message).sender == "alice"
    assert open_(bob, message, only_from(bob, "alice")).sender == "alice"


@pytest.mark.parametrize(("signing", "options"), [(True, SendOptions()), (True, DENIABLE), (False, DENIABLE)])
def test_a_sender_with_raw_keys_is_known(
    alice: Workspace, tmp_path: Path, signing: bool, options: SendOptions
) -> None:
    bob = person(tmp_path, "Bob")
    keys = RawKeys(keys_of("Alice").x25519, signing_key_of("Alice") if signing else None)
    store(bob, Contact("al", keys, NOW))
    message = send(alice, "bob", options=options)
    assert open_(bob, message, only_from(bob, "al")).sender == "al"


def test_without_a_signing_key_nothing_sealed_is_theirs(alice: Workspace, tmp_path: Path) -> None:
    bob = person(tmp_path, "Bob")
    store(bob, Contact("al", RawKeys(keys_of("Alice").x25519, None), NOW))
    refused(bob, send(alice, "bob"), KNOWN, "somebody unknown")


# How old it may be


@pytest.mark.parametrize(
    ("later", "accepted"),
    [
        (timedelta(0), True),
        (timedelta(hours=1), True),
        (timedelta(hours=1, seconds=1), False),
        (timedelta(seconds=-300), True),
        (timedelta(seconds=-301), False),
    ],
    ids=["at once", "after an hour", "after longer", "5 minutes before", "longer before"],
)
def test_a_message_of_an_hour_at_most_is_read(
    alice: Workspace, bob: Workspace, later: timedelta, accepted: bool
) -> None:
    message = send(alice, "bob")
    policy = ReadPolicy(SenderPolicy(), max_age=timedelta(hours=1))
    if accepted:
        assert open_(at(bob, NOW + later), message, policy).content == TEXT
    else:
        refused(at(bob, NOW + later), message, policy, "older than|in the future")


@pytest.mark.parametrize("options", [SendOptions(metadata=False), DENIABLE], ids=["no metadata", "deniable"])
def test_a_message_that_does_not_say_when_it_was_sent_is_refused_where_its_age_is_limited(
    alice: Workspace, bob: Workspace, options: SendOptions
) -> None:
    policy = ReadPolicy(SenderPolicy(), max_age=timedelta(days=36500))
    refused(bob, send(alice, "bob", options=options), policy, "doesn't say when it was sent")


# Metadata from strangers


@pytest.mark.parametrize("kind", ["roster", "introduction"])
def test_open_takes_nothing_but_messages(bob: Workspace, kind: str) -> None:
    output = Collected()
    with pytest.raises(NotAMessageError, match="not a message") as raised:
        open_(bob, sealed_by_hand("Bob", msgpack.packb({"type": kind})), ACCEPT_ALL, output)
    assert raised.value.hint == "take it into the keyring: e2e import FILE"
    assert output.facts is None


HOSTILE_METADATA = {
    "nothing": b"",
    "no MessagePack": b"\xc1",
    "a list": msgpack.packb(["type", "message"]),
    "no type": msgpack.packb({"sent": 1}),
    "an unknown type": msgpack.packb({"type": "order"}),
    "a type that is a number": msgpack.packb({"type": 1}),
    "a type twice": b"\x82" + (msgpack.packb("type") + msgpack.packb("message")) * 2,
    "a negative time": msgpack.packb({"type": "message", "sent": -1}),
    "a time after the year 9999": msgpack.packb({"type": "message", "sent": 253_402_300_800}),
    "a time that is text": msgpack.packb({"type": "message", "sent": "now"}),
    "a time that is a fraction": msgpack.packb({"type": "message", "sent": 1.5}),
    "a name that is bytes": msgpack.packb({"type": "message", "name": b"a"}),
    "a name that is not UTF-8": b"\x82"
    + msgpack.packb("type")
    + msgpack.packb("message")
    + msgpack.packb("name")
    + b"\xa1\xff",
    "a group of 15 bytes": msgpack.packb({"type": "message", "group": bytes(15)}),
    "an epoch below 0": msgpack.packb({"type": "message", "epoch": -1}),
    "something after it": msgpack.packb({"type": "message"}) + b"\x00",
    "lists without end": msgpack.packb({"type": "message"})[:1] + msgpack.packb("x") + b"\x91" * 1000,
}


@pytest.mark.parametrize("metadata", HOSTILE_METADATA.values(), ids=HOSTILE_METADATA.keys())
def test_invariant_9_hostile_metadata_is_refused(bob: Workspace, metadata: bytes) -> None:
    output = Collected()
    with pytest.raises(DamagedError):
        open_(bob, sealed_by_hand("Bob", metadata), ACCEPT_ALL, output)
    assert output.facts is None


@pytest.mark.parametrize("kind", ["message", "roster", "introduction"])
def test_metadata_beyond_the_limit_is_damage_whatever_it_says(bob: Workspace, kind: str) -> None:
    metadata = msgpack.packb({"type": kind, "name": "a" * 4096})
    with pytest.raises(DamagedError, match="metadata is longer"):
        open_(bob, sealed_by_hand("Bob", metadata))


def test_unknown_entries_of_metadata_are_ignored(bob: Workspace) -> None:
    metadata = msgpack.packb({"type": "message", "sent": 7, "mood": ["good"], "name": "../../x"})
    facts = open_(bob, sealed_by_hand("Bob", metadata)).opened.facts
    assert (facts.metadata.sent, facts.metadata.name) == (7, "../../x")


# Damage (invariants 1 and 3)


def test_nothing_of_a_message_without_its_end_counts(alice: Workspace, bob: Workspace) -> None:
    message = send(alice, "bob", data=bytes(2 * MIB))
    output = Collected()
    with pytest.raises(TruncatedError):
        open_(bob, message[: 3 * MIB // 2], output=output)
    assert not output.committed


def test_nothing_is_let_out_where_the_first_chunk_was_altered(alice: Workspace, bob: Workspace) -> None:
    message = bytearray(send(alice, "bob"))
    message[-2] ^= 1
    output = Collected()
    with pytest.raises(DamagedError) as raised:
        open_(bob, bytes(message), output=output)
    assert raised.value.kind == "forged"
    assert output.facts is None


def test_something_after_the_end_is_refused(alice: Workspace, bob: Workspace) -> None:
    output = Collected()
    with pytest.raises(DamagedError, match="after the end"):
        open_(bob, send(alice, "bob") + b"\0", output=output)
    assert not output.committed


def test_a_signature_of_another_than_the_named_sender_is_refused(bob: Workspace) -> None:
    class Impostor:
        public_key = signing_key_of("Alice")
        sign = secrets_of("Mallory").signing_key().sign

    with pytest.raises(ForgedError):
        open_(bob, sealed_by_hand("Bob", None, signer=Impostor()))


def test_a_card_is_no_message(bob: Workspace) -> None:
    with pytest.raises(NotAMessageError, match="this is a card") as raised:
        open_(bob, signed(card_of("Alice")).armored.encode())
    assert raised.value.hint == "take it into the keyring: e2e import FILE"


def test_a_document_with_some_other_programs_field_is_no_card(bob: Workspace) -> None:
    with pytest.raises(NotAMessageError, match="this is a signed document"):
        open_(bob, sign_text(TEXT, secrets_of("Alice").signing_key(), "acme/1"))


@pytest.mark.parametrize("data", [b"", b"hello", b"\x93" * 1000, b"BEGIN E2E SALTPACK ENCRYPTED MESSAGE."])
def test_invariant_9_what_is_no_message_is_refused(bob: Workspace, data: bytes) -> None:
    with pytest.raises(DamagedError):
        open_(bob, data)


# Generations


@pytest.mark.parametrize("generation", [0, 1, 2])
@pytest.mark.parametrize("options", [SendOptions(), DENIABLE], ids=["sealed", "deniable"])
@pytest.mark.parametrize("hybrid", [True, False], ids=["hybrid", "X25519"])
def test_a_message_to_any_generation_that_is_kept_opens(
    tmp_path: Path, generation: int, options: SendOptions, hybrid: bool
) -> None:
    alice = person(tmp_path, "Alice")
    import_(alice, card_of("Bob", generation=generation, hybrid=hybrid))
    bob = workspace_at(tmp_path / "bob")
    add_identity(bob, "Bob", generation=2)
    import_(bob, card_of("Alice"))
    assert open_(bob, send(alice, "bob", options=options)).content == TEXT


def test_a_message_to_a_generation_that_is_yet_to_come_does_not_open(tmp_path: Path, bob: Workspace) -> None:
    alice = person(tmp_path, "Alice")
    import_(alice, card_of("Bob", generation=1))
    with pytest.raises(NotForYouError):
        open_(bob, send(alice, "bob"))


# What shows of a message


def test_invariant_5_neither_sender_nor_recipients_appear_in_a_sealed_message(alice: Workspace) -> None:
    message = send(alice, "bob", file_name="secret-plan.txt")
    hidden = [signing_key_of("Alice").value, signing_key_of("Bob").value, keys_of("Bob").x25519.value]
    for value in [*hidden, (keys_of("Bob").hybrid or b"")[:32], b"secret-plan", TEXT]:
        assert value not in message
