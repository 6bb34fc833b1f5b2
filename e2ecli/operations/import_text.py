"""Taking in a card, an introduction, or a group's roster, each under its own purpose (section 2.7)."""

import io

from e2ecli.operations.cards import read_card
from e2ecli.operations.import_card import Imported, import_card
from e2ecli.operations.import_roster import Confirm, ImportedRoster, import_roster
from e2ecli.operations.introduce import introducer
from e2ecli.operations.open_import import open_import
from e2ecli.operations.reading import read_message
from e2ecli.operations.workspace import Workspace
from e2ecli.saltpack.header import SignatureHeader


def import_text(
    workspace: Workspace,
    text: bytes,
    name: str | None = None,
    *,
    replace_key: bool = False,
    confirm: Confirm = lambda _: False,
) -> Imported | ImportedRoster:
    """Take in a card, an introduction or a roster.

    Arguments:
        text: the card or sealed message, also within other text.
        name: what the keyring is to call the person or group; made from their own name where None.
        replace_key: let a card take the petname of a contact with another key.
        confirm: asked before a group is joined.

    Raises:
        DamagedError: it is none of these, or damaged.
        NotForYouError: it is sealed for somebody else.
        SenderError: an introduction isn't from a contact, or a roster not from its group's owner.
        RecipientError: what it says contradicts the keyring: a changed key, a rollback, a conflict.
    """
    message = read_message(io.BufferedReader(io.BytesIO(text)))
    if isinstance(message.header, SignatureHeader):
        return import_card(workspace, read_card(text), name, replace_key=replace_key)
    opened = open_import(workspace, message)
    if opened.facts.metadata.type == "roster":
        return import_roster(workspace, opened, name, confirm)
    return import_card(
        workspace,
        read_card(opened.text),
        name,
        replace_key=replace_key,
        introducer=introducer(opened.facts.sender),
    )
