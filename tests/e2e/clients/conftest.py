"""Our server with a conversation to serve, and a page in a real browser that talks to it from another origin."""

import functools
import json
import shutil
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright, expect

from tests.database import address, new_database
from tests.e2e.langgraph.conftest import running

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PAGES = {"index": "page", "thread": "thread_page"}
PAGE = '<!doctype html><meta charset="utf-8"><div id="root"></div><script type="module" src="{}.js"></script>'


@dataclass
class Served:
    """A server, the addresses of the pages that use it, and the folder whose files open gates."""

    url: str
    page: str
    thread_page: str
    gates: Path

    def open(self, gate: str) -> None:
        (self.gates / gate).touch()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def modules() -> Path:
    if not shutil.which("node") or not (MODULES / "esbuild").exists():
        pytest.skip(f"the JavaScript clients are not installed: npm ci --prefix {HERE}")
    return MODULES


@pytest.fixture(scope="session")
def page_url(modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a folder with the pages, bundled."""
    folder = tmp_path_factory.mktemp("page")
    sources = [f"{script}.jsx" for script in PAGES.values()]
    how = ["--bundle", "--format=esm", "--jsx=automatic", f"--outdir={folder}"]
    command = [str(modules / ".bin" / "esbuild"), *sources, *how]
    built = subprocess.run(command, cwd=HERE, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    for name, script in PAGES.items():
        (folder / f"{name}.html").write_text(PAGE.format(script), encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def served(
    page_url: str, postgres: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("clients")
    settings = {"FABULA_CORS_ORIGINS": json.dumps([page_url]), "TEST_GATES": str(folder)}
    with (
        new_database(postgres, template) as name,
        running(address(postgres, name), folder, HERE / "served" / "langgraph.json", **settings) as url,
    ):
        query = urlencode({"api": url})
        yield Served(url, f"{page_url}/?{query}", f"{page_url}/thread.html?{query}", folder)


@pytest_asyncio.fixture
async def page() -> AsyncIterator[Page]:
    if not CHROMIUM:
        pytest.skip("there is no Chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page()
        page.set_default_timeout(30_000)
        expect.set_options(timeout=30_000)
        yield page
        await browser.close()
