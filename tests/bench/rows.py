"""A row of the result: what was measured, against what, and whether that is within the budget."""

from typing import Any, Literal, NamedTuple

Unit = Literal["s", "ms/file", "MiB", "MiB/s", "bytes"]


class Budget(NamedTuple):
    """A bound, on the ratio or on the measured figure itself."""

    relation: Literal["≥", "≤"]
    bound: float
    of: Literal["ratio", "measured"] = "ratio"

    def met_by(self, value: float) -> bool:
        """Whether a value is within it."""
        return value >= self.bound if self.relation == "≥" else value <= self.bound


class Reference(NamedTuple):
    """What a figure is compared with."""

    name: str
    value: float


class Row(NamedTuple):
    """One line of the result. Figures are medians over the rounds; memory is the most of any."""

    section: str
    what: str
    unit: Unit
    measured: float
    reference: Reference | None
    budget: Budget | None

    @property
    def ratio(self) -> float | None:
        """How the measured figure is to the reference."""
        return None if self.reference is None else self.measured / self.reference.value

    @property
    def met(self) -> bool | None:
        """Whether the budget is met; None where there is none."""
        value = self.measured if self.budget is None or self.budget.of == "measured" else self.ratio
        return None if self.budget is None or value is None else self.budget.met_by(value)

    def document(self) -> dict[str, Any]:
        """Return the row for `--json`."""
        return {
            "section": self.section,
            "what": self.what,
            "unit": self.unit,
            "measured": self.measured,
            "reference": None if self.reference is None else self.reference._asdict(),
            "ratio": self.ratio,
            "budget": None if self.budget is None else self.budget._asdict(),
            "met": self.met,
        }
