"""The bounds on what a stranger may send, in one place (section 2.8 of the design).

Those of one format's own fields, such as a name's length, stand beside its parser; e2e-format(7) has all.

All are checked before anything of that size is allocated.
"""

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB

HEADER_BYTES: Final = 16 * MIB
"""A header packet's once-encoded bytes."""

RECIPIENTS: Final = 10_000
"""Recipients of one message; a group is one."""

CHUNK_BYTES: Final = MIB
"""Plaintext of one payload packet."""

IDENTIFIER_BYTES: Final = 1168
"""Longer recipient identifiers are nobody's here, and skipped."""

METADATA_BYTES: Final = 4 * KIB
"""The seventh header field, as a secretbox."""

CARD_BYTES: Final = 16 * KIB
"""A card's TOML text."""

IMPORTS: Final = 10_000
"""Cards in one call of import."""

RECOVERY_WORDS_BYTES: Final = 4 * KIB
"""A file of recovery words."""

IMPORT_BYTES: Final = 128 * MIB
"""A file of cards, or a sealed roster, armored, with the text around it."""

ROSTER_BYTES: Final = 64 * MIB
"""A roster's TOML text."""

MESSAGEPACK_NESTING: Final = 4
"""Lists within lists."""

SURPLUS_BYTES: Final = 64 * KIB
"""Surplus fields at the end of a list, which readers ignore."""

ARMOR_HEADER_CHARACTERS: Final = 512
"""`BEGIN … MESSAGE.`, with all its spaces and quotation marks (the specification's bound)."""

TEXT_BEFORE_ARMOR_BYTES: Final = 16 * MIB
"""Ordinary text that is searched for the beginning of an armored message."""

HELD_BACK_BYTES: Final = 16 * MIB
"""Plaintext of a message this short is released only when the whole message has verified."""

PASSPHRASE_BYTES: Final = 4 * KIB
"""A passphrase's UTF-8 form."""
