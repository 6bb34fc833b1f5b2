"""Groups in the keyring: one directory each, `groups/<name>/`.

`group.toml` says who owns the group and lists the epochs: each with the roster's fingerprint, the epoch's
key (locked under the identity's secret) and what `send` and `open` need without reading the roster. Beside
it, for each epoch, `<epoch>.members` holds one line a member, sorted by key id, and the cards that the
lines point to. A roster never changes, so these can't disagree; `group.toml` is written last.
"""

import mmap
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from e2ecli.errors import DamagedError, KeyringError, UnknownNameError
from e2ecli.keyring import toml
from e2ecli.keyring.directory import KeyringDirectory, VanishedError
from e2ecli.keyring.files import flush_directory, naming, remove_directory, write_atomically
from e2ecli.keyring.keyid import key_id, parse_key_id
from e2ecli.keyring.petnames import is_petname
from e2ecli.keyring.signedcard import SignedCard
from e2ecli.keyring.surveys import Survey, survey
from e2ecli.nearness import did_you_mean
from e2ecli.primitives import aead
from e2ecli.primitives.ed25519 import SigningPublicKey
from e2ecli.primitives.secret import SecretBytes
from e2ecli.records import Record

if TYPE_CHECKING:
    from e2ecli.keyring.rosters import Roster

FORMAT = "e2e-group-state/1"
GROUP_ID_BYTES = 16
FINGERPRINT_BYTES = 32
_PART = "groups"
_STATE = "group.toml"
_REMEDY = "restore it from a backup; or remove the group's directory, and ask its owner for the group again"
_KEY_ID_CHARACTERS = 62
_OFFSET_DIGITS = 10
_LENGTH_DIGITS = 6
_LINE_BYTES = _KEY_ID_CHARACTERS + 1 + _OFFSET_DIGITS + 1 + _LENGTH_DIGITS + 1


class Epoch(Record):
    """One epoch of a group, without its members."""

    number: int
    fingerprint: bytes
    previous: bytes | None
    """The fingerprint of the roster before."""
    issued: datetime
    expires: datetime | None
    """When the first of the members' cards expires."""
    sealed_key: bytes


class GroupKeyLock(Protocol):
    """What an identity locks its groups' keys with at rest."""

    def seal_group_key(self, key: SecretBytes, associated_data: bytes) -> bytes:
        """Return a key as it may lie on disk."""
        ...

    def open_group_key(self, sealed: bytes, associated_data: bytes) -> SecretBytes:
        """Return a key that lay on disk; AeadOpenError where it was altered, or is another identity's."""
        ...


class Group(Record):
    """A group as it lies in the keyring: epochs in ascending order, the newest last."""

    name: str
    group_id: bytes
    title: str
    """The name that the owner gave it."""
    owner: SigningPublicKey
    identity: SigningPublicKey
    """Which of your identities is the member."""
    epochs: tuple[Epoch, ...]
    revoked: tuple[SigningPublicKey, ...] = ()
    """Members of the newest epoch whose revocation was imported."""
    handed_over_by: SigningPublicKey | None = None
    """The owner before, who signed the newest roster by which the group was handed over."""

    @property
    def issuer(self) -> SigningPublicKey:
        """Who signed the newest roster."""
        return self.handed_over_by or self.owner

    @property
    def newest(self) -> Epoch:
        """The epoch to send in."""
        return self.epochs[-1]

    def epoch(self, number: int) -> Epoch | None:
        """Return an epoch by its number, or None."""
        return next((epoch for epoch in self.epochs if epoch.number == number), None)

    def seal_key(self, number: int, key: SecretBytes, lock: GroupKeyLock) -> bytes:
        """Return an epoch's key locked by the identity."""
        return lock.seal_group_key(key, _associated_data(self.group_id, number))

    def open_key(self, epoch: Epoch, lock: GroupKeyLock) -> SecretBytes:
        """Return an epoch's key, 32 bytes.

        Raises:
            KeyringError: the file was altered, or the identity is another.
        """
        try:
            return lock.open_group_key(epoch.sealed_key, _associated_data(self.group_id, epoch.number))
        except aead.AeadOpenError:
            raise KeyringError(
                f"the key of the group “{self.name}”, epoch {epoch.number}, is damaged",
                f"ask the owner for the group again, after e2e groups leave {self.name}",
            ) from None


def _associated_data(group_id: bytes, epoch: int) -> bytes:
    return b"\n".join((FORMAT.encode(), group_id.hex().encode(), str(epoch).encode()))


class GroupStore(Record):
    """The groups of a keyring."""

    directory: KeyringDirectory

    def names(self) -> list[str]:
        """Return the names of all groups, in alphabetical order."""
        names = self.directory.names(_PART)
        return sorted(name for name in names if is_petname(name) and self._is_there(name))

    def _is_there(self, name: str) -> bool:
        """Whether a group is there, also one that can't be read: that is damage, and not absence."""
        try:
            self._state_path(name).lstat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            return True
        return True

    def all(self) -> list[Group]:
        """Return all groups, in the order of their names.

        Raises:
            KeyringError: one can't be read.
        """
        read = self.survey()
        read.check()
        return read.found

    def survey(self) -> Survey[Group]:
        """Return the groups that can be read, in the order of their names, and why others can't."""
        return survey(self.names(), self.find)

    def find(self, name: str) -> Group | None:
        """Return a group by its name, or None."""
        if not self.directory.exists() or not is_petname(name) or not self._is_there(name):
            return None
        path = self._state_path(name)
        try:
            content = self.directory.read_private(path)
        except VanishedError:  # another process left the group just now
            return None
        fields = toml.parse_own(content, path, FORMAT, _REMEDY)
        return toml.reading_own(path, lambda: _parse(name, fields), _REMEDY)

    def get(self, name: str) -> Group:
        """Return a group by its name.

        Raises:
            UnknownNameError: there is none.
        """
        group = self.find(name)
        if group is None:
            raise UnknownNameError(
                f"no group is called “{name}”",
                did_you_mean(name, self.names(), "e2e groups list shows your groups"),
            )
        return group

    def find_by_id(self, group_id: bytes) -> Group | None:
        """Return a group by its id, or None.

        Raises:
            KeyringError: none that can be read has it, and one can't be read.
        """
        read = self.survey()
        for group in read.found:
            if group.group_id == group_id:
                return group
        read.check()
        return None

    def write(self, group: Group) -> None:
        """Store what is said of a group and its epochs, and remove the members of all other epochs.

        The caller holds the keyring's lock.
        """
        path = self._state_path(group.name)
        write_atomically(path, toml.dump(_state(group)).encode())
        kept = {self.members_path(group.name, epoch.number) for epoch in group.epochs}
        with naming(path):
            forgotten = set(path.parent.glob("*.members")) - kept
            for members in forgotten:
                members.unlink()
            if forgotten:
                flush_directory(path.parent)

    def write_members(self, name: str, epoch: int, members: Mapping[str, str]) -> None:
        """Store the members of an epoch, armored cards by key id. The caller holds the keyring's lock."""
        path = self.members_path(name, epoch)
        with naming(path.parent):
            path.parent.mkdir(mode=0o700, exist_ok=True)
        lines, cards = [], []
        offset = len(members) * _LINE_BYTES
        for id_, text in sorted(members.items()):
            card = text.encode()
            lines.append(f"{id_} {offset:0{_OFFSET_DIGITS}} {len(card):0{_LENGTH_DIGITS}}\n".encode())
            cards.append(card)
            offset += len(card)
        write_atomically(path, b"".join(lines + cards))
        with naming(path.parent):
            flush_directory(path.parent.parent)

    def member(self, group: Group, epoch: int, key: SigningPublicKey) -> str | None:
        """Return the armored card of a member of an epoch, found without reading the others; else None."""
        path = self.members_path(group.name, epoch)
        wanted = key_id(key).encode()
        try:
            with (
                reading_members(path),
                path.open("rb") as file,
                mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
            ):
                low, high = 0, _count(content)
                while low < high:
                    middle = (low + high) // 2
                    if _key_id_at(content, middle) < wanted:
                        low = middle + 1
                    else:
                        high = middle
                line = content[low * _LINE_BYTES : (low + 1) * _LINE_BYTES]
                return _card_at(content, line) if line.startswith(wanted + b" ") else None
        except OSError as error:
            raise KeyringError(f"{path} can't be read: {error}") from error

    def members(self, group: Group, epoch: int) -> "StoredMembers":
        """Return the armored cards of all members of an epoch, in the order of their key ids."""
        content = self._members_content(group, epoch)
        path = self.members_path(group.name, epoch)
        with reading_members(path):
            places = [_place(content[at : at + _LINE_BYTES]) for at in _line_starts(content)]
        return StoredMembers(path, places)

    def member_ids(self, group: Group, epoch: int) -> list[str]:
        """Return the key ids of all members of an epoch, sorted."""
        content = self._members_content(group, epoch)
        with reading_members(self.members_path(group.name, epoch)):
            return [content[at : at + _KEY_ID_CHARACTERS].decode() for at in _line_starts(content)]

    def _members_content(self, group: Group, epoch: int) -> bytes:
        path = self.members_path(group.name, epoch)
        content = self.directory.read_private(path)
        with reading_members(path):
            _count(content)
        return content

    def remove(self, group: Group) -> None:
        """Remove a group. The caller holds the keyring's lock."""
        path = self._state_path(group.name).parent
        with naming(path):
            remove_directory(path)

    def _state_path(self, name: str) -> Path:
        return self.directory.part(_PART) / name / _STATE

    def members_path(self, name: str, epoch: int) -> Path:
        """Return the path of the file with an epoch's members."""
        return self.directory.part(_PART) / name / f"{epoch}.members"


class StoredMembers(Collection[str]):
    """The armored cards of an epoch's members, read from their file one at a time: there may be many."""

    def __init__(self, path: Path, places: list[tuple[int, int]]) -> None:
        self.path = path
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[str]:
        return map(self.at, range(len(self)))

    def __contains__(self, card: object) -> bool:
        return any(card == own for own in self)

    def at(self, index: int) -> str:
        """Return one member's card.

        Raises:
            KeyringError: the file is damaged or gone.
        """
        offset, length = self._places[index]
        try:
            with reading_members(self.path), self.path.open("rb", buffering=0) as file:
                file.seek(offset)
                return file.read(length).decode()
        except OSError as error:
            raise KeyringError(f"{self.path} can't be read: {error}") from error


def _count(content: bytes | mmap.mmap) -> int:
    """Return how many lines there are: the first card begins where they end."""
    if len(content) < _LINE_BYTES:
        raise ValueError("no members")
    start = _KEY_ID_CHARACTERS + 1
    count, rest = divmod(int(content[start : start + _OFFSET_DIGITS]), _LINE_BYTES)
    if rest or not 0 < count * _LINE_BYTES <= len(content):
        raise ValueError("no members")
    return count


def _line_starts(content: bytes) -> range:
    return range(0, _count(content) * _LINE_BYTES, _LINE_BYTES)


@contextmanager
def reading_members(path: Path) -> Iterator[None]:
    """Turn what a damaged file of members leads to into an error that names it."""
    try:
        yield
    except (ValueError, DamagedError) as error:
        raise KeyringError(f"{path} is damaged", _REMEDY) from error


def _key_id_at(content: bytes | mmap.mmap, line: int) -> bytes:
    return content[line * _LINE_BYTES : line * _LINE_BYTES + _KEY_ID_CHARACTERS]


def _card_at(content: bytes | mmap.mmap, line: bytes) -> str:
    offset, length = _place(line)
    return content[offset : offset + length].decode()


def _place(line: bytes) -> tuple[int, int]:
    """Return where a member's card begins, and its length in bytes."""
    _, offset, length = line.split()
    return int(offset), int(length)


def _state(group: Group) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "id": toml.encode_base64(group.group_id),
        "title": group.title,
        "owner": key_id(group.owner),
        "identity": key_id(group.identity),
        "revoked": [key_id(key) for key in group.revoked] or None,
        "handed_over_by": None if group.handed_over_by is None else key_id(group.handed_over_by),
        "epochs": [
            {key: value for key, value in fields.items() if value is not None}
            for fields in (
                {
                    "number": epoch.number,
                    "fingerprint": toml.encode_base64(epoch.fingerprint),
                    "previous": None if epoch.previous is None else toml.encode_base64(epoch.previous),
                    "issued": epoch.issued,
                    "expires": epoch.expires,
                    "key": toml.encode_base64(epoch.sealed_key),
                }
                for epoch in group.epochs
            )
        ],
    }


def _parse(name: str, fields: toml.Table) -> Group:
    handed_over_by = fields.optional_text("handed_over_by")
    revoked = fields.texts("revoked") if "revoked" in fields else []
    return Group(
        name=name,
        group_id=fields.base64("id", GROUP_ID_BYTES),
        title=fields.text("title"),
        owner=parse_key_id(fields.text("owner")),
        identity=parse_key_id(fields.text("identity")),
        epochs=tuple(map(_parse_epoch, fields.tables("epochs"))),
        revoked=tuple(map(parse_key_id, revoked)),
        handed_over_by=None if handed_over_by is None else parse_key_id(handed_over_by),
    )


def _parse_epoch(fields: toml.Table) -> Epoch:
    return Epoch(
        number=fields.integer("number", 1, 2**53),
        fingerprint=fields.base64("fingerprint", FINGERPRINT_BYTES),
        previous=fields.base64("previous", FINGERPRINT_BYTES) if "previous" in fields else None,
        issued=fields.time("issued"),
        expires=fields.optional_time("expires"),
        sealed_key=fields.base64("key"),
    )


def epoch_of(roster: "Roster", members: list[SignedCard], sealed_key: bytes) -> Epoch:
    """Return the epoch that a roster describes."""
    expiries = [member.card.expires for member in members if member.card.expires is not None]
    return Epoch(
        number=roster.epoch,
        fingerprint=roster.fingerprint(),
        previous=roster.previous,
        issued=roster.issued,
        expires=min(expiries, default=None),
        sealed_key=sealed_key,
    )
