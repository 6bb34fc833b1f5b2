"""Signing documents, with the content attached or detached."""

from e2ecli.saltpack import signing
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.engine import seal_packets
from e2ecli.saltpack.keys import Signer
from e2ecli.saltpack.messages import Write, write_message
from e2ecli.saltpack.stream import BinarySource, CountedSource


def sign_attached(signer: Signer, source: BinarySource, write: Write, *, armored: bool) -> int:
    """Write everything in `source` as a signed message; return how many bytes of content there were."""
    header, sealer = signing.seal_header(signer)
    counted = CountedSource(source)
    write_message(write, Mode.ATTACHED, header, seal_packets(counted, sealer), armored=armored)
    return counted.bytes


def sign_detached(signer: Signer, source: BinarySource, write: Write, *, armored: bool) -> int:
    """Write the detached signature of everything in `source`; return how many bytes that were."""
    counted = CountedSource(source)
    signature = signing.sign_detached(counted, signer)
    write_message(write, Mode.DETACHED, signature, (), armored=armored)
    return counted.bytes
