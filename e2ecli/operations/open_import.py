"""Opening what is sealed and meant for `import`: introductions and rosters, told apart by their metadata."""

from e2ecli import limits
from e2ecli.errors import NotAMessageError
from e2ecli.operations.open_message import Opener
from e2ecli.operations.reading import MessageFacts, ReadMessage, ReadPolicy
from e2ecli.operations.senders import SenderPolicy
from e2ecli.operations.workspace import Workspace
from e2ecli.records import Record


class OpenedImport(Record):
    """A complete and unaltered introduction or roster. Whether its sender counts is still to be decided."""

    facts: MessageFacts
    text: bytes

    def __repr__(self) -> str:
        return f"OpenedImport({self.facts.metadata.type}, {len(self.text)} bytes redacted)"


class _Text:
    """Takes the content, up to the limit of its kind."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.text = bytearray()

    def write(self, data: memoryview) -> None:
        self.text += data
        if len(self.text) > self._most:
            raise NotAMessageError("this is longer than what can be imported")

    def commit(self) -> None:
        """The whole message has verified."""


def open_import(workspace: Workspace, message: ReadMessage) -> OpenedImport:
    """Open an introduction or a roster.

    Raises:
        DamagedError: it is damaged, or something else.
        NotForYouError: no key opens it.
        SenderError: it is anonymous, or its sender has revoked their identity.
    """
    taken: list[_Text] = []

    def start_output(facts: MessageFacts) -> _Text:
        roster = facts.metadata.type == "roster"
        taken.append(_Text(limits.ROSTER_BYTES if roster else 2 * limits.CARD_BYTES))
        return taken[0]

    policy = ReadPolicy(SenderPolicy(allow_unknown=True))
    opened = Opener(workspace, policy, frozenset({"introduction", "roster"})).open(message, start_output)
    return OpenedImport(opened.facts, bytes(taken[0].text))
