"""Texts: armor, base 62, names, key ids, words, and the values of options."""

import unicodedata
from datetime import timedelta

import click

from e2ecli.cli.terminal import harmless, is_showable
from e2ecli.cli.values import Duration, Expiry, FileDescriptor, split_names
from e2ecli.errors import E2EError
from e2ecli.keyring.cards import check_email, check_name
from e2ecli.keyring.keyid import key_id, parse_key_id
from e2ecli.keyring.petnames import is_petname, slug
from e2ecli.keyring.recovery import recovery_words, root_of_words
from e2ecli.operations.original_name import original_name
from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.primitives.secret import SecretBytes
from e2ecli.saltpack import basex
from e2ecli.saltpack.armor import Frame, armor, armored_blocks, dearmor, has_text_around
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.foreign import FOREIGN_FORMATS, recognise
from e2ecli.saltpack.messages import open_source
from tests.fuzz.outcomes import KEYRINGS, USAGE, Refusal, outcome
from tests.fuzz.target import Target
from tests.fuzz.targets.messages import ARMOR_WORDS
from tests.unit.saltpack import sources

# Armor

MOST = 100_000


def run_armor(data: bytes) -> bool:
    """What is read does not depend on how it arrives, and is armored and read to the same again."""
    read = outcome(lambda: dearmor(data, MOST))
    for most in (1, 7, 60):
        slowly = outcome(lambda most=most: dearmor_slowly(data, most))  # type: ignore[misc]
        if isinstance(read, Refusal):
            assert isinstance(slowly, Refusal), "refused only where it arrives at once"
            assert type(slowly.error) is type(read.error), "refused otherwise where it arrives slowly"
        else:
            assert slowly == read, "read otherwise where it arrives slowly"
    if not isinstance(read, Refusal) and read[0] is not None:
        again = armor(read[1], read[0])
        assert dearmor(again.encode(), MOST) == read
        assert not has_text_around(again.encode())
    return not isinstance(read, Refusal)


def dearmor_slowly(data: bytes, most: int) -> tuple[Frame | None, bytes]:
    source = open_source(sources.arriving(data, most))
    message = source.binary.read(MOST + 1)
    return source.armor.frame if source.armor else None, message


def run_blocks(data: bytes) -> bool:
    blocks = armored_blocks(data)
    assert b"".join(blocks) == data or blocks == [data]
    for block in blocks:
        assert len(armored_blocks(block)) == 1, "a block holds two"
        has_text_around(block)
    return len(blocks) > 1


def armor_seeds() -> list[bytes]:
    frames = [*map(Frame.of, Mode), Frame("E2ECARD", "SIGNED MESSAGE"), Frame(None, "DETACHED SIGNATURE")]
    texts = [armor(bytes(range(length)), frame).encode() for frame in frames for length in (0, 1, 32, 100)]
    quoted = b"Hello,\n" + texts[3].replace(b"\n", b"\n> ") + b"\nBye"
    return [
        *texts,
        quoted,
        b"\xef\xbb\xbf" + texts[2],
        texts[1].decode().encode("utf-16"),
        texts[2] + texts[3],
    ]


def run_base62(data: bytes) -> bool:
    assert basex.decode(basex.encode(data)) == data
    decoded = outcome(lambda: basex.decode(data))
    if not isinstance(decoded, Refusal):
        assert basex.encode(decoded) == data, "two texts for the same bytes"
    return not isinstance(decoded, Refusal)


def base62_seeds() -> list[bytes]:
    lengths = (0, 1, 31, 32, 33, 64, 65, 3000)
    return [basex.encode(b"\xff" * length) for length in lengths] + [
        basex.encode(bytes(100)),
        b"z" * 43,
        b"z" * 86,
    ]


def run_foreign(data: bytes) -> bool:
    """Whatever is recognised as something else is no message that begins there."""
    foreign = recognise(data[:64])
    opened = outcome(lambda: open_source(sources.source(data)))
    if foreign is not None and not isinstance(opened, Refusal):
        assert opened.armor is not None, "a binary message that is also something else"
    return foreign is not None


def foreign_seeds() -> list[bytes]:
    beginnings = [beginning for foreign in FOREIGN_FORMATS for beginning in foreign.beginnings]
    return [*(beginning + b"\nmore" for beginning in beginnings), *armor_seeds()[:4]]


# Names


def run_names(data: bytes) -> bool:
    text = data.decode(errors="surrogateescape")
    shown = harmless(text)
    assert all(unicodedata.category(one) not in {"Cc", "Cf", "Cs"} for one in shown)
    assert harmless(shown) == shown
    is_showable(data)
    split_names((text,))
    checked = outcome(lambda: check_name(text))
    if not isinstance(checked, Refusal):
        assert check_name(checked) == checked
        outcome(lambda: check_email(checked))
    petname = outcome(lambda: slug(text), USAGE)
    assert isinstance(petname, Refusal) or is_petname(petname)
    if any(0xDC80 <= ord(character) <= 0xDCFF for character in text):
        return False  # metadata are UTF-8
    name = outcome(lambda: original_name(text))
    if not isinstance(name, Refusal):
        assert name == text
        assert not {"/", "\\", "\0", "\n"} & set(name)
        assert name not in {"", ".", ".."}
        assert harmless(name) == name or not name.isascii()
    return not isinstance(name, Refusal)


def names_seeds() -> list[bytes]:
    names = [
        "Alice Liddell",
        "Zoë",
        "日本",
        "../../etc/passwd",
        ".profile",
        "a\u202eb",
        "tea.txt",
        "me",
        "Ａ",
        "\u0958",
    ]
    return [name.encode() for name in [*names, "x" * 300, "ﬁ" * 130, "alice@example.org"]]


def run_key_id(data: bytes) -> bool:
    text = data.decode(errors="replace")
    key = outcome(lambda: parse_key_id(text))
    if not isinstance(key, Refusal):
        assert key_id(key) == text.lower()
    if len(data) == 32:
        assert parse_key_id(key_id(SigningPublicKey(data))).value == data
    return not isinstance(key, Refusal)


def key_id_seeds() -> list[bytes]:
    ids = [key_id(SigningPublicKey(key)).encode() for key in (bytes(32), b"\xff" * 32, bytes(range(32)))]
    return [*ids, ids[0].upper(), bytes(32), b"e2e1" + b"q" * 100]


def run_recovery_words(data: bytes) -> bool:
    root = outcome(lambda: root_of_words(data.decode(errors="replace")), KEYRINGS)
    if not isinstance(root, Refusal):
        assert root_of_words(" ".join(recovery_words(root))) == root
    return not isinstance(root, Refusal)


def recovery_seeds() -> list[bytes]:
    return [" ".join(recovery_words(SecretBytes(bytes([number]) * 32))).encode() for number in (0, 255, 7)]


# Options


def run_options(data: bytes) -> bool:
    text = data.decode(errors="surrogateescape")
    accepted = 0
    for kind in (Duration(), Expiry(), FileDescriptor()):
        try:
            value = kind.convert(text, None, None)
        except click.UsageError as error:
            error.format_message()
            continue
        except E2EError as error:
            raise AssertionError("an option's type knows only usage errors") from error
        accepted += 1
        if isinstance(value, timedelta):
            assert timedelta(0) <= value <= timedelta(days=365_000)
    return accepted > 0


def options_seeds() -> list[bytes]:
    return [
        b"90s",
        b"15m",
        b"1h",
        b"30d",
        b"2w",
        b"1y",
        b"never",
        b"2",
        b"-1",
        b"999999999y",
        b"0s",
        "１h".encode(),
    ]


TARGETS = [
    Target("armor", run_armor, armor_seeds, ARMOR_WORDS),
    Target("blocks", run_blocks, armor_seeds, ARMOR_WORDS),
    Target("base62", run_base62, base62_seeds),
    Target("foreign", run_foreign, foreign_seeds, ARMOR_WORDS),
    Target("names", run_names, names_seeds, ("\u0301".encode(), "\u0316".encode(), "\u202e".encode())),
    Target("key-id", run_key_id, key_id_seeds, (b"e2e1", b"E2E1")),
    Target("recovery-words", run_recovery_words, recovery_seeds, (b"abandon ", b"zoo ", b"art")),
    Target("options", run_options, options_seeds, (b"s", b"y", b"never", b"999999999")),
]
