"""Opening a message once and never again, so that a sealed order isn't obeyed twice."""

from datetime import UTC, datetime

from e2ecli import limits
from e2ecli.errors import AlreadyOpenedError, SenderError
from e2ecli.keyring.openings import REMEMBERED, OpenedMessages
from e2ecli.operations.reading import MessageFacts, Output
from e2ecli.operations.workspace import Workspace
from e2ecli.records import Record


class Claim(Record):
    """One message's only opening."""

    workspace: Workspace
    facts: MessageFacts

    def check(self) -> None:
        """Check that the message was not opened before.

        Raises:
            AlreadyOpenedError: it was.
            SenderError: it was sent so long ago that its opening may be forgotten.
        """
        if self._opened.has(self.facts.header_hash):
            raise AlreadyOpenedError("the message was opened before, and --once opens it no more")
        if self.facts.metadata.sent is None:
            return
        sent = datetime.fromtimestamp(self.facts.metadata.sent, UTC)
        if self.workspace.clock() - sent > REMEMBERED or self._opened.may_be_forgotten(sent):
            raise SenderError(
                f"the message was sent more than {REMEMBERED.days} days ago, longer than --once remembers"
            )

    def take(self) -> None:
        """Make this the message's only opening.

        Raises as `check` does, and KeyringError where there is no room to remember it.
        """
        with self.workspace.directory.writing():
            self.check()
            sent, now = self.facts.metadata.sent, self.workspace.clock()
            # One from a clock that is ahead is remembered until it, too, is old.
            known_from = None if sent is None else max(now, datetime.fromtimestamp(sent, UTC))
            self._opened.add(self.facts.header_hash, known_from, now)

    def give_back(self) -> None:
        """Let the message be opened again: nothing of it came out."""
        self._opened.remove(self.facts.header_hash)

    @property
    def _opened(self) -> OpenedMessages:
        return OpenedMessages(self.workspace.directory)


class OnceOutput:
    """An output that takes the message's only opening before anything of it is seen.

    Nothing is seen of a `private` output before its `commit`, which says in `seen` whether it has come so
    far; of others, once `limits.HELD_BACK_BYTES` have come.
    """

    def __init__(self, output: Output, claim: Claim, *, private: bool) -> None:
        claim.check()
        self._output = output
        self._claim = claim
        self._private = private
        self._bytes = 0
        self._taken = False

    def write(self, data: memoryview) -> None:
        """Take a verified chunk."""
        self._bytes += len(data)
        if not self._private and self._bytes > limits.HELD_BACK_BYTES:
            self._take()
        self._output.write(data)

    def commit(self) -> None:
        """The whole message has verified.

        Raises:
            AlreadyOpenedError: somebody else has opened it meanwhile.
        """
        self._take()
        try:
            self._output.commit()
        except BaseException:  # Ctrl-C as well, while a long file is flushed
            if self._private and not getattr(self._output, "seen", False):
                self._claim.give_back()
            raise

    def _take(self) -> None:
        if not self._taken:
            # Where this is interrupted, the record may be another process's, and stays.
            self._claim.take()
            self._taken = True
