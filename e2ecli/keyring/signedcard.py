"""A card together with the signed message that proves it."""

from collections.abc import Callable
from typing import NamedTuple

from e2ecli.keyring.cards import Card


class SignedCard(NamedTuple):
    """A card whose signature has verified, and the armored text that it came in, or is given out as."""

    card: Card
    armored: str


CardReader = Callable[[bytes], SignedCard]
"""Verifies an armored card and reads it; raises DamagedError where it isn't one."""
