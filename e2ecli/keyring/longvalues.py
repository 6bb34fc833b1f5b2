"""Keys and armor set aside while a TOML document is parsed: the parser looks at every character of a value.

Only what can't be anything else than a value is set aside: a whole line `key = "…"` of base64, or a block
`key = '''…'''`, in a document that has no other multi-line string in which such a line might stand.
"""

import re
from typing import Any

_VALUE = re.compile(
    r"""^[a-z0-9_]+ = (?:"(?P<base64>[A-Za-z0-9+/=]{100,})"|'''\n(?P<block>[A-Za-z0-9. \n]{100,})''')$""",
    re.MULTILINE,
)
_MARK = "\ue000"
"""Stands for a value that was set aside, followed by its number."""


def set_aside(text: str) -> tuple[str, list[str]]:
    """Return a TOML document with marks in place of its long values, and the values."""
    values = [match["base64"] or match["block"] for match in _VALUE.finditer(text)]
    if not values or _MARK in text or "\\" in text:  # where an escape might write the mark
        return text, []
    numbers = iter(range(len(values)))
    shortened = _VALUE.sub(lambda match: f'{match[0].partition(" ")[0]} = "{_MARK}{next(numbers)}"', text)
    if "'''" in shortened or '"""' in shortened:
        return text, []
    return shortened, values


def put_back(parsed: Any, values: list[str]) -> Any:
    """Return a parsed document with the values in place of their marks."""
    if not values:
        return parsed
    if isinstance(parsed, dict):
        return {key: put_back(value, values) for key, value in parsed.items()}
    if isinstance(parsed, list):
        return [put_back(value, values) for value in parsed]
    if isinstance(parsed, str) and parsed.startswith(_MARK):
        return values[int(parsed[1:])]
    return parsed
