"""Records behave as `typing.NamedTuple`'s do, which type checkers take them for."""

import pickle
from typing import NamedTuple

import pytest

from e2ecli.primitives.secret import SecretBytes
from e2ecli.records import Record


class Card(Record):
    """A record with all that records have."""

    name: str
    age: int = 7
    """With a default."""
    tags: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        return f"{self.name}, {self.age}"

    def older(self, years: int = 1) -> "Card":
        return self._replace(age=self.age + years)


class Model(NamedTuple):
    """The same, made by Python."""

    name: str
    age: int = 7
    tags: tuple[str, ...] = ()


class Nothing(Record):
    """A record without a field."""


@pytest.mark.parametrize(
    ("positional", "named"),
    [
        (("alice",), {}),
        (("alice", 8), {}),
        (("alice", 8, ("a",)), {}),
        (("alice",), {"tags": ("a",)}),
        ((), {"tags": ("a",), "name": "alice"}),
        ((), {"tags": ("a",), "name": "alice", "age": 9}),
    ],
)
def test_fields_are_given_by_place_by_name_or_by_default(
    positional: tuple[object, ...], named: dict[str, object]
) -> None:
    card = Card(*positional, **named)  # type: ignore[arg-type]
    model = Model(*positional, **named)  # type: ignore[arg-type]
    assert tuple(card) == tuple(model)
    assert (card.name, card.age, card.tags) == (model.name, model.age, model.tags)
    assert card._asdict() == model._asdict()
    assert repr(card) == repr(model).replace("Model", "Card")
    assert hash(card) == hash(model)


@pytest.mark.parametrize(
    ("positional", "named"),
    [
        ((), {}),
        ((), {"age": 1}),
        (("alice", 8, (), "surplus"), {}),
        (("alice",), {"name": "bob"}),
        (("alice",), {"colour": "red"}),
        (("alice", 8, ()), {"colour": "red"}),
        (("alice", 8, ()), {"age": 1}),
    ],
)
def test_what_is_missing_surplus_unknown_or_given_twice_is_refused(
    positional: tuple[object, ...], named: dict[str, object]
) -> None:
    with pytest.raises(TypeError):
        Model(*positional, **named)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Card"):
        Card(*positional, **named)  # type: ignore[arg-type]


def test_the_fields_and_their_defaults_are_known() -> None:
    assert Card._fields == Model._fields
    assert Card._field_defaults == Model._field_defaults


def test_a_record_is_a_tuple() -> None:
    name, age, tags = Card("alice")
    assert (name, age, tags) == ("alice", 7, ())
    assert Card("alice") == Card("alice", 7, ()) != Card("bob")
    assert {Card("alice"): 1}[Card("alice")] == 1
    assert tuple(Nothing()) == ()


def test_a_field_cannot_be_assigned() -> None:
    card = Card("alice")
    with pytest.raises(AttributeError):
        card.name = "bob"  # type: ignore[misc]
    assert card.name == "alice"


def test_nothing_but_its_fields_can_be_assigned_either() -> None:
    card = Card("alice")
    with pytest.raises(AttributeError):
        card.colour = "red"  # type: ignore[attr-defined]
    assert not hasattr(card, "colour")


def test_a_replaced_field_leaves_the_others_and_the_record_itself() -> None:
    card = Card("alice", 8, ("a",))
    assert card._replace(name="bob") == Card("bob", 8, ("a",))
    assert card.older(2).shown == "alice, 10"
    assert card.age == 8
    with pytest.raises(TypeError):
        card._replace(colour="red")  # type: ignore[call-arg]


def test_a_record_is_matched_by_place_and_by_name() -> None:
    match Card("alice", 8):
        case Card(name, age, tags=()):
            assert (name, age) == ("alice", 8)
        case _:
            pytest.fail("it was not matched")


def test_a_record_survives_being_pickled() -> None:
    card = pickle.loads(pickle.dumps(Card("alice", 8)))  # its own
    assert isinstance(card, Card)
    assert card == Card("alice", 8)


def test_a_secret_in_a_record_is_not_shown() -> None:
    class Keys(Record):
        seed: SecretBytes

    assert "736565" not in repr(Keys(SecretBytes(b"seed"))).lower()
    assert "b'seed'" not in repr(Keys(SecretBytes(b"seed")))
