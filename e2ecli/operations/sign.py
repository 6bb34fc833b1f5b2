"""Signing documents, with the content attached or detached."""

from e2ecli.operations.send import Write
from e2ecli.saltpack import signing
from e2ecli.saltpack.armor import ArmorWriter, Frame
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.engine import seal_packets
from e2ecli.saltpack.keys import Signer
from e2ecli.saltpack.stream import BinarySource, CountedSource


def sign_attached(signer: Signer, source: BinarySource, write: Write, *, armored: bool) -> int:
    """Write everything in `source` as a signed message; return how many bytes of content there were."""
    armor = ArmorWriter(write, Frame.of(Mode.ATTACHED)) if armored else None
    put = write if armor is None else armor.write
    header, sealer = signing.seal_header(signer)
    put(header)
    counted = CountedSource(source)
    for packet in seal_packets(counted, sealer):
        put(packet)
    if armor is not None:
        armor.finish()
    return counted.bytes


def sign_detached(signer: Signer, source: BinarySource, write: Write, *, armored: bool) -> int:
    """Write the detached signature of everything in `source`; return how many bytes that were."""
    counted = CountedSource(source)
    signature = signing.sign_detached(counted, signer)
    if armored:
        armor = ArmorWriter(write, Frame.of(Mode.DETACHED))
        armor.write(signature)
        armor.finish()
    else:
        write(signature)
    return counted.bytes
