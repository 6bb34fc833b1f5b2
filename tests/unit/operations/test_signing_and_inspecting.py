"""Documents signed and verified, and what a message shows to everybody."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgpack
import pytest

from e2ecli.errors import DamagedError, ForgedError, NotAMessageError, SenderError
from e2ecli.keyring.cards import Revocation
from e2ecli.keyring.contacts import Contact, RawKeys
from e2ecli.operations.inspect_message import Inspected, inspect_message
from e2ecli.operations.reading import Opened, ReadPolicy, read_message
from e2ecli.operations.send import SendOptions
from e2ecli.operations.senders import SenderPolicy
from e2ecli.operations.sign import sign_attached, sign_detached
from e2ecli.operations.verify import verify_attached, verify_detached
from e2ecli.operations.verify_contact import record_verification
from e2ecli.operations.workspace import Workspace
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.signing import sign_text
from tests.unit.keyring.support import NOW, card_of, keys_of, secrets_of, signed
from tests.unit.operations.support import (
    KNOWN,
    TEXT,
    Collected,
    Read,
    import_,
    only_from,
    open_,
    person,
    sealed_by_hand,
    send,
    source,
    store,
)

Check = Callable[[Workspace, ReadPolicy], Any]

ALICE = secrets_of("Alice").signing_key()


def attached(data: bytes = TEXT, *, armored: bool = False) -> bytes:
    message = bytearray()
    assert sign_attached(ALICE, source(data), message.extend, armored=armored) == len(data)
    return bytes(message)


def detached(data: bytes = TEXT, *, armored: bool = False) -> bytes:
    message = bytearray()
    assert sign_detached(ALICE, source(data), message.extend, armored=armored) == len(data)
    return bytes(message)


def verify(
    workspace: Workspace, message: bytes, policy: ReadPolicy = KNOWN, output: Collected | None = None
) -> Read:
    output = output or Collected()
    opened = verify_attached(workspace, policy, read_message(source(message)), output.start)
    assert output.committed
    return Read(opened, bytes(output.data))


def verify_beside(
    workspace: Workspace, signature: bytes, data: bytes = TEXT, policy: ReadPolicy = KNOWN
) -> Opened:
    return verify_detached(workspace, policy, read_message(source(signature)), source(data))


@pytest.fixture
def bob(tmp_path: Path) -> Workspace:
    return person(tmp_path, "Bob", knows=["Alice"])


@pytest.mark.parametrize("armored", [False, True], ids=["binary", "armored"])
@pytest.mark.parametrize("data", [b"", TEXT, bytes(2**20), bytes(2**20 + 1)], ids=len)
def test_a_signed_document_verifies(bob: Workspace, data: bytes, armored: bool) -> None:
    read = verify(bob, attached(data, armored=armored))
    assert (read.content, read.sender, read.opened.bytes) == (data, "alice", len(data))
    assert read.opened.facts.mode is Mode.ATTACHED
    assert read.opened.facts.recipients is None


@pytest.mark.parametrize("armored", [False, True], ids=["binary", "armored"])
@pytest.mark.parametrize("data", [b"", TEXT, bytes(2**20 + 1)], ids=len)
def test_a_detached_signature_verifies(bob: Workspace, data: bytes, armored: bool) -> None:
    opened = verify_beside(bob, detached(data, armored=armored), data)
    assert (opened.facts.sender.name, opened.bytes) == ("alice", len(data))  # type: ignore[union-attr]
    assert opened.facts.mode is Mode.DETACHED


@pytest.mark.parametrize("data", [b"", TEXT[:-1], TEXT + b"\n", TEXT.lower()])
def test_a_detached_signature_of_other_content_does_not(bob: Workspace, data: bytes) -> None:
    with pytest.raises(ForgedError):
        verify_beside(bob, detached(), data)


def test_a_document_without_its_end_does_not_verify(bob: Workspace) -> None:
    output = Collected()
    with pytest.raises(DamagedError):
        verify(bob, attached(bytes(3 * 2**20))[: 2**21], output=output)
    assert not output.committed


def test_nothing_of_an_altered_document_is_let_out(bob: Workspace) -> None:
    output = Collected()
    with pytest.raises(ForgedError):
        verify(bob, attached().replace(b"nine", b"nini"), output=output)
    assert output.facts is None


def test_something_after_a_detached_signature_is_refused(bob: Workspace) -> None:
    with pytest.raises(DamagedError, match="after the end"):
        verify_beside(bob, detached() + b"\0")


WRONG_KIND = {
    "a detached signature": (detached(), "a detached signature"),
    "a sealed message": (sealed_by_hand("Bob", None), "a sealed message"),
    "a card": (signed(card_of("Alice")).armored.encode(), "a card"),
    "a signed text for another purpose of e2e": (sign_text(TEXT, ALICE, "e2e-roster/1"), "a card"),
}


@pytest.mark.parametrize(("message", "match"), WRONG_KIND.values(), ids=WRONG_KIND.keys())
def test_no_signed_document_is(bob: Workspace, message: bytes, match: str) -> None:
    output = Collected()
    with pytest.raises(NotAMessageError, match=f"this is {match}"):
        verify(bob, message, output=output)
    assert output.facts is None


@pytest.mark.parametrize("message", [attached(), sealed_by_hand("Bob", None)], ids=["attached", "sealed"])
def test_no_detached_signature_is(bob: Workspace, message: bytes) -> None:
    with pytest.raises(NotAMessageError):
        verify_beside(bob, message)


def test_a_signed_document_is_no_message(bob: Workspace) -> None:
    with pytest.raises(NotAMessageError, match="a signed document") as raised:
        open_(bob, attached())
    assert raised.value.hint == "e2e verify FILE"


class TestWhoSigned:
    """Every decision holds for attached and detached signatures alike."""

    @pytest.fixture(params=["attached", "detached"])
    def check(self, request: pytest.FixtureRequest) -> Check:
        def check(workspace: Workspace, policy: ReadPolicy) -> Opened:
            if request.param == "attached":
                return verify(workspace, attached(), policy).opened
            return verify_beside(workspace, detached(), TEXT, policy)

        return check

    def test_an_unknown_signer_is_refused_unless_allowed(self, tmp_path: Path, check: Check) -> None:
        stranger = person(tmp_path, "Carol")
        with pytest.raises(SenderError, match="somebody unknown"):
            check(stranger, KNOWN)
        assert check(stranger, ReadPolicy(SenderPolicy(allow_unknown=True))).bytes == len(TEXT)

    def test_from_accepts_nobody_else(self, bob: Workspace, check: Check) -> None:
        import_(bob, card_of("Carol"))
        for names, accepted in ((("alice",), True), (("carol",), False)):
            policy = only_from(bob, *names)
            if accepted:
                assert check(bob, policy).facts.sender.name == "alice"
            else:
                with pytest.raises(SenderError, match="not from carol"):
                    check(bob, policy)

    def test_require_verified_refuses_an_unverified_signer(self, bob: Workspace, check: Check) -> None:
        policy = ReadPolicy(SenderPolicy(require_verified=True))
        with pytest.raises(SenderError, match="not verified"):
            check(bob, policy)
        record_verification(bob, bob.contacts.get("alice"), "compared at the terminal")
        assert check(bob, policy).facts.sender.verified

    def test_a_revoked_signer_is_refused(self, bob: Workspace, check: Check) -> None:
        import_(bob, card_of("Alice", revoked=Revocation(NOW, "compromised", None)))
        with pytest.raises(SenderError, match="revoked"):
            check(bob, ReadPolicy(SenderPolicy(allow_unknown=True)))


# What a message shows to everybody


def inspect(message: bytes) -> Inspected:
    return inspect_message(source(message))


@pytest.fixture
def alice(tmp_path: Path) -> Workspace:
    return person(tmp_path, "Alice", knows=["Bob"])


def plain(workspace: Workspace) -> None:
    store(workspace, Contact("carol", RawKeys(keys_of("Carol").x25519, None), NOW))


@pytest.mark.parametrize("armored", [False, True], ids=["binary", "armored"])
@pytest.mark.parametrize(
    ("names", "options", "shown"),
    [
        (["bob"], SendOptions(), (Mode.SIGNCRYPTION, 1, 1, True, True)),
        (["bob", "me"], SendOptions(anonymous=True), (Mode.SIGNCRYPTION, 2, 2, True, True)),
        (["bob"], SendOptions(metadata=False), (Mode.SIGNCRYPTION, 1, 1, True, False)),
        (["bob", "carol"], SendOptions(), (Mode.SIGNCRYPTION, 2, 1, False, False)),
        (["carol"], SendOptions(), (Mode.SIGNCRYPTION, 1, 0, False, False)),
        (["bob", "carol"], SendOptions(deniable=True), (Mode.ENCRYPTION, 2, 0, False, False)),
    ],
    ids=["sealed", "anonymous", "without metadata", "mixed", "plain Saltpack", "deniable"],
)
def test_a_sealed_message_shows(
    alice: Workspace, names: list[str], options: SendOptions, shown: tuple[object, ...], armored: bool
) -> None:
    plain(alice)
    seen = inspect(send(alice, *names, options=options, armored=armored))
    assert (seen.mode, seen.recipients, seen.hybrid_recipients, seen.post_quantum, seen.metadata) == shown
    assert (seen.version, seen.armored, seen.brand) == ("2.0", armored, "E2E" if armored else None)


@pytest.mark.parametrize(
    ("message", "mode", "purpose", "brand"),
    [
        (attached(), Mode.ATTACHED, None, None),
        (attached(armored=True), Mode.ATTACHED, None, "E2E"),
        (detached(), Mode.DETACHED, None, None),
        (detached(armored=True), Mode.DETACHED, None, "E2E"),
        (signed(card_of("Alice")).armored.encode(), Mode.ATTACHED, "e2e-card/1", "E2ECARD"),
    ],
    ids=["attached", "attached, armored", "detached", "detached, armored", "a card"],
)
def test_a_signature_shows(message: bytes, mode: Mode, purpose: str | None, brand: str | None) -> None:
    seen = inspect(message)
    assert (seen.mode, seen.purpose, seen.brand) == (mode, purpose, brand)
    assert (seen.recipients, seen.hybrid_recipients, seen.post_quantum, seen.metadata) == (
        None,
        None,
        False,
        False,
    )


def test_a_message_to_others_with_software_of_theirs_is_plain_saltpack(alice: Workspace) -> None:
    plain(alice)
    message = send(alice, "carol")
    header = msgpack.unpackb(next(iter(msgpack.Unpacker(source(message)))))
    assert len(header) == 6
    assert [len(identifier) for identifier, _ in header[5]] == [32]


def test_armor_that_ends_otherwise_than_it_began_is_damaged(alice: Workspace) -> None:
    armored = send(alice, "bob", armored=True)
    with pytest.raises(DamagedError):
        inspect(armored.replace(b"END E2E", b"END OTHER"))


@pytest.mark.parametrize("message", [b"", b"hello", bytes(100)], ids=["nothing", "text", "zeros"])
def test_what_is_no_message_is_refused(message: bytes) -> None:
    with pytest.raises(DamagedError):
        inspect(message)
