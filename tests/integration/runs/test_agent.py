"""The agent graph as the engine runs it: whose story it is, what the Store keeps for all, what the log holds."""

from uuid import UUID

import pytest
import pytest_asyncio

from domain.agent import AgentState
from graphs.agent import graph
from server.db.checkpoints import saver, store
from server.db.threads import create_thread
from server.runs.engine import Engine
from server.runs.models import RunCreate
from server.store_view import NamespaceForbidden, OwnedStore
from tests import conversations
from tests.conversations import SOURCE, Conversation, judged

START = {"story": {"source": SOURCE}, "character": "keeper", "target": "lamp_room"}


@pytest_asyncio.fixture
async def engine(pool, script):
    script.answer = conversations.answer
    async with Engine(pool, {"agent": graph}) as engine:
        yield engine


class Talk:
    """A conversation of an owner's, run by the engine."""

    def __init__(self, engine, pool, context, owner, thread_id):
        self.engine, self.pool, self.context, self.owner = engine, pool, context, owner
        self.thread_id: UUID = thread_id

    async def run(self, **given):
        create = RunCreate(
            thread_id=self.thread_id,
            graph_id="agent",
            owner=self.owner,
            context={"plan_model": self.context.plan_model}
            | {"write_model": self.context.write_model}
            | {"edit_model": self.context.edit_model},
            durability="exit",
            **given,
        )
        run = await self.engine.accept(create)
        return await self.engine.join(run.run_id, self.owner)

    async def say(self, turn, text):
        return await self.run(command={"resume": {"turn": turn, "text": text}})

    async def values(self) -> AgentState:
        config = {"configurable": {"thread_id": str(self.thread_id)}}
        return (await graph.copy(update={"checkpointer": saver(self.pool)}).aget_state(config)).values

    async def events(self):
        stream = self.engine.stream(self.thread_id, self.owner, after=-1)
        found = []
        async for event in stream:
            found.append(bytes(event.data).decode())
            if '"decided"' in found[-1] and '"input_enabled":false' in found[-1]:
                return found
        return found


@pytest.fixture
def talk(engine, pool, context):
    async def talk(owner):
        async with pool.connection() as conn:
            thread = await create_thread(conn, graph_id="agent", owner=owner)
        return Talk(engine, pool, context, owner, thread.thread_id)

    return talk


@pytest.mark.req("C10", "C25")
async def test_two_owners_share_what_was_grounded_and_not_the_story(talk, pool, script):
    ann, ben = await talk("ann"), await talk("ben")
    assert (await ann.run(input={"request": START})).status == "success"
    assert (await ann.say(1, "Hello.")).status == "success"
    version = (await ann.values())["session"]["version"]

    assert (await ben.run(input={"request": START | {"story": {"version": version}}})).status == "error"
    calls = len(script.asked)
    ben = await talk("ben")
    assert (await ben.run(input={"request": START})).status == "success"
    assert (await ben.say(1, "Hello.")).status == "success"

    assert len(script.asked) == calls
    assert (await ben.values())["turns"] == (await ann.values())["turns"]
    assert {item.namespace for item in await store(pool).asearch((), limit=50)} == {
        ("memo",),
        ("grounding", version),
        ("owners", "ann", "ink_stories"),
        ("owners", "ben", "ink_stories"),
    }


async def test_only_runs_and_an_admin_see_what_runs_leave(pool):
    kept = store(pool)
    for name in ("grounding", "memo"):
        await OwnedStore(kept, "ann", run=True).aput((name, "v"), "k", {"text": "Ann's."})
        assert (await OwnedStore(kept, "ben", run=True).aget((name, "v"), "k")).value == {"text": "Ann's."}
        assert (await OwnedStore(kept, "root", admin=True).aget((name, "v"), "k")).value == {"text": "Ann's."}

        ben = OwnedStore(kept, "ben")
        for forbidden in (
            ben.aget((name, "v"), "k"),
            ben.asearch((name,)),
            ben.alist_namespaces(prefix=(name,)),
            ben.aput((name, "v"), "k", {"text": "Ben's."}),
            ben.adelete((name, "v"), "k"),
        ):
            with pytest.raises(NamespaceForbidden, match=name):
                await forbidden
        assert await ben.asearch(()) == []
        assert await ben.alist_namespaces() == []
    with pytest.raises(NamespaceForbidden, match="prompts"):
        await OwnedStore(kept, "ann", run=True).aput(("prompts",), "agent/respond", {"text": "x"})
    assert await OwnedStore(kept, "ann").aget(("prompts",), "agent/respond") is None


async def test_the_log_of_a_conversation_never_holds_the_targets_text(talk, pool, context, script):
    kept = Conversation(pool, context, kept=OwnedStore(store(pool), "ann", run=True))
    begun = await kept.start()
    ann = await talk("ann")
    script.say("agent/judge_input", judged(NEEDS_INPUT=1), judged(BRIDGE=1))
    request = {"story": {"version": begun["session"]["version"]}, "ink_state": begun["request"]["ink_state"]}
    await ann.run(input={"request": START | request})
    for turn, said in enumerate(("Hello.", "Let me sit with you."), 1):
        await ann.say(turn, said)

    events = await ann.events()
    assert len(events) > 20
    for event in events:
        assert "silver compass" not in event and "drowned captain" not in event
        assert "points at the wreck" not in event
