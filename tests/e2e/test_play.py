"""`fabula play`, as a reader uses it: choices, a conversation, leaving and coming back."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from tests.conversations import BRIDGE, GOAL, SOURCE, TARGET
from tests.e2e.conftest import ROOT, Ended, Home, ended
from tests.e2e.test_serve import served
from tests.forked import Forked

PROGRAM = "tests.e2e.play_program"
STORY = (
    SOURCE.replace("-> quay\n", "-> shore\n", 1)
    .replace(
        "=== quay ===",
        """=== shore ===
# title: ignored here
The tide is out.
* [Walk on] You walk on.
-> quay
* [Turn back] You turn back.
-> END
=== quay ===""",
        1,
    )
    .replace(
        "+ [Light the lamp] The wick takes.",
        "You talked for {agent_turns} turns.\n+ [Light the lamp] The wick takes.",
    )
)


@pytest.fixture
def home(home: Home, database_url: str) -> Home:
    """An empty folder in which `fabula` runs, on a database that is there already."""
    plain = home.environment
    home.environment = lambda **extra: plain(DATABASE_URL=database_url, **extra)  # type: ignore[method-assign]
    return home


class Reader:
    """Types lines into `fabula play` and reads what it prints."""

    def __init__(self, process: Forked) -> None:
        self.process, self.seen = process, ""

    async def until(self, text: str) -> None:
        """Read on until a text was printed."""
        assert self.process.stdout
        async with asyncio.timeout(90):
            while text not in self.seen:
                chunk = await self.process.stdout.read(4096)
                assert chunk, f"{text!r} was not printed: {self.seen}"
                self.seen += chunk.decode()

    def type(self, *lines: str) -> None:
        assert self.process.stdin
        self.process.stdin.write("".join(f"{line}\n" for line in lines).encode())

    async def ended(self) -> Ended:
        done = await ended(self.process)
        return Ended(done.code, self.seen + done.out, done.err)


async def begin(home: Home, *arguments: str, program: str = PROGRAM, **extra: str) -> Reader:
    (home.folder / "lamp.ink").write_text(STORY)
    arguments = arguments or ("lamp.ink",)
    return Reader(await home.start("play", *arguments, program=program, typed=True, **extra))


async def play(home: Home, *lines: str, arguments: tuple[str, ...] = (), **extra: str) -> Ended:
    """Type all lines ahead and let the input end."""
    reader = await begin(home, *arguments, **extra)
    reader.type(*lines)
    return await reader.ended()


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.req("C07", "C12")
async def test_a_conversation_leads_directly_to_the_target(home: Home):
    done = await play(home, "1", "Good evening.", "A direct word.", "1")

    assert done.code == 0, done.err
    told = flat(done.out)
    order = ["lamp", "The tide is out.", "1. Walk on", "You walk on.", "The last ferry has gone"]
    order += [
        "Keeper",
        "You said Good evening.",
        "You said A direct word.",
        "The old man lets you by.",
        TARGET,
    ]
    order += ["You talked for 2 turns.", "1. Light the lamp", "The wick takes.", "The end."]
    assert [told.index(text) for text in order] == sorted(told.index(text) for text in order)
    assert "drowned off this quay" not in told
    for secret in (GOAL, "NEEDS_INPUT", "DIRECT", "compass points"):
        assert secret not in told


@pytest.mark.req("C13", "C36")
async def test_after_a_bridge_the_reader_is_asked_for_choices_not_for_words(home: Home):
    done = await play(home, "1", "A bridge, then.", "Is anybody there?", "1")

    told = flat(done.out)
    assert told.index(BRIDGE) < told.index("He is still muttering") < told.index("Type a number from 1 to 1")
    assert "You said Is anybody there?" not in told
    assert told.endswith("The end.")


@pytest.mark.req("C05")
async def test_a_reader_who_leaves_in_the_middle_of_a_conversation_takes_it_up_again(home: Home):
    reader = await begin(home)
    reader.type("1", "Good evening.")
    await reader.until("number 1.")
    os.kill(reader.process.pid, signal.SIGINT)
    left = await reader.ended()
    assert left.code == 130
    place = left.err.split("--resume ")[1].split()[0]

    again = await begin(home, "--resume", place)
    again.type("A direct word.", "1")
    done = await again.ended()

    told = flat(done.out)
    assert done.code == 0
    assert told.index("You said Good evening.") < told.index(
        "You said A direct word.. So do they all, number 2."
    )
    assert "You talked for 2 turns." in told
    assert home.log.count("agent/distill_goal") == 1


async def test_an_answer_that_was_under_way_when_the_player_was_killed_is_given_after_all(home: Home):
    reader = await begin(home, TEST_HOLD="agent/respond")
    reader.type("1", "Good evening.")
    await home.until("holding agent/respond")
    reader.process.kill()
    await ended(reader.process)

    done = await play(home, "A direct word.", "1", arguments=("--resume",))

    assert "You said Good evening." in flat(done.out)
    assert "number 2." in flat(done.out)
    assert flat(done.out).endswith("The end.")


async def test_quitting_keeps_the_place_and_a_finished_play_is_not_taken_up(home: Home):
    left = await play(home, ":quit")
    assert left.code == 0
    assert "Go on with: fabula play --resume" in left.err

    done = await play(home, "2", arguments=("--resume",))
    assert flat(done.out).endswith("You turn back. The end.")


@pytest.mark.req("C46")
async def test_words_that_cannot_be_said_are_refused_and_asked_for_again(home: Home):
    done = await play(
        home, "1", "x" * 2_001, "   ", "\u200b\u200b", "🔔", "A word beside it.", "A direct word.", "1"
    )

    told = flat(done.out)
    assert "more than 2,000 characters" in told
    assert "You said 🔔. So do they all, number 1." in told
    assert "number 3." in told and "number 4." not in told
    assert told.endswith("The end.")


async def test_what_a_model_says_is_plain_text_on_the_terminal(home: Home):
    done = await play(home, "1", "Tell me of colours.", ":quit")

    assert "[31mRed[0m and [bold]loud[/bold]." in done.out
    assert not set("\x1b\x07\u202e") & set(done.out)


async def test_a_model_that_does_not_answer_is_told_of_and_the_story_waits(home: Home):
    done = await play(home, "1", "Only silence.", "A direct word.", "1")

    told = flat(done.out)
    assert "The model gave no answer that could be used" in told
    assert "sk-secret" not in done.out + done.err
    assert told.endswith("The end.")


FAULTY = {
    "a knot that is not there": ("Hello.\n-> nowhere\n", ["faulty: line 2: ", "nowhere"]),
    "a target that is no knot": (
        "-> a\n=== a\nHi ->agent(->b, ->END)\n=== b\nx\n-> DONE\n",
        ["line 3: ", "END"],
    ),
    "nothing": (" \n", ["The story is empty."]),
}


@pytest.mark.parametrize("case", FAULTY)
async def test_a_story_with_errors_is_refused_with_lines_and_messages(home: Home, case: str):
    source, words = FAULTY[case]
    (home.folder / "faulty.ink").write_text(source)
    done = await play(home, arguments=("faulty.ink",))

    assert done.code == 2
    assert all(word in done.err for word in words), done.err
    assert "Traceback" not in done.err
    assert not (home.folder / "home").exists()


async def test_a_file_that_is_not_there_is_said_in_one_line(home: Home):
    done = await play(home, arguments=("none.ink",))

    assert (done.code, done.err.strip()) == (2, "STORY: none.ink: No such file or directory")


async def test_a_story_that_fails_while_it_runs_says_so_and_keeps_the_place(home: Home):
    (home.folder / "zero.ink").write_text("VAR x = 0\nHello.\n+ [Divide] {10 / x}\n-> END\n")
    done = await play(home, "1", arguments=("zero.ink",))

    assert done.code == 1
    assert "division by zero" in done.err and "--resume" in done.err
    assert "Traceback" not in done.err


@pytest.mark.req("C07")
async def test_the_example_is_played_to_its_end_without_a_key(home: Home):
    process = await begin(
        home, str(Path(ROOT) / "examples" / "ink" / "harbour.ink"), "--seed", "3", program="server.cli"
    )
    process.type(
        "Good evening. Why is the lamp dark?",
        "I am sorry about your brother. The company should have sent more than a letter.",
        "Let me carry the oil up, because somebody else's brother is out there tonight.",
        "I promise to light the lamp for him, and to keep it lit.",
        "1",
        "1",
    )
    done = await process.ended()

    told = flat(done.out)
    assert "The offline storyteller plays the characters" in told
    assert "got a letter, and the sea got my brother." in told
    assert "The lamp room smells of brass" in told


async def test_a_server_plays_the_characters_as_well(home: Home):
    process, client = await served(home)
    url = str(client.base_url)
    reader = await begin(home, "lamp.ink", "--server", url)
    reader.type("1", "Good evening.")
    await reader.until("number 1.")
    reader.type(":quit")
    assert (await reader.ended()).code == 0

    await client.aclose()
    done = await play(home, "x" * 2_001, "And again.", ":quit", arguments=("--resume",))

    told = flat(done.out)
    assert told.index("You said Good evening.") < told.index("You said And again.. So do they all, number 2.")
    assert "2,000" in told or "2000" in told
    process.send_signal(signal.SIGTERM)
    await ended(process)
