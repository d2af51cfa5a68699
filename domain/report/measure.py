"""A measure with its limit, and the report that holds them all."""

from pydantic import Field

from domain.story import Model

Number = float | int


class Measure(Model):
    """One number held against its limit; `where` says what was found, and in which chapter.

    What cannot be told of a language is not measured: its value is 0, and it passes.
    """

    name: str
    title: str
    value: float | int
    limit: str
    passed: bool
    where: list[str] = Field(default_factory=list)
    measured: bool = True


class Report(Model):
    """Every measure of a story; it passes when they all do. Notes tell what could not be measured."""

    passed: bool
    measures: list[Measure]
    notes: list[str] = Field(default_factory=list)

    def lines(self) -> list[str]:
        """Return the report as plain lines: what failed and where, and the notes."""
        measured = [measure for measure in self.measures if measure.measured]
        failed = [measure for measure in measured if not measure.passed]
        head = f"{len(measured) - len(failed)} of {len(measured)} measures passed"
        details = [
            f"{m.title}: {m.value:g}, expected {m.limit}" + "".join(f"\n  {at}" for at in m.where)
            for m in failed
        ]
        return [head, *details, *self.notes]


def at_most(name: str, title: str, value: Number, limit: Number, where: list[str]) -> Measure:
    """Measure something of which there must not be too much; `where` is told only when it fails."""
    passed = value <= limit
    return Measure(
        name=name,
        title=title,
        value=value,
        limit=f"<= {limit:g}",
        passed=passed,
        where=[] if passed else where,
    )


def at_least(name: str, title: str, value: Number, limit: Number, where: list[str]) -> Measure:
    """Measure something of which there must be enough; `where` is told only when it fails."""
    passed = value >= limit
    return Measure(
        name=name,
        title=title,
        value=value,
        limit=f">= {limit:g}",
        passed=passed,
        where=[] if passed else where,
    )


def not_measured(measure: Measure) -> Measure:
    """Return the measure without a judgement."""
    left_out = {"value": 0, "limit": "not measured", "passed": True, "where": [], "measured": False}
    return measure.model_copy(update=left_out)


def none_of(name: str, title: str, where: list[str]) -> Measure:
    """Measure something that must not be there at all: each line of `where` is one finding."""
    return at_most(name, title, len(where), 0, where)
