"""SHA-512, HMAC-SHA512 and SHAKE256 are what their standards say."""

import hashlib

import pytest

from e2ecli.primitives.hashes import (
    equal_in_constant_time,
    hmac_sha512_256,
    running_sha512,
    sha512,
    shake256,
)

# FIPS 180-2, appendix C.1.
SHA512_OF_ABC = (
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
)

# RFC 4231, sections 4.2, 4.3 and 4.7: key, data, and the first half of HMAC-SHA-512.
HMAC = {
    "test case 1": (
        b"\x0b" * 20,
        b"Hi There",
        "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde",
    ),
    "test case 2, a short key": (
        b"Jefe",
        b"what do ya want for nothing?",
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554",
    ),
    "test case 6, a key longer than a block": (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352",
    ),
}


@pytest.mark.parametrize("parts", [[b"abc"], [b"a", b"bc"], [b"", bytearray(b"ab"), memoryview(b"c")]])
def test_sha512_is_that_of_fips_180_over_all_parts(parts: list[bytes]) -> None:
    assert sha512(*parts).hex() == SHA512_OF_ABC


@pytest.mark.parametrize("length", [0, 111, 112, 128, 16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1, 1024 * 1024])
def test_sha512_is_that_of_another_implementation_for_short_and_for_long_inputs(length: int) -> None:
    data = bytes(length)
    half = length // 2
    expected = hashlib.sha512(data).digest()
    assert sha512(data) == sha512(data[:half], memoryview(data)[half:]) == expected


def test_a_running_sha512_takes_its_input_piece_by_piece() -> None:
    running = running_sha512()
    running.update(b"a")
    running.update(memoryview(b"bc"))
    assert running.digest().hex() == SHA512_OF_ABC


@pytest.mark.parametrize(("key", "message", "expected"), HMAC.values(), ids=HMAC)
def test_hmac_is_the_first_half_of_that_of_rfc_4231(key: bytes, message: bytes, expected: str) -> None:
    assert hmac_sha512_256(key, message).hex() == expected


def test_shake256_is_that_of_fips_202() -> None:
    """NIST's example of the empty message, its first 32 bytes."""
    expected = "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f"
    assert shake256(b"", 32).hex() == expected


def test_a_longer_output_of_shake256_begins_with_the_shorter_one() -> None:
    assert shake256(b"seed", 96)[:32] == shake256(b"seed", 32)


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (b"", b"", True),
        (b"same", b"same", True),
        (b"same", b"sane", False),
        (b"same", b"sam", False),
        (b"same", b"", False),
    ],
)
def test_comparison_tells_equal_bytes_from_others(left: bytes, right: bytes, equal: bool) -> None:
    assert equal_in_constant_time(left, right) is equal
