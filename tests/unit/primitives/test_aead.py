"""XChaCha20-Poly1305, for secrets at rest."""

import pytest

from e2ecli.errors import DamagedError
from e2ecli.primitives import aead
from e2ecli.primitives.aead import AeadOpenError
from e2ecli.primitives.secret import SecretBytes

KEY = SecretBytes(bytes(range(32)))
SECRET = SecretBytes(b"a secret at rest")
HEADER = b"the public header"


def test_what_was_sealed_opens_under_its_key_and_header() -> None:
    assert aead.open_sealed(aead.seal(SECRET, HEADER, KEY), HEADER, KEY) == SECRET


def test_it_is_the_construction_of_the_ietf_draft() -> None:
    """The example of draft-irtf-cfrg-xchacha-03, appendix A.3.1."""
    sealed = bytes.fromhex(
        "404142434445464748494a4b4c4d4e4f5051525354555657"
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39"
        "ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
        "21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49"
    )
    opened = aead.open_sealed(
        sealed, bytes.fromhex("50515253c0c1c2c3c4c5c6c7"), SecretBytes(bytes(range(0x80, 0xA0)))
    )
    assert opened.reveal() == (
        b"Ladies and Gentlemen of the class of '99: If I could offer you "
        b"only one tip for the future, sunscreen would be it."
    )


def test_the_nonce_is_fresh_each_time() -> None:
    assert len({aead.seal(SECRET, HEADER, KEY)[: aead.NONCE_BYTES] for _ in range(100)}) == 100


SEALED = aead.seal(SECRET, HEADER, KEY)


@pytest.mark.parametrize("header", [b"", b"the public heade", b"the public headers", b"The public header"])
def test_another_header_is_refused(header: bytes) -> None:
    with pytest.raises(AeadOpenError):
        aead.open_sealed(SEALED, header, KEY)


def test_another_key_is_refused() -> None:
    with pytest.raises(AeadOpenError):
        aead.open_sealed(SEALED, HEADER, SecretBytes(bytes(32)))


def test_every_flipped_bit_is_refused() -> None:
    for bit in range(8 * len(SEALED)):
        altered = bytearray(SEALED)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(AeadOpenError):
            aead.open_sealed(bytes(altered), HEADER, KEY)


@pytest.mark.parametrize("length", range(len(SEALED)))
def test_every_cut_is_refused(length: int) -> None:
    with pytest.raises(AeadOpenError):
        aead.open_sealed(SEALED[:length], HEADER, KEY)


def test_a_ciphertext_that_does_not_open_counts_as_damage() -> None:
    assert issubclass(AeadOpenError, DamagedError)
