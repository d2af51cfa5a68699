"""`python -m evaluation --model provider:name`: run the labelled turns with a model and print what came of them."""

import argparse
import asyncio
import json
import os
from pathlib import Path

# Read when LangGraph is imported, as the server does.
os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

from domain.errors import FabulaError
from evaluation.labels import TURNS, read_labels
from evaluation.run import Result, run_turns
from evaluation.table import missed, table
from providers import models


def main() -> None:
    """Run the command."""
    options = read_options()
    try:
        models.check_name(options.model)
        labels = read_labels(options.turns)
        turns = [turn for turn in labels.turns if options.split in ("all", turn.split)]
        results = asyncio.run(run_turns(labels, turns, options.model, options.at_once))
    except FabulaError as error:
        raise SystemExit(str(error)) from None
    print(table(results, f"{options.model}, split {options.split}"))
    if options.show_missed:
        print(f"\n{missed(results)}")
    if options.out:
        options.out.write_text("".join(f"{line(result)}\n" for result in results), encoding="utf-8")


def read_options() -> argparse.Namespace:
    """Return what the command was given."""
    parser = argparse.ArgumentParser(prog="python -m evaluation", description=__doc__)
    parser.add_argument("--model", default=models.default_model(), help="the model, provider:name")
    parser.add_argument(
        "--split", choices=["test", "tune", "all"], default="test", help="which part of the turns"
    )
    parser.add_argument("--turns", type=Path, default=TURNS, help="another file of labelled turns")
    parser.add_argument("--at-once", type=int, default=4, help="how many conversations at once")
    parser.add_argument("--show-missed", action="store_true", help="name the turns that came out otherwise")
    parser.add_argument("--out", type=Path, help="a file for every result, as JSON lines")
    return parser.parse_args()


def line(result: Result) -> str:
    """Return a result as one line of JSON."""
    told = {"id": result.turn.id, "kind": result.turn.kind, "expected": result.turn.expected}
    told |= {"outcome": result.outcome, "reply": result.reply, "bridge": result.bridge}
    return json.dumps(told | {"leaks": result.leaks, "failed": result.failed}, ensure_ascii=False)


if __name__ == "__main__":
    main()
