"""Taking in a group's roster: from its owner alone, the next epoch or a later one (section 5)."""

from collections.abc import Callable

from e2ecli.errors import DamagedError, E2EError, RecipientError, RollbackError, SenderError
from e2ecli.keyring.contacts import Contact
from e2ecli.keyring.groups import Group
from e2ecli.keyring.identities import Identity
from e2ecli.keyring.petnames import check_petname
from e2ecli.keyring.rosters import Roster, parse_roster
from e2ecli.keyring.signedcard import SignedCard
from e2ecli.operations.cards import read_card
from e2ecli.operations.groups import add_epoch
from e2ecli.operations.import_card import name_for
from e2ecli.operations.open_import import OpenedImport
from e2ecli.operations.parallel import mapped
from e2ecli.operations.senders import AnonymousSender, Sender
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.records import Record

Confirm = Callable[[str], bool]
"""Asks the user a question; True is yes."""


class ImportedRoster(Record):
    """What became of a roster."""

    group: Group
    status: str
    """`new`, `updated` or `unchanged`."""


class SignedRoster(Record):
    """A roster, and who signed it."""

    roster: Roster
    signer: SigningPublicKey

    def members(self) -> list[SignedCard]:
        """Return the members' cards, each verified.

        Raises:
            DamagedError: one is no card, or there twice.
        """
        members = list(mapped(lambda text: read_card(text.encode()), tuple(self.roster.members)))
        if len({member.card.id for member in members}) != len(members):
            raise DamagedError("the roster has a member twice")
        return members


def read_roster(opened: OpenedImport) -> SignedRoster:
    """Read a roster, whose members' cards are still to be verified.

    Raises:
        DamagedError: it is no roster, or says of itself what its metadata doesn't.
        SenderError: it is anonymous.
    """
    roster = parse_roster(opened.text)
    metadata = opened.facts.metadata
    if (metadata.group, metadata.epoch) != (roster.group_id, roster.epoch):
        raise DamagedError("the roster is of another group or epoch than the message says")
    return SignedRoster(roster, _signer(opened.facts.sender))


def import_roster(
    workspace: Workspace, opened: OpenedImport, name: str | None, confirm: Confirm
) -> ImportedRoster:
    """Take an opened roster into the keyring.

    Arguments:
        name: what to call a new group; the slug of its name where None.
        confirm: asked before a group is joined.

    Raises:
        DamagedError: it is damaged, or no roster.
        SenderError: it isn't from the group's owner, or (a new group) not from one of your contacts.
        RollbackError: an older epoch, or another roster of an epoch that is known.
        RecipientError: you aren't among the members, or declined.
    """
    signed = read_roster(opened)
    known = workspace.groups.find_by_id(signed.roster.group_id)
    # Who signed it is checked first: thousands of cards to verify are work that strangers can't ask for.
    if known is None:
        owner = _check_owner(workspace, signed)
    elif _check_update(known, signed) == "unchanged":
        return ImportedRoster(known, "unchanged")
    members = signed.members()
    identity = _own_member(workspace, members, known)
    keys = workspace.keys_of(identity)
    if known is None and not confirm(
        f"Join the group “{signed.roster.name}” of {owner.petname}, with {len(members)} members?"
    ):
        raise E2EError(f"the group “{signed.roster.name}” was not joined")
    with workspace.directory.writing():
        was_known, known = known is not None, workspace.groups.find_by_id(signed.roster.group_id)
        if known is None and was_known:
            raise RecipientError(
                "you have just left this group: nothing was changed", "import it again to join it anew"
            )
        if known is None:
            group = _new_group(workspace, signed, identity, name)
        else:
            if _check_update(known, signed) == "unchanged":
                return ImportedRoster(known, "unchanged")
            group = known
        grown = add_epoch(workspace, group, signed.roster, members, keys)
    return ImportedRoster(grown, "new" if known is None else "updated")


def _signer(sender: Sender | AnonymousSender) -> SigningPublicKey:
    if isinstance(sender, AnonymousSender) or not isinstance(sender.key, SigningPublicKey):
        raise SenderError("a roster counts only with its owner's signature")
    return sender.key


def _own_member(workspace: Workspace, members: list[SignedCard], known: Group | None) -> Identity:
    """Return your identity in the group: the one that is in it already, or else the first member."""
    keys = {member.card.signing_key for member in members}
    wanted = keys if known is None else keys & {known.identity}
    identity = workspace.identity_where(lambda one: one.card.signing_key in wanted)
    if identity is not None:
        return identity
    if known is not None and any(one.card.signing_key in keys for one in workspace.identities.all()):
        raise RecipientError(
            f"your identity in the group “{known.name}” is no member any more, and another of yours is",
            f"e2e groups leave {known.name}, then import this again",
        )
    raise RecipientError(
        "you are not among the members of this group: nothing was changed",
        "give its owner your newest card: e2e export",
    )


def _check_owner(workspace: Workspace, signed: SignedRoster) -> Contact:
    """Return the owner of a group that is new here, whose roster may be taken in."""
    roster = signed.roster
    if signed.signer != roster.owner:
        raise SenderError("the roster is not signed by the group's owner: nothing was changed")
    owner = workspace.contacts.find_by_key(roster.owner)
    if owner is None:
        raise SenderError(
            "the group's owner is not one of your contacts: nothing was changed", "import their card first"
        )
    if owner.revoked is not None:
        raise SenderError(f"“{owner.petname}” has revoked the identity that owns the group")
    return owner


def _new_group(workspace: Workspace, signed: SignedRoster, identity: Identity, name: str | None) -> Group:
    roster = signed.roster
    local = name_for(roster.name) if name is None else check_petname(name)
    workspace.check_name_free(local, "choose another with --name PETNAME")
    return Group(local, roster.group_id, roster.name, roster.owner, identity.card.signing_key, ())


def _check_update(known: Group, signed: SignedRoster) -> str:
    roster, newest = signed.roster, known.newest
    if roster.epoch == newest.number and roster.fingerprint() == newest.fingerprint:
        return "unchanged"
    if signed.signer != known.owner:
        raise SenderError(
            f"the roster is not signed by the owner of the group “{known.name}”: nothing was changed",
            "if the group was handed over, import the update that said so first",
        )
    if roster.epoch < newest.number:
        raise RollbackError(
            f"this roster of “{known.name}” is of epoch {roster.epoch}, and the keyring has {newest.number}: "
            "nothing was changed"
        )
    if roster.epoch == newest.number:
        raise RollbackError(
            f"THERE ARE TWO DIFFERENT ROSTERS OF “{known.name}”, EPOCH {roster.epoch}: nothing was changed",
            f"compare fingerprints with other members: e2e groups show {known.name}",
        )
    if roster.epoch == newest.number + 1 and roster.previous != newest.fingerprint:
        raise RollbackError(
            f"this roster of “{known.name}” follows another one than the keyring has: nothing was changed",
            f"compare fingerprints with other members: e2e groups show {known.name}",
        )
    return "updated"
