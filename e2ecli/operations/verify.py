"""Verifying signed documents: who signed, whether that is somebody accepted, and only then the content."""

from collections.abc import Callable

from e2ecli.errors import NotAMessageError
from e2ecli.operations.reading import (
    MessageFacts,
    Opened,
    Output,
    ReadMessage,
    ReadPolicy,
    check_accepted,
    let_out,
    refuse_card,
    verified_chunks,
)
from e2ecli.operations.senders import identify, note_use
from e2ecli.operations.workspace import Workspace
from e2ecli.saltpack import signing
from e2ecli.saltpack.constants import Mode
from e2ecli.saltpack.header import Header, SignatureHeader
from e2ecli.saltpack.metadata import Metadata
from e2ecli.saltpack.stream import BinarySource, CountedSource


def verify_attached(
    workspace: Workspace,
    policy: ReadPolicy,
    message: ReadMessage,
    start_output: Callable[[MessageFacts], Output],
) -> Opened:
    """Verify a signed message and let its content out.

    Raises:
        DamagedError: it is damaged, forged, cut off, or no signed document.
        SenderError: its signer is not accepted.
    """
    header = _signature_header(message.header)
    if header.mode is Mode.DETACHED:
        raise NotAMessageError(
            "this is a detached signature, without the content that it signs",
            "e2e verify FILE --signature FILE.sig",
        )
    chunks = verified_chunks(message.stream, signing.AttachedOpener(header))
    facts = _facts(workspace, header)
    check_accepted(workspace, facts, policy)
    opened = let_out(message, facts, chunks, start_output)
    note_use(workspace, facts.sender)
    return opened


def verify_detached(
    workspace: Workspace, policy: ReadPolicy, signature: ReadMessage, content: BinarySource
) -> Opened:
    """Verify a detached signature over everything in `content`.

    Raises:
        DamagedError: it is damaged, no detached signature, or not of this content.
        SenderError: its signer is not accepted.
    """
    header = _signature_header(signature.header)
    if header.mode is not Mode.DETACHED:
        raise NotAMessageError("this is a signed message, not a detached signature", "e2e verify FILE")
    counted = CountedSource(content)
    signing.verify_detached(header, signature.stream, counted)
    facts = _facts(workspace, header)
    check_accepted(workspace, facts, policy)
    note_use(workspace, facts.sender)
    return Opened(facts, counted.bytes, text_around=False)


def _signature_header(header: Header) -> SignatureHeader:
    if not isinstance(header, SignatureHeader):
        raise NotAMessageError("this is a sealed message, not a signed document", "e2e open FILE")
    refuse_card(header, "a document")
    return header


def _facts(workspace: Workspace, header: SignatureHeader) -> MessageFacts:
    return MessageFacts(
        mode=header.mode,
        sender=identify(workspace, header.sender_public_key),
        recipients=None,
        post_quantum=False,
        metadata=Metadata(),
        header_hash=header.header_hash,
    )
