"""Words that several commands use of people."""

from e2ecli.keyring.contacts import Contact


def described(contact: Contact) -> str:
    """Return a contact's petname, and the name on their card where there is one."""
    return f"“{contact.petname}”" + (f" ({contact.card.name})" if contact.card else "")
