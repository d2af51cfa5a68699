"""The player of Ink stories, in a real browser and in Node, against the real server with a scripted model."""

import asyncio
import json
import shutil
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from domain.errors import ModelError
from tests.conversations import BRIDGE, REPLY, SOURCE, judged
from tests.integration.http import talks
from tests.integration.http.talks import JUDGE, RESPOND, Talk

ROOT = Path(__file__).parents[3]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DIRECT, BRIDGED = judged(DIRECT=1), judged(BRIDGE=1)
MARKUP = "<img src=x onerror=alert(1)> & <b>salt</b>"


class Gate:
    """Holds the scripted model before a reply."""

    def __init__(self):
        self.reached, self.open = asyncio.Event(), asyncio.Event()

    async def __call__(self, prompt, inputs):
        if prompt == RESPOND:
            self.reached.set()
            await self.open.wait()


@pytest.fixture
def script(script):
    script.answer = talks.answer
    return script


@pytest_asyncio.fixture
async def page(api):
    """A page on which the story is open, at the character's stair."""
    if not CHROMIUM:
        pytest.skip("there is no Chromium")
    await Talk(api).put()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page()
        page.set_default_timeout(30_000)
        expect.set_options(timeout=30_000)
        page.trouble = []
        page.on("pageerror", lambda error: page.trouble.append(str(error)))
        page.on("dialog", lambda dialog: page.trouble.append(dialog.message))
        await page.goto(f"{api.base_url}/play/quay")
        await expect(page.locator("#words")).to_be_enabled()
        yield page
        assert page.trouble == []
        await browser.close()


async def say(page, text):
    await page.fill("#words", text)
    await page.press("#words", "Enter")


async def test_a_story_stops_at_its_character_and_keeps_the_context_to_itself(page):
    await expect(page.locator("#story .story")).to_have_text(
        ["The last ferry has gone, and the quay is yours.", "An old man sits across the way up."]
    )
    await expect(page.locator("#talk")).to_be_visible()
    await expect(page.locator("#choices li")).to_have_count(0)
    assert "drowned" not in await page.content()


@pytest.mark.req("C35", "C44")
async def test_a_reply_under_way_blocks_the_input(page, script):
    script.say(RESPOND, REPLY).gate = gate = Gate()
    await say(page, "Good evening.")
    await asyncio.wait_for(gate.reached.wait(), 20)
    await expect(page.locator("#words")).to_be_disabled()
    await expect(page.locator("#talk button")).to_be_disabled()
    gate.open.set()
    await expect(page.locator("#story .character")).to_have_text([REPLY])
    await expect(page.locator("#story .reader")).to_have_text(["Good evening."])
    await expect(page.locator("#words")).to_be_enabled()


@pytest.mark.req("C36", "C40")
async def test_after_a_bridge_the_input_is_gone_and_the_story_goes_on(page, script):
    script.say(JUDGE, BRIDGED)
    await say(page, "Somebody out there needs your light.")
    await expect(page.locator("#choices li")).to_have_text(["Light the lamp"])
    await expect(page.locator("#talk")).to_be_hidden()
    told = await page.locator("#story p").all_text_contents()
    assert BRIDGE in told
    assert told.index(BRIDGE) < told.index("He is still muttering when the stair turns.")
    await page.click("#choices button")
    await expect(page.locator("#waiting")).to_have_text("The end.")


@pytest.mark.req("C41")
async def test_directly_satisfied_the_story_goes_on_at_once(page, script):
    script.say(JUDGE, DIRECT)
    await say(page, "Somebody out there needs your light.")
    await expect(page.locator("#story")).to_contain_text("The old man lets you by.")
    await expect(page.locator("#talk")).to_be_hidden()


async def test_text_is_shown_as_text(api, page):
    await Talk(api, "marked").put(SOURCE.replace("The last ferry has gone", MARKUP))
    await page.goto(f"{api.base_url}/play/marked")
    await expect(page.locator("#words")).to_be_enabled()
    await say(page, "<script>alert(2)</script>")
    await expect(page.locator("#story .reader")).to_have_text(["<script>alert(2)</script>"])
    await expect(page.locator("#story .story").first).to_contain_text(MARKUP)
    assert await page.locator("#story img, #story script, #story b").count() == 0


@pytest.mark.req("C43")
async def test_an_error_is_said_and_the_words_can_be_sent_again(page, script):
    script.say(RESPOND, REPLY)

    async def refuse(route):
        await route.fulfill(status=503, body="no", content_type="text/plain")

    await page.route("**/agent/decision", refuse)
    await say(page, "Good evening.")
    await expect(page.locator("#problem")).to_contain_text("The server answered 503.")
    await expect(page.locator("#words")).to_have_value("Good evening.")
    assert "503" not in await page.locator("#story").inner_text()

    await page.unroute("**/agent/decision")
    await page.click("#problem button")
    await expect(page.locator("#story .character")).to_have_text([REPLY])
    await expect(page.locator("#problem")).to_be_hidden()
    assert len(script.calls(RESPOND)) == 1


@pytest.mark.req("C43")
async def test_a_model_that_fails_is_no_story(page, script):
    script.say(RESPOND, ModelError("the engine room is on fire"), ModelError("the engine room is on fire"))
    await say(page, "Good evening.")
    await expect(page.locator("#story .character")).to_have_count(1)
    assert "engine room" not in await page.content()
    await expect(page.locator("#words")).to_be_enabled()


async def test_a_reload_in_the_middle_goes_on_in_the_same_conversation(page, script):
    script.say(RESPOND, REPLY)
    await say(page, "Good evening.")
    await expect(page.locator("#story .character")).to_have_text([REPLY])
    script.gate = gate = Gate()
    await say(page, "And a good night.")
    await asyncio.wait_for(gate.reached.wait(), 20)

    await page.reload()
    await expect(page.locator("#story .character")).to_have_text([REPLY])
    gate.open.set()
    await expect(page.locator("#story .reader")).to_have_text(["Good evening.", "And a good night."])
    await expect(page.locator("#story .character")).to_have_count(2)
    assert [asked.inputs["words"] for asked in script.calls(RESPOND)] == [
        "Good evening.",
        "And a good night.",
    ]


async def test_begin_again_begins_again(page):
    await say(page, "Good evening.")
    await expect(page.locator("#story .character")).to_have_count(1)
    await page.click("#restart")
    await expect(page.locator("#story p")).to_have_count(2)
    await expect(page.locator("#words")).to_be_enabled()


async def test_a_conversation_that_is_gone_is_begun_again(page, database_url):
    await say(page, "Good evening.")
    await expect(page.locator("#story .character")).to_have_count(1)
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as conn:
        await conn.execute("DELETE FROM threads WHERE graph_id = 'agent'")
    await say(page, "Are you still there?")
    await expect(page.locator("#problem")).to_contain_text("There is no such conversation.")
    await page.click("#problem button")
    await expect(page.locator("#words")).to_be_enabled()
    await say(page, "And now?")
    await expect(page.locator("#story .character")).to_have_count(2)


async def test_a_full_storage_does_not_stop_the_play(page):
    await page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full') } }")
    await say(page, "Good evening.")
    await expect(page.locator("#story .character")).to_have_count(1)
    await expect(page.locator("#words")).to_be_enabled()


NODE = """
import { createRequire } from 'node:module'
import { Conversations } from '%(web)s/conversations.js'
import { Player } from '%(web)s/player.js'
const { Story } = createRequire(import.meta.url)('%(ink)s')
const kept = new Map()
const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) }
const open = async () => {
  const conversations = new Conversations({ storyId: 'quay', base: '%(base)s' })
  const story = await conversations.story(Player.savedVersion(storage, 'quay'))
  const player = new Player({ Story, ...story, storyId: 'quay', conversations, storage, onchange: () => {} })
  await player.begin()
  return player
}
let player = await open()
await player.say('Good evening.')
player = await open()
await Promise.all([player.say('I brought oil.'), player.say('I brought oil, I said.')])
await player.choose(0)
console.log(JSON.stringify(player.view))
"""


async def test_the_modules_play_in_node_too(api, script, tmp_path):
    if not shutil.which("node"):
        pytest.skip("there is no Node")
    await Talk(api).put(SOURCE)
    script.say(JUDGE, judged(NEEDS_INPUT=1), DIRECT)
    places = {"web": ROOT / "web/player", "ink": ROOT / "providers/ink/vendor/inkjs/ink-full.js"}
    program = tmp_path / "play.mjs"
    program.write_text(NODE % {**places, "base": str(api.base_url).rstrip("/")})
    node = await asyncio.create_subprocess_exec(
        "node", str(program), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(node.communicate(), 30)
    assert node.returncode == 0, err.decode()
    view = json.loads(out.decode().splitlines()[-1])
    assert view["ended"]
    assert [line["text"] for line in view["lines"] if line["who"] == "reader"] == [
        "Good evening.",
        "I brought oil.",
    ]
    assert "The old man lets you by." in [line["text"] for line in view["lines"]]
