"""What a reader's token opens: one conversation, and of that nothing but what was said."""

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from domain.errors import ModelError
from server.db import keys
from server.reader_tokens import PREFIX, ReaderTokens
from server.routes.player import ASSETS
from server.settings import Settings
from tests.conversations import SOURCE, TARGET, judged
from tests.integration.http import talks
from tests.integration.http.talks import BRIDGE_OF, CHECK, GOAL_OF, JUDGE, RESPOND, Talk

DRAFT, GOAL, REASON = "SENTINELDRAFT", "SENTINELGOAL", "SENTINELREASON"
EXCERPT, HIDDEN, ERROR = "SENTINELEXCERPT", "SENTINELHIDDEN", "SENTINELERROR"
STORY = SOURCE.replace("=== keeper ===", f"=== keeper ===\nHe rubs his {EXCERPT} knee.")
SECRETS = (
    DRAFT,
    GOAL,
    REASON,
    EXCERPT,
    HIDDEN,
    ERROR,
    TARGET,
    "silver compass",
    "lamp_room",
    "The compass points",
)
FINE = {"reason": REASON, "faults": []}


@pytest.fixture
def script(script):
    script.answer = talks.answer
    return script


async def key_of(url, owner):
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
        return {"X-Api-Key": await keys.create_key(conn, owner)}


class Heard:
    """Keeps every byte of every answer that a client gets."""

    def __init__(self, api):
        self.bytes = b""
        api.event_hooks["response"].append(self.hear)

    async def hear(self, response):
        self.bytes += b"".join(name + value for name, value in response.headers.raw) + await response.aread()


@pytest.mark.req("C03", "C18", "C32")
async def test_a_reader_finds_no_secret_in_any_byte_of_any_answer(api, database_url, script):
    script.say(GOAL_OF, {"goal": f"{GOAL} must be believed."})
    talk = Talk(api, owner=await key_of(database_url, "ann"))
    await talk.put(STORY)
    talk.take((await talk.start(ink_state=talks.waiting(STORY), context=HIDDEN)).json())
    heard = Heard(api)

    script.say(JUDGE, judged(NEEDS_INPUT=1) | {"reason": REASON})
    script.say(RESPOND, f"{TARGET} {DRAFT}", '"Sit, then."').say(CHECK, FINE)
    assert (await talk.say("What is up there?"))["reply"] == '"Sit, then."'

    script.say(JUDGE, *[ModelError(f"{ERROR} {TARGET}")] * 2).say(RESPOND, '"Go on."').say(CHECK, FINE)
    assert [name for name, _ in await talk.events("Please.")] == ["said", "decision", "end"]
    talk.turn += 1

    script.say(RESPOND, f"{DRAFT} 1", f"{DRAFT} 2").say(CHECK, *[{**FINE, "faults": ["incoherent"]}] * 2)
    assert (await talk.say("Tell me."))["reply"]

    script.say(RESPOND, RuntimeError(f"{ERROR} {TARGET}"), RuntimeError(f"{ERROR} {TARGET}"))
    assert (await talk.post("Fail.")).status_code == 503
    assert [name for name, _ in await talk.events("Fail.")] == ["error", "end"]

    script.say(JUDGE, judged(BRIDGE=1)).say(RESPOND, '"Well."').say(BRIDGE_OF, f"{TARGET} {DRAFT}")
    assert (await talk.say("Let me by."))["outcome"] == "DIRECT"
    assert (await talk.post("More.")).status_code == 409
    assert (await talk.post("", turn="x")).status_code == 400
    assert len((await talk.session())["transcript"]) == 4
    assert (await talk.leave()).status_code == 200

    told = heard.bytes.decode()
    assert "Sit, then." in told
    assert [secret for secret in SECRETS if secret in told] == []
    asked = "".join(each.text for each in script.asked)
    assert [secret for secret in (GOAL, EXCERPT, HIDDEN, TARGET) if secret not in asked] == []


# What reads no token at all, and the files that a signed link opens.
PUBLIC = {
    *("/health", "/health/{product}", "/metrics", "/ok", "/info"),
    *("/play/{story_id}", "/play/assets/{name}"),
}
# The knot that the API's documentation has in its example, too.
EXAMPLE = "lamp_room"
PAGES = {"/docs", "/openapi.json"}
LINKED = {"/assets/{key}", "/api/v1/story/narrators/{voice_id}/sample"}


async def test_a_reader_is_refused_on_every_other_route(api, database_url):
    owner = await key_of(database_url, "ann")
    talk = Talk(api, owner=owner)
    await talk.begin()
    run = (await api.get(f"/threads/{talk.session_id}/runs", headers=owner)).json()[0]["run_id"]
    named = {"story_id": "quay", "run_id": run, "product": "agent", "store_id": "x"}
    opened = {f"/api/{{story_id}}/agent/{path}" for path in ("decision", "continue", "{session_id}")}

    tried = 0
    for path, methods in (await api.get("/openapi.json")).json()["paths"].items():
        if path in opened | PUBLIC | LINKED:
            continue
        where = path
        while "{" in where:
            name = where[where.index("{") + 1 : where.index("}")]
            where = where.replace("{" + name + "}", named.get(name, talk.session_id))
        for method in methods:
            answer = await api.request(method, where, headers=talk.reader, json={})
            assert answer.status_code in (401, 404), (method, where, answer.status_code, answer.text)
            tried += 1
    assert tried > 60


@pytest.mark.req("C03")
async def test_what_is_public_holds_nothing_of_a_story(api, database_url, script):
    script.say(GOAL_OF, {"goal": f"{GOAL} must be believed."})
    script.say(JUDGE, judged(NEEDS_INPUT=1) | {"reason": REASON})
    script.say(RESPOND, f"{TARGET} {DRAFT}", '"Sit, then."').say(CHECK, FINE)
    talk = Talk(api, owner=await key_of(database_url, "ann"))
    await talk.put(STORY)
    talk.take((await talk.start(ink_state=talks.waiting(STORY), context=HIDDEN)).json())
    await talk.say("What is up there?")
    named = {"{story_id}": "quay", "{product}": "agent"}
    secrets = set(SECRETS) - {EXAMPLE}

    paths = PUBLIC - {"/play/assets/{name}"} | PAGES | {f"/play/assets/{name}" for name in ASSETS}
    for path in paths:
        for name, value in named.items():
            path = path.replace(name, value)
        answer = await api.get(path, headers=talk.reader)
        assert answer.status_code == 200, (path, answer.text)
        assert [secret for secret in secrets if secret in answer.text] == [], path


async def test_a_token_opens_its_own_conversation_only(api, database_url):
    ann, bob = await key_of(database_url, "ann"), await key_of(database_url, "bob")
    one, two = Talk(api, owner=ann), Talk(api, owner=ann)
    await one.begin()
    await two.begin()

    for headers in (two.reader, bob):
        assert (await api.get(f"{one.url}/{one.session_id}", headers=headers)).status_code == 404
        said = {"session_id": one.session_id, "turn": 1, "text": "Hello.", "id": "a"}
        assert (await api.post(f"{one.url}/decision", json=said, headers=headers)).status_code == 404
        left = await api.post(f"{one.url}/continue", json={"session_id": one.session_id}, headers=headers)
        assert left.status_code == 404
    assert (await api.get(f"{one.url}/{one.session_id}")).status_code == 401
    assert (await api.get(f"{one.url}/{one.session_id}", headers=ann)).json() == await one.session()
    assert (await one.say("Hello."))["turn"] == 1


async def test_a_token_that_is_old_or_forged_is_401(api, database_url):
    talk = Talk(api, owner=await key_of(database_url, "ann"))
    started = await talk.begin()
    expires = datetime.fromisoformat(started["expires_at"])
    assert timedelta(days=6.9) < expires - datetime.now(UTC) <= timedelta(days=7)

    forged, _ = ReaderTokens(b"x" * 32, 60).make(talk.session_id)
    head, body, _ = talk.token.split(".")
    for token in (forged, f"{head}.{body}.", PREFIX, f"{PREFIX}a.b.c", talk.token.removeprefix(PREFIX)):
        answer = await api.get(f"{talk.url}/{talk.session_id}", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401


class TestShortLife:
    @pytest.fixture
    def settings(self):
        return Settings(reader_token_life=1, rate="20/minute")

    async def test_a_token_expires(self, api, database_url):
        talk = Talk(api, owner=await key_of(database_url, "ann"))
        await talk.begin()
        async with asyncio.timeout(20):
            while (answer := await api.get(f"{talk.url}/{talk.session_id}", headers=talk.reader)).is_success:
                await asyncio.sleep(0.2)
        assert (answer.status_code, answer.json()) == (401, {"detail": "The reader's token has expired."})


class TestRates:
    @pytest.fixture
    def settings(self):
        return Settings(rate="4/minute")

    async def test_readers_are_counted_each_for_themselves(self, api, database_url):
        talk = Talk(api, owner=await key_of(database_url, "ann"))
        await talk.begin()
        place = f"{talk.url}/{talk.session_id}"
        statuses = [(await api.get(place, headers=talk.reader)).status_code for _ in range(5)]
        assert statuses == [200] * 4 + [429]
        assert (await api.get(place, headers=talk.owner)).status_code == 200


async def test_where_no_keys_are_in_force_a_token_still_opens_nothing_else(api):
    talk = Talk(api)
    await talk.begin()
    assert (await api.get(f"/threads/{talk.session_id}", headers=talk.reader)).status_code == 401
    assert (await api.get(f"{talk.story}/story.json", headers=talk.reader)).status_code == 401
    assert (await api.get(f"/threads/{talk.session_id}")).status_code == 200
