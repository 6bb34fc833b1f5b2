"""Recognising what is no Saltpack message, so that people learn what they have in their hands."""

from e2ecli.records import Record


class ForeignFormat(Record):
    """Something else: how it may begin, what it is, and what reads it."""

    beginnings: tuple[bytes, ...]
    name: str
    reader: str


FOREIGN_FORMATS = (
    ForeignFormat((b"-----BEGIN PGP",), "an OpenPGP message", "gpg reads it"),
    ForeignFormat(
        (b"age-encryption.org/v1", b"-----BEGIN AGE ENCRYPTED FILE-----"), "an age file", "age -d reads it"
    ),
    ForeignFormat((b"untrusted comment:",), "a minisign or signify file", "minisign -V reads it"),
    ForeignFormat((b"-----BEGIN SSH SIGNATURE-----",), "an SSH signature", "ssh-keygen -Y verify reads it"),
    ForeignFormat((b"-----BEGIN ",), "a PEM file", "openssl or ssh-keygen reads it"),
    ForeignFormat((b"\x1f\x8b",), "a gzip file", "unpack it first: gunzip"),
    ForeignFormat((b"BZh",), "a bzip2 file", "unpack it first: bunzip2"),
    ForeignFormat((b"\xfd7zXZ\0",), "an xz file", "unpack it first: unxz"),
    ForeignFormat((b"\x28\xb5\x2f\xfd",), "a zstd file", "unpack it first: unzstd"),
    ForeignFormat((b"PK\x03\x04",), "a ZIP archive", "unpack it first: unzip"),
    ForeignFormat((b"\x89PNG", b"\xff\xd8\xff", b"GIF8"), "a picture", "it was neither sealed nor signed"),
    ForeignFormat((b"%PDF-",), "a PDF document", "it was neither sealed nor signed by e2e"),
    # Public-key encrypted session keys (RFC 9580, section 4.2), in the old and the new packet format.
    ForeignFormat(
        (b"\x84", b"\x85", b"\x8c\x0d", b"\xc1\xc0", b"\xc1\x5e"), "an OpenPGP message", "gpg reads it"
    ),
)


def recognise(beginning: bytes) -> ForeignFormat | None:
    """Return what else an input is, by its first bytes, or None."""
    text = beginning.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    for foreign in FOREIGN_FORMATS:
        if beginning.startswith(foreign.beginnings) or text.startswith(foreign.beginnings):
            return foreign
    return None
