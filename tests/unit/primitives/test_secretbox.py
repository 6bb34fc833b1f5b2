"""XSalsa20-Poly1305 boxes: by value and in place, by libsodium's own function and by PyNaCl's public one."""

import sys
from collections.abc import Callable
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl import bindings

from e2ecli.errors import ForgedError
from e2ecli.primitives import secretbox
from e2ecli.primitives.secret import SecretBytes
from e2ecli.primitives.secretbox import MAC_BYTES, BoxOpenError, BufferOperation

KEY = SecretBytes(bytes(range(32)))
OTHER_KEY = SecretBytes(bytes(range(1, 33)))
NONCE = bytes(range(100, 124))
OTHER_NONCE = bytes(range(101, 125))

MIB = 1024 * 1024
LENGTHS = [0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 1000, MIB - 1, MIB, MIB + 64]

Operations = Callable[[], tuple[BufferOperation, BufferOperation]]
each_operation = pytest.mark.parametrize(
    "operations",
    [secretbox.in_place_operations, secretbox.copying_operations],
    ids=["in place", "copying"],
)


def buffer_with(plaintext: bytes) -> memoryview:
    return memoryview(bytearray(bytes(MAC_BYTES) + plaintext))


def text(length: int) -> bytes:
    return (b"Lorem ipsum. " * (length // 13 + 1))[:length]


def test_a_box_opens_under_its_key_and_nonce() -> None:
    assert secretbox.open_box(secretbox.seal(b"plaintext", NONCE, KEY), NONCE, KEY) == b"plaintext"


def test_a_box_is_nacls_crypto_secretbox() -> None:
    assert secretbox.seal(b"plaintext", NONCE, KEY) == bindings.crypto_secretbox(
        b"plaintext", NONCE, KEY.reveal()
    )


BOX = secretbox.seal(b"plaintext", NONCE, KEY)

NOT_THE_BOX = {
    "another key": (BOX, NONCE, OTHER_KEY),
    "another nonce": (BOX, OTHER_NONCE, KEY),
    "nothing": (b"", NONCE, KEY),
    "shorter than an authenticator": (BOX[:15], NONCE, KEY),
    "an authenticator alone": (BOX[:16], NONCE, KEY),
    "cut by one byte": (BOX[:-1], NONCE, KEY),
    "longer by one byte": (BOX + b"\0", NONCE, KEY),
    "first bit flipped": (bytes([BOX[0] ^ 1]) + BOX[1:], NONCE, KEY),
    "last bit flipped": (BOX[:-1] + bytes([BOX[-1] ^ 0x80]), NONCE, KEY),
}


@pytest.mark.parametrize(("box", "nonce", "key"), NOT_THE_BOX.values(), ids=NOT_THE_BOX)
def test_nothing_else_opens(box: bytes, nonce: bytes, key: SecretBytes) -> None:
    with pytest.raises(BoxOpenError):
        secretbox.open_box(box, nonce, key)


@pytest.mark.parametrize(("box", "nonce", "key"), NOT_THE_BOX.values(), ids=NOT_THE_BOX)
def test_nothing_else_opens_in_place(box: bytes, nonce: bytes, key: SecretBytes) -> None:
    with pytest.raises(BoxOpenError):
        secretbox.open_in_place(memoryview(bytearray(box)), nonce, key)


def test_a_box_that_does_not_open_counts_as_forged() -> None:
    assert BoxOpenError.kind == ForgedError.kind


@pytest.mark.parametrize("length", LENGTHS)
def test_a_box_sealed_in_place_is_the_box_that_the_public_function_makes(length: int) -> None:
    buffer = buffer_with(text(length))
    secretbox.seal_in_place(buffer, NONCE, KEY)
    assert bytes(buffer) == bindings.crypto_secretbox_easy(text(length), NONCE, KEY.reveal())


@pytest.mark.parametrize("length", LENGTHS)
def test_a_box_opened_in_place_gives_its_plaintext(length: int) -> None:
    box = bindings.crypto_secretbox_easy(text(length), NONCE, KEY.reveal())
    assert bytes(secretbox.open_in_place(memoryview(bytearray(box)), NONCE, KEY)) == text(length)


def test_the_plaintext_opened_in_place_is_a_part_of_the_boxs_own_buffer() -> None:
    buffer = memoryview(bytearray(BOX))
    plaintext = secretbox.open_in_place(buffer, NONCE, KEY)
    buffer[MAC_BYTES] = ord("P")
    assert bytes(plaintext) == b"Plaintext"


def test_sealing_within_a_larger_buffer_leaves_the_rest_of_it_alone() -> None:
    buffer = memoryview(bytearray(b"before" + bytes(MAC_BYTES) + b"plaintext" + b"behind"))
    secretbox.seal_in_place(buffer[6:-6], NONCE, KEY)
    assert (bytes(buffer[:6]), bytes(buffer[6:-6]), bytes(buffer[-6:])) == (b"before", BOX, b"behind")


@each_operation
@pytest.mark.parametrize("length", LENGTHS)
def test_both_ways_of_sealing_make_the_same_box(operations: Operations, length: int) -> None:
    seal, _ = operations()
    buffer = buffer_with(text(length))
    assert seal(buffer, NONCE, KEY.reveal())
    assert bytes(buffer) == bindings.crypto_secretbox_easy(text(length), NONCE, KEY.reveal())


@each_operation
@given(plaintext=st.binary(max_size=300), key=st.binary(min_size=32, max_size=32))
@settings(deadline=None)
def test_both_ways_of_opening_give_the_plaintext(
    operations: Operations, plaintext: bytes, key: bytes
) -> None:
    _, open_box = operations()
    buffer = memoryview(bytearray(bindings.crypto_secretbox_easy(plaintext, NONCE, key)))
    assert open_box(buffer, NONCE, key)
    assert bytes(buffer[MAC_BYTES:]) == plaintext


@each_operation
def test_both_ways_of_opening_refuse_every_flipped_bit_and_decrypt_nothing(operations: Operations) -> None:
    _, open_box = operations()
    for bit in range(8 * len(BOX)):
        buffer = memoryview(bytearray(BOX))
        buffer[bit // 8] ^= 1 << bit % 8
        before = bytes(buffer)
        assert not open_box(buffer, NONCE, KEY.reveal()), f"bit {bit}"
        assert bytes(buffer) == before, f"bit {bit}"


def binding_without_functions() -> ModuleType:
    binding = ModuleType("nacl._sodium")
    vars(binding).update(lib=ModuleType("lib"), ffi=ModuleType("ffi"))
    return binding


@pytest.mark.parametrize(
    "binding",
    [None, ModuleType("nacl._sodium"), binding_without_functions()],
    ids=["there is none", "it has other contents", "it has no such functions"],
)
def test_without_pynacls_private_binding_the_public_functions_do_the_work(
    monkeypatch: pytest.MonkeyPatch, binding: ModuleType | None
) -> None:
    monkeypatch.setitem(sys.modules, "nacl._sodium", binding)
    seal, open_box = secretbox.in_place_operations()
    buffer = buffer_with(b"plaintext")
    assert seal(buffer, NONCE, KEY.reveal())
    assert bytes(buffer) == BOX
    assert open_box(buffer, NONCE, KEY.reveal())
    assert bytes(buffer[MAC_BYTES:]) == b"plaintext"
