"""What many contacts and large groups cost, against few contacts and a small group."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.bench.peers import Peers
from tests.bench.people import crowd, join_group, make_keyring
from tests.bench.rows import Budget, Reference, Row
from tests.bench.rows_memory import memory_row
from tests.bench.timing import Command
from tests.bench.workbench import KIB, Workbench

ALIKE = Budget("≤", 1.15)
SAME = Budget("≤", 1.0)
AGAINST_HPKE = Budget("≤", 3)


class _Pair(NamedTuple):
    """The keyrings of somebody who writes and somebody who reads."""

    writer: Path
    reader: Path


def contacts(workbench: Workbench, _: Peers) -> Iterator[Row]:
    """Seal to one contact of many, and open what one of many wrote."""
    few, many = workbench.scale.few, workbench.scale.many
    document = workbench.file(KIB)
    pairs = {count: _acquainted(workbench, count) for count in (few, many)}
    sealing = {count: workbench.e2e(pair.writer, "send", "bob", document) for count, pair in pairs.items()}
    yield _alike(workbench, "contacts", "seal 1 KiB, {} contacts", sealing)
    message = workbench.write(sealing[few], document.with_suffix(".contacts"))
    opening = {count: workbench.e2e(pair.reader, "open", message) for count, pair in pairs.items()}
    yield _alike(workbench, "contacts", "open 1 KiB, {} contacts", opening)


def groups(workbench: Workbench, _: Peers) -> Iterator[Row]:
    """Seal to a large group, open a message to one, and share its roster."""
    few, many = workbench.scale.few, workbench.scale.many
    document = workbench.file(KIB)
    pairs = {count: _grouped(workbench, count) for count in (few, many)}
    sealing = {count: workbench.e2e(pair.writer, "send", "team", document) for count, pair in pairs.items()}
    messages = {
        count: workbench.write(command, workbench.directory / f"to-{count}.sealed")
        for count, command in sealing.items()
    }
    sizes = {count: message.stat().st_size for count, message in messages.items()}
    what = f"message of 1 KiB, group of {many}"
    yield Row("groups", what, "bytes", sizes[many], Reference(f"group of {few}", sizes[few]), SAME)
    yield _alike(workbench, "groups", "seal 1 KiB, group of {}", sealing)
    opening = {count: workbench.e2e(pairs[count].reader, "open", messages[count]) for count in pairs}
    yield _alike(workbench, "groups", "open 1 KiB, group of {}", opening)
    yield from _sharing(workbench, pairs[many].writer)


def _sharing(workbench: Workbench, owner: Path) -> Iterator[Row]:
    many = workbench.scale.many
    members = [workbench.bob, *crowd(many - 2)]
    keys = workbench.directory / "members.keys"
    keys.write_bytes(b"".join(member.hybrid_key for member in members))
    sharing = workbench.e2e(owner, "groups", "share", "team", "-o", "-")
    bare = workbench.script("floors.py", "hpke-seal", keys)
    measured = workbench.stopwatch.alternate({"share": sharing, "bare": bare})
    what = f"share a group of {many}"
    reference = Reference("bare HPKE", measured["bare"].seconds)
    yield Row("groups", what, "s", measured["share"].seconds, reference, AGAINST_HPKE)
    update = workbench.write(sharing, workbench.directory / "team.update")
    yield memory_row(workbench, "groups", f"{what}: memory", sharing, update.stat().st_size)


def _acquainted(workbench: Workbench, count: int) -> _Pair:
    alice, bob = workbench.alice, workbench.bob
    others = crowd(count - 1)
    writer = make_keyring(workbench.directory / f"alice-{count}-contacts", alice, [bob, *others])
    reader = make_keyring(workbench.directory / f"bob-{count}-contacts", bob, [alice, *others])
    return _Pair(writer.directory.path, reader.directory.path)


def _grouped(workbench: Workbench, count: int) -> _Pair:
    alice, bob = workbench.alice, workbench.bob
    members = [alice, bob, *crowd(count - 2)]
    writer = make_keyring(workbench.directory / f"alice-group-{count}", alice, [bob])
    reader = make_keyring(workbench.directory / f"bob-group-{count}", bob, [alice])
    join_group(writer, alice, "team", members)
    join_group(reader, bob, "team", members)
    return _Pair(writer.directory.path, reader.directory.path)


def _alike(workbench: Workbench, section: str, what: str, commands: dict[int, Command]) -> Row:
    few, many = commands
    named = {str(count): command for count, command in commands.items()}
    measured = workbench.stopwatch.alternate(named, workbench.scale.short_factor)
    seconds = {name: result.seconds for name, result in measured.items()}
    reference = Reference(f"with {few}", seconds[str(few)])
    return Row(section, what.format(many), "s", seconds[str(many)], reference, ALIKE)
