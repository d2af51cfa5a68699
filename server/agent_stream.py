"""A turn's events as its reader gets them: what has passed all checks, and the decision."""

from collections.abc import AsyncIterator
from typing import Any

import orjson

from server.agent_service import Conversations
from server.db.threads import ThreadRow
from server.errors import SessionConflict, SessionFailed
from server.runs.models import RunRow
from server.told import Told


async def tell(
    conversations: Conversations, thread: ThreadRow, run: RunRow, turn: int
) -> AsyncIterator[Told]:
    """Yield the reply and the bridge, sentence by sentence; then `decision` or `error`, and `end`."""
    async for event in conversations.engine.stream(
        thread.thread_id, thread.owner, after=-1, run_id=run.run_id
    ):
        if event.event == "custom" and (said := said_in(orjson.loads(event.data))):
            yield said
    try:
        decision = await conversations.decision(thread, run, turn)
        yield Told("decision", decision.model_dump(mode="json"))
    except (SessionFailed, SessionConflict) as error:
        yield Told("error", {"detail": str(error)})
    yield Told("end", {})


def said_in(data: dict[str, Any]) -> Told | None:
    """Return what a custom event means to a reader; most mean nothing."""
    if data.get("event") not in ("said", "bridge"):
        return None
    return Told(data["event"], {"turn": data["turn"], "text": data["text"]})
