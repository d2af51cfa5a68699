"""Looks for sentences in everything that a database and an object store hold."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg
from psycopg import sql

PLANTED = "the quince in Zarathen remembers every cellar"
COLUMNS = """
    SELECT n.nspname, c.relname, a.attname, a.atttypid::regtype::text
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm', 'p') AND a.attnum > 0 AND NOT a.attisdropped
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
"""


def places(database: str, folder: Path, sentences: Iterable[str]) -> set[str]:
    """Return the columns and folders of values in which one of the sentences stands as it is."""
    wanted = [sentence.encode() for sentence in sentences]
    assert wanted
    return {
        place for place, data in (*rows(database), *files(folder)) if any(each in data for each in wanted)
    }


def rows(database: str) -> Iterator[tuple[str, bytes]]:
    """Yield every value of every column of every table, of all schemas, as bytes."""
    with psycopg.connect(database) as conn:
        for schema, table, column, kind in conn.execute(COLUMNS).fetchall():
            where = sql.Identifier(schema, table)
            shown = sql.SQL("{}" if kind == "bytea" else "convert_to({}::text, 'UTF8')")
            query = sql.SQL("SELECT {} FROM {} WHERE {} IS NOT NULL").format(
                shown.format(sql.Identifier(column)), where, sql.Identifier(column)
            )
            for (data,) in conn.execute(query, binary=True).fetchall():
                yield f"{table}.{column}", bytes(data)


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every value that is kept outside the database."""
    for file in (folder / "values").rglob("*"):
        if file.is_file():
            yield "values", file.read_bytes()


def runs_of_words(*texts: str) -> set[str]:
    """Return distinctive parts of texts, which no encoding changes: long runs of letters and spaces."""
    return {found for text in texts for found in re.findall(r"[A-Za-z ]{24,}", text)}
