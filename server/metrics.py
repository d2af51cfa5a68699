"""What Prometheus reads at `/metrics`. Labels are few: graphs as served, their nodes, models, services; never an id."""

import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import structlog
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.outputs import LLMResult
from prometheus_client import Counter, Histogram

from domain.outside import LISTENERS

QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
LONG = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1_200)
MOST_NAMES = 100
MOST_RUNS = 10_000

SESSIONS = Counter(
    "fabula_sessions_created", "Threads: story jobs, creator sessions, conversations.", ["graph"]
)
ACCEPTED = Counter("fabula_runs_accepted", "Runs that were accepted.", ["graph"])
SETTLED = Counter("fabula_runs_settled", "Runs that ended.", ["graph", "status"])
RUN = Histogram("fabula_run_seconds", "From a run's last claim to its end.", ["graph"], buckets=LONG)
WAIT = Histogram(
    "fabula_queue_wait_seconds", "From when a run could start to its first claim.", ["graph"], buckets=QUICK
)
STAGE = Histogram(
    "fabula_stage_seconds", "How long a product's stage took.", ["graph", "stage"], buckets=LONG
)
NODE = Histogram("fabula_node_seconds", "How long a node took.", ["graph", "node", "outcome"], buckets=LONG)
MODEL = Histogram(
    "fabula_model_seconds",
    "How long a model's answer took.",
    ["graph", "node", "model", "outcome"],
    buckets=LONG,
)
TOKENS = Counter(
    "fabula_model_tokens", "Tokens; cached ones are a part of input.", ["graph", "node", "model", "kind"]
)
DOLLARS = Counter(
    "fabula_model_cost_dollars", "What tokens cost, where a model's price is set.", ["graph", "model"]
)
MEMO = Counter("fabula_memo_lookups", "Calls that were looked up in the memo.", ["graph", "prompt", "found"])
OUTSIDE = Histogram(
    "fabula_outside_seconds", "How long other services took.", ["service", "outcome"], buckets=LONG
)

logger = structlog.get_logger(__name__)


class Names:
    """The values of a label: the first hundred there are, and `other` for the rest."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def __call__(self, name: Any) -> str:
        if len(self._known) < MOST_NAMES:
            self._known.add(str(name))
        return str(name) if name in self._known else "other"


stages, nodes, models, services, prompts = Names(), Names(), Names(), Names(), Names()
served: set[str] = set()
# What the models of the runs under way here have used, until the runs settle.
spent: OrderedDict[str, dict[str, float]] = OrderedDict()


def count_session(graph_id: str) -> None:
    """Count a new thread of a graph."""
    SESSIONS.labels(graph_id if graph_id in served else "other").inc()


def note_outside(service: str, seconds: float, succeeded: bool) -> None:
    """Note how long another service took."""
    OUTSIDE.labels(services(service), outcome(succeeded)).observe(seconds)


def serve_graphs(names: Iterable[str]) -> None:
    """Know these graphs by their names, and listen to what other services take."""
    served.update(names)
    if note_outside not in LISTENERS:
        LISTENERS.append(note_outside)


def outcome(succeeded: bool) -> str:
    return "success" if succeeded else "error"


class Steps:
    """The nodes and stages of one run, as its stream tells them."""

    def __init__(self, graph: str) -> None:
        self.graph = graph
        self._begun: dict[str, float] = {}
        self._stage = ("", 0.0)

    def see(self, namespace: Any, mode: str, data: Any) -> None:
        """Note what a part of the stream says."""
        if mode == "tasks":
            self._see_task(data)
        elif mode == "custom" and isinstance(data, dict):
            self._see_event(data)

    def end(self) -> None:
        """Note that the run is over."""
        self._enter("")

    def _see_task(self, data: dict[str, Any]) -> None:
        if "result" not in data:
            self._begun[data["id"]] = time.perf_counter()
        elif (begun := self._begun.pop(data["id"], None)) is not None:
            how = "interrupt" if data.get("interrupts") else outcome(not data.get("error"))
            NODE.labels(self.graph, nodes(data["name"]), how).observe(time.perf_counter() - begun)

    def _see_event(self, data: dict[str, Any]) -> None:
        match data.get("event"):
            case "progress":
                self._enter(str(data.get("phase") or ""))
            case "memo":
                MEMO.labels(self.graph, prompts(data.get("prompt")), "yes" if data.get("hit") else "no").inc()

    def _enter(self, stage: str) -> None:
        before, since = self._stage
        if stage != before:
            now = time.perf_counter()
            if before:
                STAGE.labels(self.graph, stages(before)).observe(now - since)
            self._stage = (stage, now)


class Calls(BaseCallbackHandler):
    """The calls of models in one run: how long each took, what it used, what that cost."""

    run_inline = True

    def __init__(self, graph: str, run_id: str, prices: Mapping[str, tuple[float, float]]) -> None:
        self.graph, self.run_id, self.prices = graph, run_id, prices
        self._begun: dict[UUID, tuple[float, str, str]] = {}

    def on_chat_model_start(
        self, serialized: Any, messages: Any, *, run_id: UUID, metadata: Any = None, **_: Any
    ) -> None:
        about = metadata or {}
        node, model = (
            nodes(about.get("langgraph_node", "")),
            models(about.get("ls_model_name") or about.get("ls_provider") or "unnamed"),
        )
        self._begun[run_id] = (time.perf_counter(), node, model)

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **_: Any) -> None:
        used = {"input": 0, "cached": 0, "output": 0}
        for generation in (each for group in response.generations for each in group):
            counts = getattr(getattr(generation, "message", None), "usage_metadata", None) or {}
            used["input"] += counts.get("input_tokens", 0)
            used["output"] += counts.get("output_tokens", 0)
            used["cached"] += (counts.get("input_token_details") or {}).get("cache_read") or 0
        self._end(run_id, used, succeeded=True)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        self._end(run_id, {}, succeeded=False)

    def _end(self, run_id: UUID, used: dict[str, int], *, succeeded: bool) -> None:
        if (call := self._begun.pop(run_id, None)) is None:
            return
        began, node, model = call
        seconds = time.perf_counter() - began
        MODEL.labels(self.graph, node, model, outcome(succeeded)).observe(seconds)
        for kind, count in used.items():
            TOKENS.labels(self.graph, node, model, kind).inc(count)
        logger.info(
            "model_called", node=node, model=model, seconds=round(seconds, 3), succeeded=succeeded, **used
        )
        if any(used.values()):
            self._spend(model, used)

    def _spend(self, model: str, used: dict[str, int]) -> None:
        total = spent.setdefault(self.run_id, {})
        while len(spent) > MOST_RUNS:
            spent.popitem(last=False)
        for kind, count in used.items():
            total[kind] = total.get(kind, 0) + count
        if model in self.prices:
            given, made = self.prices[model]
            dollars = (used["input"] * given + used["output"] * made) / 1_000_000
            DOLLARS.labels(self.graph, model).inc(dollars)
            total["dollars"] = total.get("dollars", 0.0) + dollars
