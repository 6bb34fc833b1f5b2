"""e2e-threats(7): the tests that it names exist, and what it says that a message shows is what shows."""

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from e2ecli.keyring.derivation import IdentitySecrets
from e2ecli.operations.group_keys import group_recipient
from e2ecli.operations.hybrid_recipients import IDENTIFIER_BYTES, hybrid_recipient
from e2ecli.operations.keygen import public_keys
from e2ecli.operations.reading import read_message
from e2ecli.primitives.secret import SecretBytes
from e2ecli.saltpack import signcryption
from e2ecli.saltpack.engine import seal_packets
from e2ecli.saltpack.header import EncryptionHeader
from e2ecli.saltpack.keys import MessageKeys
from e2ecli.saltpack.metadata import Metadata, encode_metadata
from e2ecli.saltpack.signcryption import RecipientKey
from tests.manpage import check_markup, check_references, lines_of, part, plain
from tests.unit.saltpack.sources import source

NAME = "e2e-threats.7"
LINES = lines_of(NAME)
PROSE = " ".join(plain("\n".join(LINES)).split())
REPOSITORY = Path(__file__).parent.parent
SECRETS = IdentitySecrets.from_root(SecretBytes(bytes(range(32))))
GROUP_KEY = SecretBytes(bytes(range(32, 64)))


def named_tests(lines: list[str]) -> list[str]:
    return re.findall(r"^\.Pa (tests/\S+)", "\n".join(lines), re.MULTILINE)


def test_every_test_that_the_page_names_is_there() -> None:
    names = named_tests(LINES)
    assert len(set(names)) > 30
    assert [name for name in names if not (REPOSITORY / name).is_file()] == []


def test_every_attacker_has_promises_and_every_promise_names_its_tests() -> None:
    attackers = {
        line.removeprefix(".It ") for line in part(LINES, "Sh", "WHO ATTACKS") if line.startswith(".It ")
    }
    promises = [line for line in part(LINES, "Sh", "WHAT IS PROMISED") if line.startswith(".Ss Against ")]
    assert {line.removeprefix(".Ss Against ") for line in promises} == attackers
    for line in promises:
        section = part(LINES, "Ss", line.removeprefix(".Ss "))
        assert named_tests(section), line


def test_the_security_policy_points_to_the_page() -> None:
    assert f"man/{NAME}" in (REPOSITORY / "SECURITY.md").read_text(encoding="utf-8")


def test_invariant_6_a_process_of_the_program_leaves_no_core_dump() -> None:
    script = (
        "import resource\n"
        "from e2ecli.cli.main import run\n"
        "try:\n"
        "    run(['--version'])\n"
        "except SystemExit:\n"
        "    print(resource.getrlimit(resource.RLIMIT_CORE))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "(1, 1)"


class Shown(NamedTuple):
    """What somebody without a key learns of a sealed message."""

    content: int
    metadata: int | None
    identifiers: list[int]


def sealed(recipients: int, groups: int, metadata: Metadata | None, content: bytes) -> bytes:
    """Return a message to so many people and groups, as `send` makes it."""
    keys = MessageKeys.generate()
    hybrid = public_keys(SECRETS).hybrid
    assert hybrid is not None
    entries: list[RecipientKey] = [hybrid_recipient(hybrid) for _ in range(recipients)]
    entries += [group_recipient(GROUP_KEY, keys.ephemeral.public_key) for _ in range(groups)]
    encoded = None if metadata is None else encode_metadata(metadata)
    header, sealer = signcryption.seal_header(SECRETS.signing_key(), entries, keys, encoded)
    return header + b"".join(bytes(packet) for packet in seal_packets(source(content), sealer))


def shown(message: bytes) -> Shown:
    """Read what shows off a message, with no key."""
    read = read_message(source(message))
    assert isinstance(read.header, EncryptionHeader)
    box = read.header.metadata_secretbox
    content = 0
    while not read.stream.at_end():
        assert read.stream.array_length() == 2
        length = read.stream.bin_length(len(message))
        read.stream.read(length + 1)
        content += length - signcryption.SigncryptionOpener.overhead
    identifiers = [len(recipient.identifier or b"") for recipient in read.header.recipients]
    return Shown(content, None if box is None else len(box), identifiers)


@pytest.mark.parametrize("length", [0, 1, 12345, 2**20, 2**20 + 1])
def test_the_length_of_the_content_shows_to_the_byte(length: int) -> None:
    assert shown(sealed(1, 0, Metadata(sent=1), bytes(length))).content == length


def test_the_number_of_recipients_and_which_are_hybrid_show_and_a_group_is_one() -> None:
    assert "The length of the content, to the byte." in PROSE
    assert sorted(shown(sealed(2, 1, None, b"")).identifiers) == [32, IDENTIFIER_BYTES, IDENTIFIER_BYTES]


def test_the_length_of_the_metadata_tells_of_a_name_and_of_a_group() -> None:
    usual = Metadata(sent=1795428000)

    def length(metadata: Metadata) -> int:
        box = shown(sealed(1, 0, metadata, b"")).metadata
        assert box is not None
        return box

    assert length(usual._replace(name="abcde")) == length(usual._replace(name="a")) + 4
    lengths = [
        length(usual),
        length(usual._replace(group=bytes(16), epoch=1)),
        length(usual._replace(type="introduction")),
        length(usual._replace(type="roster", group=bytes(16), epoch=1)),
    ]
    assert len(set(lengths)) == len(lengths)
    assert shown(sealed(1, 0, None, b"")).metadata is None


def test_the_page_is_clean_mdoc_and_refers_to_pages_that_exist() -> None:
    check_references(NAME)
    check_markup(NAME)
