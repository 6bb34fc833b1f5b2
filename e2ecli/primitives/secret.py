"""Bytes that must not be seen."""

from typing import NoReturn

from e2ecli.primitives.hashes import equal_in_constant_time


class SecretBytes:
    """Secret bytes that compare in constant time and never show in a `repr`, a format or a pickle."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """Return the secret itself, for the primitive that needs it."""
        return self._value

    def __len__(self) -> int:
        return len(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecretBytes):
            return NotImplemented
        return equal_in_constant_time(self._value, other._value)

    __hash__ = None  # type: ignore[assignment]  # a hash would be a fingerprint of the secret

    def __repr__(self) -> str:
        return f"<{len(self._value)} secret bytes>"

    def __format__(self, format_spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("secret bytes can't be pickled or copied")
