"""What the `keys` commands share: which identity is meant, and telling what became of it."""

from e2ecli.cli.documents import identity_document
from e2ecli.cli.invocation import Invocation
from e2ecli.keyring.identities import Identity


def chosen_identity(invocation: Invocation, name: str | None) -> Identity:
    """Return the identity that a command names, or the one to act as."""
    workspace = invocation.workspace
    return workspace.own_identity() if name is None or name == "me" else workspace.identities.get(name)


def tell_changed(
    invocation: Invocation, identity: Identity, done: str, *, card_changed: bool = False
) -> None:
    """Report a changed identity, and that others need its new card."""
    invocation.report.document(identity_document(identity, invocation.workspace))
    invocation.report.say(done)
    if card_changed:
        invocation.report.say(f"give everybody the new card: e2e export {identity.name}")
