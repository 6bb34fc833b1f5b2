"""Key ids are Bech32 (BIP 173) with the prefix `e2e`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2ecli.errors import DamagedError
from e2ecli.keyring.keyid import KeyIdError, key_id, looks_like_key_id, parse_key_id
from e2ecli.primitives.ed25519 import SigningPublicKey

CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
KEY = SigningPublicKey(bytes(range(32)))
ID = key_id(KEY)

assert "k" in ID

keys = st.binary(min_size=32, max_size=32).map(SigningPublicKey)


def polymod(values: list[int]) -> int:
    """BIP 173's reference code."""
    generator = [0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3]
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for i in range(5):
            checksum ^= generator[i] if ((top >> i) & 1) else 0
    return checksum


def bech32(prefix: str, data: list[int]) -> str:
    expanded = [ord(x) >> 5 for x in prefix] + [0] + [ord(x) & 31 for x in prefix]
    checksum = polymod([*expanded, *data, 0, 0, 0, 0, 0, 0]) ^ 1
    digits = [*data, *((checksum >> 5 * (5 - i)) & 31 for i in range(6))]
    return prefix + "1" + "".join(CHARSET[digit] for digit in digits)


def five_bits(data: bytes, padding: int = 0) -> list[int]:
    bits = "".join(f"{byte:08b}" for byte in data)
    missing = -len(bits) % 5
    bits += f"{padding:0{missing}b}" if missing else ""
    return [int(bits[at : at + 5], 2) for at in range(0, len(bits), 5)]


@given(keys)
def test_a_key_id_names_its_key(key: SigningPublicKey) -> None:
    assert parse_key_id(key_id(key)) == key


@given(keys)
def test_a_key_id_is_what_the_reference_code_of_bip_173_makes(key: SigningPublicKey) -> None:
    assert key_id(key) == bech32("e2e", five_bits(key.value))


@given(keys)
def test_a_key_id_is_62_characters_long_and_looks_like_one(key: SigningPublicKey) -> None:
    assert len(key_id(key)) == 62
    assert looks_like_key_id(key_id(key))


def test_a_key_id_may_be_written_in_capitals() -> None:
    assert parse_key_id(ID.upper()) == KEY


@pytest.mark.parametrize("place", range(4, 62))
def test_every_change_of_a_single_character_is_detected(place: int) -> None:
    for other in CHARSET.replace(ID[place], ""):
        with pytest.raises(KeyIdError):
            parse_key_id(ID[:place] + other + ID[place + 1 :])


@given(keys, st.integers(4, 60))
def test_exchanging_two_neighbours_is_detected(key: SigningPublicKey, place: int) -> None:
    text = key_id(key)
    exchanged = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if exchanged != text:
        with pytest.raises(KeyIdError):
            parse_key_id(exchanged)


WRONG = {
    "nothing": "",
    "no separator": ID.replace("1", ""),
    "no prefix": ID[3:],
    "the separator alone": "1",
    "prefix and separator alone": "e2e1",
    "mixed case in the data": ID[:-1] + ID[-1].upper() if ID[-1].isalpha() else ID[:10].upper() + ID[10:],
    "a capital prefix": "E2E" + ID[3:],
    "another prefix": bech32("age", five_bits(KEY.value)),
    "a prefix with something before it": "x" + ID,
    "a character outside the set": ID[:20] + "b" + ID[21:],
    "a second separator": ID[:20] + "1" + ID[20:],
    "31 bytes": bech32("e2e", five_bits(bytes(31))),
    "33 bytes": bech32("e2e", five_bits(bytes(33))),
    "no bytes": bech32("e2e", []),
    "padding that is not zero": bech32("e2e", five_bits(KEY.value, padding=1)),
    "a surplus digit": bech32("e2e", [*five_bits(KEY.value), 0]),
    "a space before": " " + ID,
    "a line's end after": ID + "\n",
    "a letter beyond ASCII whose small form is a k": ID.upper().replace("K", "\u212a"),
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG.keys())
def test_no_key_id_is(text: str) -> None:
    with pytest.raises(KeyIdError):
        parse_key_id(text)


@given(st.text(max_size=80) | st.text(CHARSET, max_size=70).map("e2e1".__add__))
def test_any_text_is_a_key_id_or_an_error(text: str) -> None:
    try:
        key = parse_key_id(text)
    except DamagedError:
        return
    assert key_id(key) == text.lower()


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        (ID, True),
        (ID.upper(), True),
        (ID[:-1], True),
        ("e2e1", False),
        ("e2e1-mail", False),
        ("alice", False),
        ("a" * 62, False),
    ],
)
def test_a_name_that_looks_like_a_key_id_is_meant_as_one(text: str, looks: bool) -> None:
    assert looks_like_key_id(text) is looks
