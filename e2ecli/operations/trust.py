"""Whether a contact counts as verified: by safety numbers, or by a trusted contact's introduction."""

from e2ecli.keyring.contacts import Contact
from e2ecli.operations.contacts import find_contact
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.ed25519 import SigningPublicKey


def counts_as_verified(workspace: Workspace, contact: Contact) -> bool:
    """Return whether `--require-verified` accepts a contact.

    Raises:
        UnknownNameError: the configuration trusts the introductions of somebody unknown.
    """
    if contact.verified is not None:
        return True
    return contact.introduced_by is not None and contact.introduced_by in _trusted_introducers(workspace)


def _trusted_introducers(workspace: Workspace) -> set[SigningPublicKey | None]:
    names = workspace.config.trust_introductions_of
    introducers = [find_contact(workspace, name) for name in names]
    return {introducer.signing_key for introducer in introducers if introducer.revoked is None}
