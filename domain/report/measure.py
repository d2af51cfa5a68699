"""A measure with its limit, and the report that holds them all."""

from pydantic import Field

from domain.story import Model

Number = float | int


class Measure(Model):
    """One number held against its limit; `where` says what was found, and in which chapter."""

    name: str
    title: str
    value: float | int
    limit: str
    passed: bool
    where: list[str] = Field(default_factory=list)


class Report(Model):
    """Every measure of a story; it passes when they all do. Notes tell what could not be measured."""

    passed: bool
    measures: list[Measure]
    notes: list[str] = Field(default_factory=list)

    def lines(self) -> list[str]:
        """Return the report as plain lines: what failed and where, and the notes."""
        failed = [measure for measure in self.measures if not measure.passed]
        head = f"{len(self.measures) - len(failed)} of {len(self.measures)} measures passed"
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


def none_of(name: str, title: str, where: list[str]) -> Measure:
    """Measure something that must not be there at all: each line of `where` is one finding."""
    return at_most(name, title, len(where), 0, where)
