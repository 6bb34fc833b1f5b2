"""Recording that safety numbers were compared: the only way to “verified” (section 4)."""

import re
from typing import Literal

from e2ecli.errors import RecipientError
from e2ecli.keyring.cards import whole_second
from e2ecli.keyring.contacts import Contact, Verification
from e2ecli.keyring.safety import DIGITS, safety_number
from e2ecli.operations.contacts import find_contact
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.hashes import equal_in_constant_time

Method = Literal["compared at the terminal", "digits given with --check"]


def safety_number_with(workspace: Workspace, contact: Contact) -> str:
    """Return the 60 digits that you and a contact should both see.

    Raises:
        RecipientError: the contact has no signing key.
        KeyringError: there is no identity of yours yet.
    """
    if contact.signing_key is None:
        raise RecipientError(
            f"the signing key of “{contact.petname}” is not known: there is no safety number",
            f"e2e contacts remove {contact.petname}, and add them again with --ed25519",
        )
    return safety_number(workspace.own_identity().card.signing_key, contact.signing_key)


def check_digits(workspace: Workspace, contact: Contact, digits: str) -> None:
    """Check digits that the contact gave by another way.

    Raises:
        RecipientError: they don't match, or are not 60 digits.
    """
    compared = re.sub(r"[\s-]", "", digits)
    if len(compared) != DIGITS or not compared.isascii() or not compared.isdigit():
        raise RecipientError(
            f"a safety number has {DIGITS} digits: nothing was recorded",
            f"e2e contacts verify {contact.petname} shows it",
        )
    if not equal_in_constant_time(compared.encode(), safety_number_with(workspace, contact).encode()):
        raise mismatch(contact)


def mismatch(contact: Contact) -> RecipientError:
    """Return the error for safety numbers that differ."""
    return RecipientError(
        f"THE SAFETY NUMBER OF “{contact.petname}” DOES NOT MATCH: somebody's key is not who you think. "
        "Nothing was recorded",
        f"ask {contact.petname} for their card and number by another way, then import it anew",
    )


def record_verification(workspace: Workspace, contact: Contact, method: Method) -> Contact:
    """Record that you compared safety numbers with a contact, now.

    Raises:
        RecipientError: the contact's key changed while you compared.
    """
    with workspace.directory.writing():
        current = find_contact(workspace, contact.petname)
        if current.signing_key != contact.signing_key:
            raise RecipientError(f"the key of “{contact.petname}” changed meanwhile: nothing was recorded")
        verified = current._replace(verified=Verification(whole_second(workspace.clock()), method))
        workspace.contacts.write(verified)
    return verified
