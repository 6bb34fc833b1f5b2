"""`e2e groups …`."""

import sys
from pathlib import Path
from typing import Any

import click

from e2ecli.cli import names, terminal
from e2ecli.cli.documents import rfc3339
from e2ecli.cli.invocation import Invocation, family, invoked
from e2ecli.cli.listing import Listed, attempted, report_list
from e2ecli.cli.names import completing
from e2ecli.cli.options import output_options
from e2ecli.cli.results import success
from e2ecli.cli.streams import Destination
from e2ecli.cli.tables import print_pairs, print_table
from e2ecli.errors import UsageError
from e2ecli.keyring.cards import Card
from e2ecli.keyring.contacts import Contact
from e2ecli.keyring.directory import settled
from e2ecli.keyring.groups import Group
from e2ecli.keyring.keyid import key_id, parse_key_id
from e2ecli.keyring.petnames import slug
from e2ecli.operations import groups
from e2ecli.operations.cards import member_card, member_cards
from e2ecli.operations.contacts import contacts_by_id, petname_of

command = family("groups", "Write to many as to one: make groups, share them, see who is in.")


@command.command("list")
@invoked()
def list_command(invocation: Invocation) -> None:
    """List your groups."""
    listed = settled(lambda: _listed(invocation))
    report_list(
        invocation.report,
        listed,
        lambda rows: print_table(("name", "title", "owner", "epoch", "members"), rows, essential=3),
        "you are in no group yet; e2e groups create NAME MEMBER… makes one",
    )


def _listed(invocation: Invocation) -> Listed:
    groups = invocation.workspace.groups.survey()

    def entry(group: Group) -> dict[str, Any] | tuple[str, ...]:
        return group_document(invocation, group) if invocation.report.as_json else _row(invocation, group)

    return Listed.of(map(attempted(entry), groups.found), groups.damaged.values())


def _row(invocation: Invocation, group: Group) -> tuple[str, ...]:
    return (
        group.name,
        group.title,
        _owner(invocation, group),
        str(group.newest.number),
        _count(invocation, group),
    )


@command.command("show")
@click.argument("name", shell_complete=completing(names.groups))
@invoked()
def show(invocation: Invocation, *, name: str) -> None:
    """Show a group, its members and its fingerprint, for members to compare."""
    group = invocation.workspace.groups.get(name)
    document = group_document(invocation, group)
    if invocation.report.as_json:
        invocation.report.document(document)
        return
    facts = [(key, str(document[key])) for key in ("name", "id", "owner", "epoch", "fingerprint", "issued")]
    print_pairs(facts)
    rows = [
        (member["name"], "verified" if member["verified"] else "not verified", member["id"])
        for member in document["members"]
    ]
    print_table(("member", "", "key id"), rows, essential=2)


@command.command("diff")
@click.argument("name", shell_complete=completing(names.groups))
@click.option(
    "--since", type=int, metavar="EPOCH", help="The epoch to compare with; the one before otherwise."
)
@invoked()
def diff(invocation: Invocation, *, name: str, since: int | None) -> None:
    """Show who came and who went between two epochs."""
    store = invocation.workspace.groups
    group = store.get(name)
    number = group.newest.number - 1 if since is None else since
    if number and group.epoch(number) is None:
        raise UsageError(f"epoch {number} of “{name}” is not in the keyring")
    before = set(store.member_ids(group, number)) if number else set()
    after = set(store.member_ids(group, group.newest.number))
    changes = {
        "added": (group.newest.number, sorted(after - before)),
        "removed": (number, sorted(before - after)),
    }
    if invocation.report.as_json:
        ids = {word: ids for word, (_, ids) in changes.items()}
        invocation.report.document({"name": name, "from": number, "to": group.newest.number, **ids})
        return
    rows = [
        (word, member_name, id_)
        for word, (epoch, ids) in changes.items()
        for id_, member_name in zip(ids, _member_names(invocation, group, epoch, ids), strict=True)
    ]
    if rows:
        print_table(("", "member", "key id"), rows, essential=2)


@command.command("create")
@click.argument("name")
@click.argument(
    "members", nargs=-1, required=True, metavar="MEMBER…", shell_complete=completing(names.contacts)
)
@invoked()
def create(invocation: Invocation, *, name: str, members: tuple[str, ...]) -> None:
    """Make a group of yourself and contacts.

    \b
    Example:
      e2e groups create team bob carol && e2e groups share team -o team.update
    """
    _tell(invocation, groups.create_group(invocation.workspace, name, members))


@command.command("add")
@click.argument("name", shell_complete=completing(names.groups))
@click.argument(
    "members", nargs=-1, required=True, metavar="MEMBER…", shell_complete=completing(names.contacts)
)
@invoked()
def add(invocation: Invocation, *, name: str, members: tuple[str, ...]) -> None:
    """Take more contacts into your group: a new epoch, with a new key."""
    _tell(invocation, groups.add_members(invocation.workspace, name, members))


@command.command("remove")
@click.argument("name", shell_complete=completing(names.groups))
@click.argument(
    "members", nargs=-1, required=True, metavar="MEMBER…", shell_complete=completing(names.contacts)
)
@invoked()
def remove(invocation: Invocation, *, name: str, members: tuple[str, ...]) -> None:
    """Remove members from your group: a new epoch, whose key they never get.

    That doesn't unsend what they could already read.
    """
    _tell(invocation, groups.remove_members(invocation.workspace, name, members))


@command.command("rotate")
@click.argument("name", shell_complete=completing(names.groups))
@invoked()
def rotate(invocation: Invocation, *, name: str) -> None:
    """Give your group a new key, and the members' newest cards."""
    _tell(invocation, groups.rotate_group(invocation.workspace, name))


@command.command("transfer")
@click.argument("name", shell_complete=completing(names.groups))
@click.argument("new_owner", metavar="NEWOWNER", shell_complete=completing(names.contacts))
@invoked()
def transfer(invocation: Invocation, *, name: str, new_owner: str) -> None:
    """Hand your group over to another member."""
    _tell(invocation, groups.transfer_group(invocation.workspace, name, new_owner))


@command.command("share")
@click.argument("name", shell_complete=completing(names.groups))
@click.option("-a", "--armor", is_flag=True, help="Write text that survives mail and chat.")
@output_options()
@invoked(writes_data=True)
def share(
    invocation: Invocation,
    *,
    name: str,
    armor: bool,
    output: Path | None,
    directory: Path | None,
    overwrite: bool,
) -> None:
    """Seal your group's newest roster to its members, who run e2e import.

    One update serves all; -d DIR writes one a member, each with one recipient. Its length still tells about
    how many members there are.
    """
    if output is not None and directory is not None:
        raise UsageError("-o and -d don't go together")
    update = groups.prepare_update(invocation.workspace, name)
    people = update.sending.addressees.people
    destination = Destination(output, directory, overwrite)
    armored = armor or (destination.to_stdout and terminal.is_terminal(sys.stdout))
    parts = [(f"{name}.update", people)]
    if directory is not None:
        of_files = _different([person.name for person in people])
        parts = [(f"{name}.{one}.update", (person,)) for one, person in zip(of_files, people, strict=True)]
    for file_name, recipients in parts:
        with destination.open(file_name) as file:
            groups.seal_update(update, recipients, file.write, armored=armored)
            file.commit()
    success(invocation, {"name": name, "epoch": update.group.newest.number, "recipients": len(people)})
    invocation.report.say(f"sealed epoch {update.group.newest.number} of “{name}” to {_members(len(people))}")


@command.command("forget")
@click.argument("name", shell_complete=completing(names.groups))
@click.option("--before", type=int, required=True, metavar="EPOCH", help="The first epoch to keep.")
@invoked()
def forget(invocation: Invocation, *, name: str, before: int) -> None:
    """Delete the keys of old epochs for good: their messages can't be opened any more."""
    _tell(invocation, groups.forget_epochs(invocation.workspace, name, before), shared=False)


@command.command("leave")
@click.argument("name", shell_complete=completing(names.groups))
@invoked()
def leave(invocation: Invocation, *, name: str) -> None:
    """Remove a group from your keyring. Ask its owner to remove you from the group."""
    group = groups.leave_group(invocation.workspace, name)
    invocation.report.document({"name": group.name, "id": group.group_id.hex()})
    invocation.report.say(f"“{name}” is gone from this keyring; its owner can remove you from the group")


def group_document(invocation: Invocation, group: Group) -> dict[str, Any]:
    """Return a group, as `groups list` and `groups show` do."""
    workspace = invocation.workspace
    cards = list(member_cards(workspace.groups.members(group, group.newest.number)))
    contacts = contacts_by_id(workspace, (card.id for card in cards))
    own = {identity.card.id for identity in workspace.readable_identities()}
    return {
        "name": group.name,
        "id": group.group_id.hex(),
        "owner": key_id(group.owner),
        "epoch": group.newest.number,
        "fingerprint": group.newest.fingerprint.hex(),
        "members": [_member_document(card, contacts.get(card.id), own) for card in cards],
        "issued": rfc3339(group.newest.issued),
    }


def _member_document(card: Card, contact: Contact | None, own: set[str]) -> dict[str, Any]:
    return {
        "name": card.name if contact is None else contact.petname,
        "id": card.id,
        "verified": card.id in own or (contact is not None and contact.verified is not None),
    }


def _tell(invocation: Invocation, group: Group, *, shared: bool = True) -> None:
    invocation.report.document(group_document(invocation, group))
    count = _count(invocation, group)
    invocation.report.say(f"“{group.name}” is at epoch {group.newest.number}, with {_members(int(count))}")
    if shared:
        update = f"{group.name}.{group.newest.number}.update"
        invocation.report.say(f"tell the members: e2e groups share {group.name} -o {update}")


def _count(invocation: Invocation, group: Group) -> str:
    return str(len(invocation.workspace.groups.member_ids(group, group.newest.number)))


def _members(count: int) -> str:
    return "one member" if count == 1 else f"{count} members"


def _owner(invocation: Invocation, group: Group) -> str:
    if group.owner == group.identity:
        return "you"
    return petname_of(invocation.workspace, group.owner) or key_id(group.owner)


def _member_names(invocation: Invocation, group: Group, epoch: int, ids: list[str]) -> list[str]:
    """Return what members are called: as contacts, or else on the cards that they had in an epoch."""
    contacts = contacts_by_id(invocation.workspace, ids)
    return [
        contacts[id_].petname if id_ in contacts else _name_on_card(invocation, group, epoch, id_)
        for id_ in ids
    ]


def _name_on_card(invocation: Invocation, group: Group, epoch: int, id_: str) -> str:
    card = member_card(invocation.workspace.groups, group, epoch, parse_key_id(id_))
    return "" if card is None else card.name


def _different(names: list[str]) -> list[str]:
    """Return names for files, one for each of `names`, no two of them the same."""
    different: dict[str, None] = {}
    for name in names:
        try:
            wanted = chosen = slug(name)
        except UsageError:
            wanted = chosen = "member"
        place = 2
        while chosen in different:
            chosen, place = f"{wanted}-{place}", place + 1
        different[chosen] = None
    return list(different)
