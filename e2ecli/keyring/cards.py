"""Cards: what an identity says of itself, as TOML text (section 2.5). Signatures are checked elsewhere."""

import unicodedata
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from e2ecli.errors import DamagedError
from e2ecli.keyring import toml
from e2ecli.keyring.keyid import key_id, parse_key_id
from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.primitives.x25519 import X25519PublicKey
from e2ecli.records import Record

FORMAT = "e2e-card/1"
HYBRID_KEY_BYTES = 1216
NAME_CHARACTERS = 128
EMAIL_CHARACTERS = 254
_NOT_NORMAL_CHARACTERS = 4 * NAME_CHARACTERS

RevocationReason = Literal["lost", "compromised", "superseded", "retired"]


class Revocation(Record):
    """That an identity is no longer to be used, since when and why."""

    at: datetime
    reason: RevocationReason
    successor: SigningPublicKey | None


class EncryptionKeys(Record):
    """The public keys that others seal to: X25519 (32 bytes) and hybrid (1216 bytes, or none)."""

    x25519: X25519PublicKey
    hybrid: bytes | None


class Card(Record):
    """The public half of an identity. A revoked card has no encryption keys."""

    name: str
    email: str | None
    signing_key: SigningPublicKey
    issued: datetime
    expires: datetime | None
    encryption_keys: EncryptionKeys | None
    revoked: Revocation | None
    predecessor: SigningPublicKey | None = None
    """The revoked identity that this one takes the place of."""

    @property
    def id(self) -> str:
        """The key id."""
        return key_id(self.signing_key)

    def expired(self, now: datetime) -> bool:
        """Whether the card's time is over."""
        return self.expires is not None and now >= self.expires


def check_name(name: str) -> str:
    """Return a name as it may stand on a card: NFC, 1 to 128 characters, no control characters.

    Raises:
        DamagedError: it may not.
    """
    # Normalizing takes time that grows with the square of a run of combining marks.
    normal = unicodedata.normalize("NFC", name) if len(name) <= _NOT_NORMAL_CHARACTERS else ""
    if not 1 <= len(normal) <= NAME_CHARACTERS or _has_control_characters(normal) or not normal.strip():
        raise DamagedError(f"a name has 1 to {NAME_CHARACTERS} characters, none of them control characters")
    return normal


def check_email(email: str) -> str:
    """Return an e-mail address as it may stand on a card.

    Raises:
        DamagedError: it may not.
    """
    wrong = not 3 <= len(email) <= EMAIL_CHARACTERS or "@" not in email or " " in email
    if wrong or _has_control_characters(email):
        raise DamagedError("an e-mail address has an @ in it, and no spaces or control characters")
    return email


def parse_card(text: bytes, signer: SigningPublicKey) -> Card:
    """Parse the TOML text of a card that `signer` signed.

    Raises:
        DamagedError: it is no card, a field is wrong, or another key than its own signed it.
    """
    fields = toml.parse(text, "the card")
    fields.check_format(FORMAT)
    id_ = fields.text("id")
    if id_ != key_id(signer) and parse_key_id(id_) != signer:
        raise DamagedError("the card was signed by another key than its own")
    name = fields.text("name")
    if check_name(name) != name:
        raise DamagedError("the card's name is not in Unicode's normal form C")
    email = fields.optional_text("email")
    revoked = _parse_revocation(fields.table("revoked")) if "revoked" in fields else None
    predecessor = fields.optional_text("predecessor")
    has_keys = revoked is None or "keys" in fields
    return Card(
        name=name,
        email=None if email is None else check_email(email),
        signing_key=signer,
        issued=fields.time("issued"),
        expires=fields.optional_time("expires"),
        encryption_keys=_parse_keys(fields.table("keys")) if has_keys else None,
        revoked=revoked,
        predecessor=None if predecessor is None else parse_key_id(predecessor),
    )


def format_card(card: Card) -> bytes:
    """Return the TOML text of a card."""
    fields: dict[str, Any] = {
        "format": FORMAT,
        "name": card.name,
        "email": card.email,
        "id": card.id,
        "issued": card.issued,
        "expires": card.expires,
        "predecessor": None if card.predecessor is None else key_id(card.predecessor),
    }
    if card.revoked is not None:
        revocation: dict[str, Any] = {"at": card.revoked.at, "reason": card.revoked.reason}
        if card.revoked.successor is not None:
            revocation["successor"] = key_id(card.revoked.successor)
        fields["revoked"] = revocation
    elif card.encryption_keys is not None:
        fields["keys"] = {"x25519": toml.encode_base64(card.encryption_keys.x25519.value)}
        if card.encryption_keys.hybrid is not None:
            fields["keys"]["mlkem768x25519"] = toml.encode_base64(card.encryption_keys.hybrid)
    return toml.dump(fields).encode()


def whole_second(time: datetime) -> datetime:
    """Return the time as it stands on cards, without a fraction of a second."""
    return time.replace(microsecond=0)


def next_issue(now: datetime, previous: Card | None) -> datetime:
    """Return when a new card counts as issued: now, and later than the card that it replaces."""
    issued = whole_second(now)
    return issued if previous is None else max(issued, previous.issued + timedelta(seconds=1))


def _parse_keys(fields: toml.Table) -> EncryptionKeys:
    hybrid = fields.base64("mlkem768x25519", HYBRID_KEY_BYTES) if "mlkem768x25519" in fields else None
    return EncryptionKeys(X25519PublicKey(fields.base64("x25519", 32)), hybrid)


def _parse_revocation(fields: toml.Table) -> Revocation:
    reason = fields.text("reason")
    if reason not in get_args(RevocationReason):
        raise DamagedError("the card is revoked for an unknown reason")
    successor = fields.optional_text("successor")
    return Revocation(
        fields.time("at"),
        reason,  # type: ignore[arg-type]  # just checked
        None if successor is None else parse_key_id(successor),
    )


def _has_control_characters(text: str) -> bool:
    return any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text)
