"""Which requirement rows are proven: `pytest --rows` prints each row with the tests that passed for it."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).parent.parent / "docs" / "requirements.md"
ROW = re.compile(r"^\| ([A-D]\d\d) \|(.*)\|$", re.MULTILINE)
passed: dict[str, set[str]] = defaultdict(set)
failed: dict[str, set[str]] = defaultdict(set)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rows", action="store_true", help="print the requirement rows and their tests")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a marker that names no row, or more than three at once."""
    known = {row for row, _ in requirement_rows()}
    for item in items:
        rows = [row for mark in item.iter_markers("req") for row in mark.args]
        if unknown := set(rows) - known:
            raise pytest.UsageError(f"{item.nodeid} names unknown rows: {sorted(unknown)}")
        if len(rows) > 3:
            raise pytest.UsageError(f"{item.nodeid} names more than three rows: {rows}")
        item.user_properties.append(("rows", rows))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    rows = dict(report.user_properties).get("rows", [])
    for row in rows:
        if report.failed:
            failed[row].add(report.nodeid)
        elif report.when == "call" and report.passed:
            passed[row].add(report.nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not config.getoption("--rows"):
        return
    rows = requirement_rows()
    for row, text in rows:
        proven = passed[row] - failed[row]
        state = "failed" if failed[row] else "proven" if proven else "open  "
        terminalreporter.write_line(f"{row} {state} {text}")
        for nodeid in sorted(failed[row] or proven):
            terminalreporter.write_line(f"      {nodeid}")
    count = sum(1 for row, _ in rows if passed[row] and not failed[row])
    terminalreporter.write_line(f"{count} of {len(rows)} rows proven")


def requirement_rows() -> list[tuple[str, str]]:
    """Return each row's id and text, in the order of the document."""
    found = ROW.findall(REQUIREMENTS.read_text(encoding="utf-8"))
    return [(row, rest.split("|")[0].replace("**", "").strip()) for row, rest in found]
