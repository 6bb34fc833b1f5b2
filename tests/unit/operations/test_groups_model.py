"""Whatever happens to a group, and whenever its members hear of it: who can open what (section 5)."""

import tempfile
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from e2ecli.errors import E2EError, NotForYouError, RecipientError, RollbackError, SenderError
from e2ecli.operations import groups
from e2ecli.operations.import_text import import_text
from e2ecli.operations.workspace import Workspace
from tests.unit.operations.support import open_, person, send

OWNER = "Alice"
OTHERS = ("Bob", "Carol", "Dave")
EVERYBODY = (OWNER, *OTHERS)


class Update(NamedTuple):
    """An update, and whom it makes members."""

    epoch: int
    members: frozenset[str]
    sealed: bytes


class Message(NamedTuple):
    """A message to the group in an epoch."""

    sender: str
    epoch: int
    sealed: bytes


class GroupLife(RuleBasedStateMachine):
    """The model: who was in each epoch, and which epochs each person holds."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        path = Path(self.directory.name)
        self.people: dict[str, Workspace] = {
            who: person(path, who, knows=OTHERS if who == OWNER else (OWNER,)) for who in EVERYBODY
        }
        groups.create_group(self.people[OWNER], "team", ["bob"])
        self.members = [frozenset({OWNER, "Bob"})]
        self.held: dict[str, set[int]] = {who: set() for who in EVERYBODY}
        self.held[OWNER] = {1}
        self.updates: list[Update] = []
        self.messages: list[Message] = []
        self.checked: dict[tuple[int, str], tuple[int, frozenset[int]]] = {}
        self.share()

    def teardown(self) -> None:
        self.directory.cleanup()

    @property
    def epoch(self) -> int:
        return len(self.members)

    def _next(self, members: frozenset[str]) -> None:
        self.members.append(members)
        self.held[OWNER].add(self.epoch)

    @rule(who=st.sampled_from(OTHERS))
    def add_or_remove(self, who: str) -> None:
        present = who in self.members[-1]
        change = groups.remove_members if present else groups.add_members
        change(self.people[OWNER], "team", [who.lower()])
        self._next(self.members[-1] ^ {who})

    @rule()
    def rotate(self) -> None:
        groups.rotate_group(self.people[OWNER], "team")
        self._next(self.members[-1])

    @rule()
    def share(self) -> None:
        update = groups.prepare_update(self.people[OWNER], "team")
        sealed = bytearray()
        groups.seal_update(update, update.sending.addressees.people, sealed.extend, armored=False)
        self.updates.append(Update(self.epoch, self.members[-1], bytes(sealed)))

    @rule(who=st.sampled_from(OTHERS), data=st.data())
    def deliver(self, who: str, data: st.DataObject) -> None:
        update = data.draw(st.sampled_from(self.updates))
        held = self.held[who]
        expected: type[E2EError] | None = None
        if who not in update.members:
            expected = NotForYouError
        elif held and update.epoch < max(held):
            expected = RollbackError
        failed: type[E2EError] | None = None
        try:
            import_text(self.people[who], update.sealed, confirm=lambda _: True)
        except E2EError as error:
            failed = type(error)
        assert failed is expected
        if failed is None:
            held.add(update.epoch)

    @rule(who=st.sampled_from(OTHERS))
    @precondition(lambda self: any(self.held[who] for who in OTHERS))
    def leave(self, who: str) -> None:
        if self.held[who]:
            groups.leave_group(self.people[who], "team")
            self.held[who] = set()

    @rule(who=st.sampled_from(EVERYBODY))
    @precondition(lambda self: len(self.messages) < 6)
    def write(self, who: str) -> None:
        if not self.held[who]:
            try:
                send(self.people[who], "team")
            except RecipientError:
                return
            raise AssertionError("somebody without the group wrote to it")
        self.messages.append(Message(who, max(self.held[who]), send(self.people[who], "team")))

    @rule(before=st.integers(1, 5))
    def forget(self, before: int) -> None:
        if before <= self.epoch:
            groups.forget_epochs(self.people[OWNER], "team", before)
            self.held[OWNER] = {epoch for epoch in self.held[OWNER] if epoch >= before}

    def expected(self, message: Message, reader: str) -> type[E2EError] | None:
        held = self.held[reader]
        if message.epoch not in held:
            return NotForYouError
        return None if message.sender in self.members[max(held) - 1] else SenderError

    @invariant()
    def exactly_who_should_opens_each_message(self) -> None:
        for place, message in enumerate(self.messages):
            for reader in EVERYBODY:
                state = (self.epoch if reader == OWNER else 0, frozenset(self.held[reader]))
                if self.checked.get((place, reader)) == state:
                    continue  # nothing has changed for this reader since
                self.checked[place, reader] = state
                failed: type[E2EError] | None = None
                try:
                    open_(self.people[reader], message.sealed)
                except E2EError as error:
                    failed = type(error)
                assert failed is self.expected(message, reader), (message.sender, message.epoch, reader)

    @invariant()
    def everybody_holds_what_they_should(self) -> None:
        for who in EVERYBODY:
            group = self.people[who].groups.find("team")
            held = set() if group is None else {epoch.number for epoch in group.epochs}
            assert held == self.held[who]


TestGroupLife = GroupLife.TestCase
TestGroupLife.settings = settings(
    max_examples=12,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
