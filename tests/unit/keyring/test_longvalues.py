"""Setting long values aside never changes what a document says."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2ecli.keyring.longvalues import put_back, set_aside

_LONG = "A" * 120

_PIECES = st.sampled_from(
    [
        f'key = "{_LONG}"\n',
        f'other = "{_LONG}="\n',
        f"block = '''\n{_LONG}\n'''\n",
        f"more = '''\nBEGIN X. {_LONG}. END X.\n'''\n",
        "[table]\n",
        "[[tables]]\n",
        "# ",
        "'''",
        '"""',
        "x = '''\n",
        'x = """\n',
        "list = [\n",
        "]\n",
        "\n",
        "\r\n",
        'mark = "\ue0000"\n',
        'escaped = "\\ue0000"\n',
        "short = 1\n",
        "'",
        '"',
    ]
)


def _parsed(text: str) -> object:
    try:
        return tomllib.loads(text)
    except ValueError:
        return "no TOML"


def _parsed_with_values_aside(text: str) -> object:
    shortened, values = set_aside(text)
    try:
        return put_back(tomllib.loads(shortened), values)
    except ValueError:
        return "no TOML"


@given(st.lists(_PIECES, max_size=10).map("".join))
def test_a_document_says_the_same_with_and_without_its_long_values_set_aside(text: str) -> None:
    assert _parsed_with_values_aside(text) == _parsed(text)


@pytest.mark.parametrize("value", [f'"{_LONG}"', f"'''\n{_LONG}'''"])
def test_a_long_value_is_set_aside(value: str) -> None:
    shortened, values = set_aside(f"key = {value}\n")
    assert len(shortened) < 20
    assert values == [_LONG]
