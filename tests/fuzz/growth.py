"""One long input for one parser, in a process of its own: `python -m tests.fuzz.growth NAME`.

Work that grows with the square of these inputs' lengths would take many minutes; in proportion, a second or
two. The process may not use more than `SECONDS` of the processor and `MEMORY` of memory.
"""

import resource
import sys
from collections.abc import Callable
from typing import Final

from e2ecli import limits
from e2ecli.errors import E2EError
from e2ecli.keyring import keyid, toml
from e2ecli.keyring.cards import check_name
from e2ecli.keyring.rosters import parse_roster
from e2ecli.operations.original_name import original_name
from e2ecli.saltpack import basex
from e2ecli.saltpack.armor import armored_blocks, dearmor, has_text_around
from e2ecli.saltpack.header import parse_header
from e2ecli.saltpack.metadata import decode_metadata
from tests.fuzz import keyrings

SECONDS: Final = 20
MEMORY: Final = 1024 * limits.MIB
PARSED, REFUSED = 0, 10

MANY: Final = 2_000_000
MARKS: Final = "a" + "\u0301\u0316" * (MANY // 2)
TEXT: Final = keyrings.NEXT_ROSTER.text().decode()
OWNER: Final = keyid.key_id(keyrings.NEXT_ROSTER.owner)
BEGIN: Final = b"BEGIN E2E SALTPACK ENCRYPTED MESSAGE"


def long_key_id() -> str:
    """As long a text as it likes, with a checksum that is right."""
    digits = [(7 * place + 3) % 32 for place in range(MANY)]
    text = "".join(map(keyid._CHARSET.__getitem__, digits))
    checksum = keyid._polymod(bytes([*digits, *[0] * 6]), keyid._PREFIX_CHECKSUM) ^ 1
    return "e2e1" + text + "".join(keyid._CHARSET[checksum >> 5 * (5 - place) & 31] for place in range(6))


def dotted(parts: int) -> str:
    return ".".join("a" * parts)


INPUTS: dict[str, Callable[[], object]] = {
    "a key id": lambda: keyid.parse_key_id(long_key_id()),
    "a name of combining marks": lambda: check_name(MARKS),
    "a file name of combining marks": lambda: original_name(MARKS),
    "a roster's name of combining marks": lambda: roster('name = "The Team"', f'name = "{MARKS}"'),
    "a roster's owner": lambda: roster(f'owner = "{OWNER}"', f'owner = "{long_key_id()}"'),
    "a roster of empty lists": lambda: roster(
        "members = [", "more = [" + "[]," * (16 * MANY) + "]\nmembers = ["
    ),
    "a roster of dotted keys": lambda: roster("members = [", f"{dotted(MANY)} = 1\nmembers = ["),
    "a roster of hidden dotted keys": lambda: parse_roster(hidden_dots().encode()),
    "dotted keys": lambda: table(f"{dotted(MANY)} = 1\n"),
    "dotted keys between multi-line strings": lambda: table(hidden_dots()),
    "a dotted header between quoted parts": lambda: table(
        f"['\u2028'.{dotted(30_000)}.'a']\n" + "".join(f"k{number} = 1\n" for number in range(30_000))
    ),
    "escaped quotation marks beside dots": lambda: table("." * 65 + '"' + '\\"' * MANY),
    "quotation marks beside dots": lambda: table("." * 65 + "\"'" * MANY),
    "nested lists": lambda: table("a = " + "[" * MANY),
    "nested tables": lambda: table("a = " + "{a=" * MANY),
    "a number": lambda: table("a = " + "9" * MANY),
    "a number with underscores": lambda: table("a = 1" + "_1" * MANY + "x"),
    "a comment": lambda: table("#" * MANY),
    "line ends within a string": lambda: table('a = """' + "\\\n" * MANY),
    "armor without an end": lambda: dearmor(BEGIN + b". " + b"a" * MANY, limits.IMPORT_BYTES),
    "beginnings of armor": lambda: dearmor(BEGIN * (MANY // 40), limits.IMPORT_BYTES),
    "spaces before armor": lambda: dearmor(b"BEGIN" + b" " * MANY, limits.IMPORT_BYTES),
    "many beginnings of armor": lambda: [
        armored_blocks((b"BEGIN " + b">" * 390) * 5000),
        armored_blocks(b"BEGIN " * MANY),
    ],
    "blocks of armor": lambda: [
        has_text_around(one) for one in armored_blocks((BEGIN + b". ") * (MANY // 40))
    ],
    "base 62": lambda: basex.decode(b"z" * MANY),
    "a header of surplus fields": lambda: parse_header(
        b"\xdd\xff\xff\xff\xff\xa8saltpack\x92\x02\0\x01" + b"\xc0" * MANY
    ),
    "metadata of empty maps": lambda: decode_metadata(b"\x81\xa1a" + b"\x81\xc0" * MANY),
}


def table(text: str) -> toml.Table:
    return toml.parse(text.encode(), "the text")


def hidden_dots() -> str:
    """Whoever counts quotation marks line by line takes the key for the inside of a string."""
    return f"x = ['''\n''', {{{dotted(MANY)} = 1}}, '''\n''']\n"


def roster(old: str, new: str) -> object:
    assert old in TEXT
    return parse_roster(TEXT.replace(old, new, 1).encode())


def main() -> int:
    act = INPUTS[sys.argv[1]]
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        act()
    except E2EError as error:
        return REFUSED if error.exit_code in {3, 4, 5, 7} else error.exit_code
    return PARSED


if __name__ == "__main__":
    sys.exit(main())
