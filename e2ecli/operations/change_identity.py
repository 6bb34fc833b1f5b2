"""Changing one of your identities: rotation, expiry, revocation, a new passphrase (sections 2.5 and 2.6)."""

from collections.abc import Callable
from datetime import timedelta

from e2ecli.errors import KeyringError, UsageError
from e2ecli.keyring.cards import Revocation, RevocationReason, next_issue, whole_second
from e2ecli.keyring.derivation import MOST_GENERATIONS
from e2ecli.keyring.identities import (
    Identity,
    KdfName,
    LockKey,
    PassphraseLock,
    Unlocked,
    seal_identity,
)
from e2ecli.operations.cards import issue_card
from e2ecli.operations.keygen import public_keys
from e2ecli.operations.unlock import drop
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.secret import SecretBytes


def rotate(workspace: Workspace, identity: Identity) -> Identity:
    """Make the next generation of encryption keys, and a card that shows it. Old messages still open.

    Raises:
        LockedError: no passphrase.
        KeyringError: the identity is revoked.
        UsageError: it has as many generations as there can be.
    """
    if identity.newest + 1 >= MOST_GENERATIONS:
        raise UsageError(
            f"“{identity.name}” has {MOST_GENERATIONS} generations, and there can't be more",
            f"make a new identity, then e2e keys revoke {identity.name} --reason superseded --successor IT",
        )

    def next_generation(unlocked: Unlocked, current: Identity) -> Identity:
        secrets = unlocked.secrets.rotated()
        card = current.card._replace(
            issued=next_issue(workspace.clock(), current.card), encryption_keys=public_keys(secrets)
        )
        signed_card = issue_card(card, secrets.signing_key())
        return seal_identity(current.name, signed_card, current.created, secrets, unlocked.lock_key)

    return _change(workspace, identity, next_generation)


def forget_generations(workspace: Workspace, identity: Identity, before: int) -> Identity:
    """Delete the generations before `before` for good: messages to them can't be opened any more.

    Raises:
        UsageError: that would leave none, or they are gone already.
        LockedError: no passphrase.
    """
    if not identity.oldest < before <= identity.newest:
        raise UsageError(
            f"“{identity.name}” has the generations {identity.oldest} to {identity.newest}: "
            f"--before takes one of {identity.oldest + 1} to {identity.newest}"
            if identity.newest > identity.oldest
            else f"“{identity.name}” has one generation alone: there is nothing to forget",
            "make a new one first: e2e keys rotate",
        )

    def forgetting(unlocked: Unlocked, current: Identity) -> Identity:
        secrets = unlocked.secrets.forgetting(before)
        return seal_identity(current.name, current.signed_card, current.created, secrets, unlocked.lock_key)

    return _change(workspace, identity, forgetting)


def change_expiry(workspace: Workspace, identity: Identity, valid_for: timedelta | None) -> Identity:
    """Issue a card that is good for another while from now, or for ever.

    Raises:
        LockedError: no passphrase.
        KeyringError: the identity is revoked.
    """

    def with_expiry(unlocked: Unlocked, current: Identity) -> Identity:
        issued = next_issue(workspace.clock(), current.card)
        expires = None if valid_for is None else whole_second(workspace.clock()) + valid_for
        card = current.card._replace(issued=issued, expires=expires)
        signed_card = issue_card(card, unlocked.secrets.signing_key())
        return current._replace(signed_card=signed_card)

    return _change(workspace, identity, with_expiry)


def revoke(
    workspace: Workspace,
    identity: Identity,
    reason: RevocationReason,
    successor: Identity | None,
) -> Identity:
    """Issue the card that ends an identity, and first one by which the successor, if any, vouches back.

    Raises:
        LockedError: no passphrase.
        KeyringError: it, or the successor, is revoked already.
        UsageError: it would be its own successor.
    """
    if successor is not None and successor.name == identity.name:
        raise UsageError("an identity can't be its own successor", "make another first: e2e keygen")
    for one in (identity, *(() if successor is None else (successor,))):
        _check_not_revoked(one)
    unlocked = workspace.unlock(identity)
    now = workspace.clock()
    next_key = None if successor is None else successor.card.signing_key
    card = identity.card._replace(
        issued=next_issue(now, identity.card),
        encryption_keys=None,
        revoked=Revocation(whole_second(now), reason, next_key),
    )
    revoked = identity._replace(signed_card=issue_card(card, unlocked.secrets.signing_key()))
    changes = [(identity, revoked)]
    if successor is not None:
        changes.insert(0, (successor, _vouching(workspace, successor, identity)))
    _write(workspace, changes)
    return revoked


def _vouching(workspace: Workspace, successor: Identity, predecessor: Identity) -> Identity:
    """Return the successor with a card that names its predecessor."""
    card = successor.card._replace(
        issued=next_issue(workspace.clock(), successor.card), predecessor=predecessor.card.signing_key
    )
    signer = workspace.keys_of(successor).signer
    return successor._replace(signed_card=issue_card(card, signer))


def change_passphrase(
    workspace: Workspace, identity: Identity, kdf: KdfName | None, new: Callable[[], SecretBytes]
) -> Identity:
    """Lock an identity under a new passphrase, which is asked for after the old one; `kdf` None unlocks it.

    Raises:
        LockedError: no passphrase.
    """

    def relocked(unlocked: Unlocked, current: Identity) -> Identity:
        lock_key = None if kdf is None else LockKey.derive(PassphraseLock.new(kdf), new())
        return seal_identity(current.name, current.signed_card, current.created, unlocked.secrets, lock_key)

    return _change(workspace, identity, relocked, also_revoked=True)


def _change(
    workspace: Workspace,
    identity: Identity,
    change: Callable[[Unlocked, Identity], Identity],
    *,
    also_revoked: bool = False,
) -> Identity:
    if not also_revoked:
        _check_not_revoked(identity)
    changed = change(workspace.unlock(identity), identity)
    _write(workspace, [(identity, changed)])
    return changed


def _check_not_revoked(identity: Identity) -> None:
    if identity.card.revoked is not None:
        raise KeyringError(
            f"your identity “{identity.name}” is revoked, and that is final", "make a new one: e2e keygen"
        )


def _write(workspace: Workspace, changes: list[tuple[Identity, Identity]]) -> None:
    """Store changed identities, none of which somebody else changed meanwhile."""
    with workspace.directory.writing():
        for before, _ in changes:
            if workspace.identities.get(before.name) != before:
                raise KeyringError(f"“{before.name}” was changed by somebody else meanwhile", "try again")
        for before, after in changes:
            workspace.identities.write(after)
            if after.sealed != before.sealed:
                drop(workspace.directory, before)
