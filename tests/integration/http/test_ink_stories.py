"""An author's Ink stories over HTTP: taken in, refused with lines, kept by version."""

import json
from pathlib import Path

import psycopg
import pytest

from providers.ink.compiler import compile_story
from server.db import keys
from server.db.secrets import get_secret

EXAMPLES = Path(__file__).parents[3] / "examples" / "ink"
HARBOUR = (EXAMPLES / "harbour.ink").read_text(encoding="utf-8")
SHORT = "A man waits.\n->agent(->ann, ->cellar)\n=== ann ===\nHello.\n-> DONE\n=== cellar ===\nIt is cold.\n-> END\n"


async def put(api, story_id, source, **headers):
    plain = {"Content-Type": "text/plain; charset=utf-8", **headers}
    return await api.put(f"/api/ink/stories/{story_id}", content=source, headers=plain)


async def key_of(url, owner):
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
        return {"X-Api-Key": await keys.create_key(conn, owner)}


@pytest.mark.req("C48")
async def test_a_story_is_taken_in_and_its_agent_calls_are_found(api):
    answer = await put(api, "harbour", HARBOUR)

    assert answer.status_code == 200, answer.text
    story = answer.json()
    assert set(story) == {"story_id", "version", "knots", "agent_calls", "warnings"}
    assert [knot["name"] for knot in story["knots"]] == ["quay", "keeper", "lamp_room"]
    assert story["knots"][1]["stitches"] == ["more"]
    line = HARBOUR.splitlines().index("->agent(->keeper, ->lamp_room)") + 1
    assert story["agent_calls"] == [{"line": line, "character": "keeper", "target": "lamp_room"}]
    assert (await api.get("/api/ink/stories/harbour")).json() == story
    listed = (await api.get("/api/ink/stories")).json()["stories"]
    assert [(each["story_id"], each["version"]) for each in listed] == [("harbour", story["version"])]


REFUSED = {
    "no such character": ("->agent(->nobody, ->cellar)", "nobody"),
    "no such target": ("->agent(->ann, ->nowhere)", "nowhere"),
    "a stitch": ("->agent(->ann, ->ann.inner)", "'ann.inner' is a stitch"),
    "a target with parameters": ("->agent(->ann, ->vault)", "'vault' has parameters (key)"),
    "an end": ("->agent(->ann, ->END)", "END"),
    "one argument": ("->agent(->ann)", ""),
    "a tunnel": ("->agent(->ann, ->cellar)->", "tunnel"),
}


@pytest.mark.req("C48", "C01")
@pytest.mark.parametrize("case", REFUSED)
async def test_an_agent_call_that_cannot_work_is_400_with_its_line_and_the_name(api, case):
    call, named = REFUSED[case]
    knots = "=== ann\nHello.\n-> DONE\n= inner\n-> DONE\n=== cellar\nCold.\n-> END\n=== vault(key)\n-> END\n"
    answer = await put(api, "story", f"One.\nTwo.\n{call}\n{knots}")

    assert answer.status_code == 400
    problem = answer.json()["problems"][0]
    assert (problem["severity"], problem["line"]) == ("error", 3)
    assert named in problem["message"]
    assert f"line 3: {problem['message']}" in answer.json()["detail"]
    assert (await api.get("/api/ink/stories/story")).status_code == 404


@pytest.mark.parametrize("name", ["VAR agent = 1", "=== agent_target\nHi.\n-> END", "VAR ai_seed = 2"])
async def test_a_name_that_belongs_to_the_agent_is_refused(api, name):
    answer = await put(api, "story", f"Hello.\n-> END\n{name}\n")
    assert answer.status_code == 400
    assert answer.json()["problems"][0]["line"] == 3
    assert "belongs to the agent" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("Hello\0.", "U+0000"),
        ("{ x ", "line 1"),
        ("x" * 400_001, "longer than 400,000"),
        ("INCLUDE other.ink\n", "INCLUDE"),
        (b"\xff\xfe", "UTF-8"),
    ],
)
async def test_a_source_that_is_no_story_is_400_and_says_why(api, source, words):
    answer = await put(api, "story", source)
    assert answer.status_code == 400, answer.text
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "either source or compiled"),
        ({"source": "Hi.", "compiled": {}}, "either source or compiled"),
        ({"source": 7}, "source"),
        ({"ink": "Hi."}, "ink"),
        ({"compiled": {"inkVersion": 20}}, "20"),
        ({"compiled": "{"}, "not JSON"),
    ],
)
async def test_a_body_that_holds_no_story_is_400(api, body, words):
    answer = await api.put("/api/ink/stories/story", json=body)
    assert answer.status_code == 400
    assert words in answer.json()["detail"]


@pytest.mark.parametrize("name", ["-x", "a.b", "a b", "x" * 101, "%00"])
async def test_a_name_that_is_none_is_400(api, name):
    answer = await put(api, name, SHORT)
    assert (answer.status_code, answer.json()["field"]) == (400, "story_id")


async def test_a_compiled_story_is_taken_in_as_it_is_and_compiled_once(api):
    compiled = compile_story(SHORT)
    for given in (compiled.text, json.loads(compiled.text)):
        answer = await api.put("/api/ink/stories/short", json={"compiled": given})
        assert answer.json()["version"] == compiled.version
        assert answer.json()["agent_calls"] == [{"line": None, "character": "ann", "target": "cellar"}]
    assert (await api.put("/api/ink/stories/short", json={"source": SHORT})).json()[
        "version"
    ] == compiled.version


async def test_versions_are_kept_and_the_last_one_put_is_the_newest(api):
    first = (await put(api, "short", SHORT)).json()
    second = (await put(api, "short", SHORT.replace("cold", "dark"))).json()

    assert (await api.get("/api/ink/stories/short")).json() == second
    assert (await api.get("/api/ink/stories/short", params={"version": first["version"]})).json() == first
    assert (await api.get("/api/ink/stories/short", params={"version": "0" * 64})).status_code == 404
    assert (await api.get("/api/ink/stories/short", params={"version": "a\0"})).status_code == 400
    await put(api, "short", SHORT)
    assert (await api.get("/api/ink/stories/short")).json() == first
    await put(api, "other", SHORT + "// more\nHello.\n")
    assert len((await api.get("/api/ink/stories")).json()["stories"]) == 2


async def test_a_player_gets_the_compiled_story_once_a_version(api):
    version = (await put(api, "short", SHORT)).json()["version"]
    answer = await api.get("/api/ink/stories/short/story.json")

    assert compile_story(SHORT).text == answer.text
    assert answer.headers["ETag"] == f'"{version}"'
    again = await api.get(
        "/api/ink/stories/short/story.json", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


async def test_anothers_story_is_404(api, database_url):
    ann, bob = await key_of(database_url, "ann"), await key_of(database_url, "bob")
    await put(api, "short", SHORT, **ann)

    for path in ("", "/story.json"):
        assert (await api.get(f"/api/ink/stories/short{path}", headers=ann)).status_code == 200
        assert (await api.get(f"/api/ink/stories/short{path}", headers=bob)).status_code == 404
        assert (await api.get(f"/api/ink/stories/short{path}")).status_code == 401
    assert (await api.get("/api/ink/stories", headers=bob)).json() == {"stories": []}


async def test_a_story_that_its_owner_broke_in_the_store_is_not_there(api):
    version = (await put(api, "short", SHORT)).json()["version"]
    broken = {"namespace": ["ink_stories"], "key": version, "value": {"text": 7}}
    assert (await api.put("/store/items", json=broken)).status_code == 204
    for path in ("", "/story.json"):
        assert (await api.get(f"/api/ink/stories/short{path}")).status_code == 404
    assert (await put(api, "short", SHORT)).status_code == 200
    assert (await api.get("/api/ink/stories/short")).status_code == 200


async def test_a_secret_is_made_once_and_is_the_same_for_everybody(database_url):
    async with (
        await psycopg.AsyncConnection.connect(database_url) as one,
        await psycopg.AsyncConnection.connect(database_url, autocommit=True) as two,
    ):
        made = await get_secret(one, "readers")
        await one.commit()
        assert await get_secret(two, "readers") == made
        assert await get_secret(two, "links") != made
        assert len(made) == 32
