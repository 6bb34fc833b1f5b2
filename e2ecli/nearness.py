"""What somebody may have meant who mistyped a name."""

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like another one, or None if none is much like it."""
    import difflib  # noqa: PLC0415  # only where somebody mistyped

    others = [one for one in known if one != word]
    return next(iter(difflib.get_close_matches(word, others, 1)), None)


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """Return a hint that asks for the known word that is most like another one, or says `otherwise`."""
    near = nearest(word, known)
    return otherwise if near is None else f"did you mean {near}?"
