"""What is no Saltpack message is named for what it is."""

import pytest

from e2ecli.saltpack.armor import NoArmorError
from e2ecli.saltpack.foreign import recognise
from e2ecli.saltpack.messages import open_source
from tests.unit.saltpack import sources

BEGINNINGS: dict[bytes, str] = {
    b"-----BEGIN PGP MESSAGE-----\n": "an OpenPGP message",
    b"-----BEGIN PGP SIGNED MESSAGE-----\n": "an OpenPGP message",
    b"\n\n  -----BEGIN PGP MESSAGE-----\n": "an OpenPGP message",
    b"\xef\xbb\xbf-----BEGIN PGP MESSAGE-----\n": "an OpenPGP message",
    b"\x85\x01\x0c\x03" + bytes(100): "an OpenPGP message",
    b"\x84\x5e\x03": "an OpenPGP message",
    b"\xc1\xc0\x4c\x03": "an OpenPGP message",
    b"age-encryption.org/v1\n-> X25519 ": "an age file",
    b"-----BEGIN AGE ENCRYPTED FILE-----\n": "an age file",
    b"untrusted comment: signature": "a minisign or signify file",
    b"-----BEGIN SSH SIGNATURE-----\n": "an SSH signature",
    b"-----BEGIN OPENSSH PRIVATE KEY-----\n": "a PEM file",
    b"-----BEGIN CERTIFICATE-----\n": "a PEM file",
    b"\x1f\x8b\x08\x00": "a gzip file",
    b"BZh91AY": "a bzip2 file",
    b"\xfd7zXZ\x00\x00": "an xz file",
    b"\x28\xb5\x2f\xfd\x24": "a zstd file",
    b"PK\x03\x04\x14": "a ZIP archive",
    b"\x89PNG\r\n\x1a\n": "a picture",
    b"\xff\xd8\xff\xe0": "a picture",
    b"GIF89a": "a picture",
    b"%PDF-1.7\n": "a PDF document",
}


@pytest.mark.parametrize(("beginning", "name"), BEGINNINGS.items())
def test_a_foreign_format_is_named_with_what_reads_it(beginning: bytes, name: str) -> None:
    with pytest.raises(NoArmorError, match=name) as caught:
        open_source(sources.source(beginning))
    assert caught.value.hint


@pytest.mark.parametrize("beginning", [b"", b"\0", b"Dear Bob,", b"\xc4\xb8\x96\xa8saltpack", b"BEGIN PGP"])
def test_nothing_is_made_of_what_is_not_known(beginning: bytes) -> None:
    assert recognise(beginning) is None


def test_a_message_within_a_foreign_format_is_read_all_the_same() -> None:
    """A sealed message may be quoted in a signed mail."""
    sealed = b"BEGIN SALTPACK SIGNED MESSAGE. 00. END SALTPACK SIGNED MESSAGE.\n"
    text = b"-----BEGIN PGP SIGNED MESSAGE-----\n\n" + sealed
    assert open_source(sources.source(text)).binary.read(10) == b"\0"
