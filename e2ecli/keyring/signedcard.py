"""A card together with the signed text that proves it."""

from collections.abc import Callable
from typing import NamedTuple

from e2ecli.keyring.cards import Card


class SignedCard(NamedTuple):
    """A card whose signature has verified, and its armored form, which is what is stored and sent."""

    card: Card
    armored: str


CardReader = Callable[[bytes], SignedCard]
"""Verifies an armored card and reads it; raises DamagedError where it isn't one."""
