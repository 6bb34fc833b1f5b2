"""Filing the raw keys of somebody who uses other Saltpack software (section 2.1)."""

from e2ecli.errors import DamagedError, RecipientError, RollbackError, UsageError
from e2ecli.keyring.contacts import Contact, RawKeys
from e2ecli.keyring.petnames import check_petname
from e2ecli.operations.import_card import Imported, file_contact, refuse_revoked, rename_hint
from e2ecli.operations.workspace import Workspace
from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.primitives.x25519 import X25519PublicKey, X25519SecretKey


def add_contact(
    workspace: Workspace, petname: str, x25519: str, ed25519: str | None, *, replace_key: bool = False
) -> Imported:
    """File a contact's public keys, given in hexadecimal (32 bytes each).

    Raises:
        UsageError: the petname can't be one, or a key is not 32 bytes in hexadecimal.
        RecipientError: they are your own; or a key is of low order, so that anybody could read or sign.
        RollbackError: the keyring has a card with this signing key, which says more, or had a revoked one.
        KeyChangedError: the petname belongs to a contact with other keys.
    """
    check_petname(petname)
    keys = RawKeys(_x25519_key(x25519), None if ed25519 is None else _signing_key(ed25519))
    contact = Contact(petname, keys, workspace.clock())
    _refuse_own(workspace, keys)
    with workspace.directory.writing():
        known = None
        if keys.signing_key is not None:
            refuse_revoked(workspace, keys.signing_key, petname)
            known = workspace.contacts.find_by_key(keys.signing_key)
        holder = workspace.contacts.find(petname)
        if known is not None and known.signed_card is not None:
            raise RollbackError(
                f"the card of “{known.petname}” with this key is in the keyring already",
                f"it says more than raw keys: e2e contacts show {known.petname}",
            )
        if known is not None and known.petname != petname:
            raise RecipientError(
                f"this key is in the keyring already, as “{known.petname}”",
                rename_hint(workspace, known.petname, petname),
            )
        if holder is not None and holder.source == keys:
            return Imported(holder, "unchanged")
        return file_contact(workspace, contact, replace_key=replace_key)


def _refuse_own(workspace: Workspace, keys: RawKeys) -> None:
    for identity in workspace.identities.all():
        own = identity.card.encryption_keys
        if identity.card.signing_key == keys.signing_key or (own is not None and own.x25519 == keys.x25519):
            raise RecipientError(
                f"these are the keys of your own identity “{identity.name}”",
                "send to yourself with the name “me”, or with --self",
            )


def _x25519_key(text: str) -> X25519PublicKey:
    key = X25519PublicKey(_bytes(text, "--x25519"))
    try:
        X25519SecretKey.generate().shared_with(key)
    except DamagedError as error:
        message = f"this key can't be sealed to: {error.message}"
        raise RecipientError(message, "ask them for the key again") from error
    return key


def _signing_key(text: str) -> SigningPublicKey:
    key = SigningPublicKey(_bytes(text, "--ed25519"))
    if not key.is_valid():
        raise RecipientError(
            "this is no valid Ed25519 key: nothing could be recognised as theirs",
            "ask them for the key again, or leave out --ed25519",
        )
    return key


def _bytes(text: str, option: str) -> bytes:
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if len(value) != 32:
        raise UsageError(
            f"{option} takes 32 bytes in hexadecimal, 64 digits", "e2e keys show --raw prints such keys"
        )
    return value
