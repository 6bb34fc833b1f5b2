"""Immutable records: `typing.NamedTuple` as this program uses it, its class made in a tenth of the time.

Dozens of such classes are made at every start. Each of Python's own, dataclasses as well, compiles code of
its own; these share theirs, for a microsecond or two more a record.
"""

from collections.abc import Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, Any, ClassVar

__all__ = ["Record"]

if TYPE_CHECKING:
    from typing import NamedTuple as Record  # type checkers know these best as what they resemble
else:

    class _WithoutOtherAttributes(type):
        @classmethod
        def __prepare__(cls, _name: str, _bases: tuple[type, ...]) -> dict[str, object]:
            return {"__slots__": ()}

    class Record(tuple, metaclass=_WithoutOtherAttributes):
        """A tuple whose fields, annotated in the class, have names and perhaps defaults."""

        _fields: ClassVar[tuple[str, ...]]
        _field_defaults: ClassVar[dict[str, Any]]

        def __init_subclass__(cls) -> None:
            cls._fields = cls.__match_args__ = tuple(cls.__annotations__)
            cls._field_defaults = {name: cls.__dict__[name] for name in cls._fields if name in cls.__dict__}
            for index, name in enumerate(cls._fields):
                setattr(cls, name, property(itemgetter(index)))

        def __new__(cls, *values: Any, **named: Any) -> "Record":
            if named or len(values) != len(cls._fields):
                values = (*values, *_others(cls, len(values), named))
            return tuple.__new__(cls, values)

        def __repr__(self) -> str:
            fields = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
            return f"{type(self).__name__}({fields})"

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)

        def _replace(self, **changes: Any) -> "Record":
            return type(self)(**(self._asdict() | changes))

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))


def _others(cls: Any, given: int, named: dict[str, Any]) -> Iterator[Any]:
    """Yield the values of the fields behind the first ones, from those that are named or by default."""
    values = cls._field_defaults | named
    others = cls._fields[given:]
    missing = [name for name in others if name not in values]
    unknown = [name for name in named if name not in others]
    if given > len(cls._fields) or missing or unknown:
        raise TypeError(f"{cls.__name__}: {missing} are missing, {unknown} unknown")
    return map(values.__getitem__, others)
