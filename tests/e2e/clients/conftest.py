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
from playwright.async_api import Page, async_playwright

from tests.database import address, new_database
from tests.e2e.langgraph.conftest import running

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PAGE = (
    '<!doctype html><meta charset="utf-8"><div id="root"></div><script type="module" src="page.js"></script>'
)


@dataclass
class Served:
    """A server, the address of the page that uses it, and the folder whose files open gates."""

    url: str
    page: str
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
    """The address of a folder with the page, bundled."""
    folder = tmp_path_factory.mktemp("page")
    command = [str(modules / ".bin" / "esbuild"), "page.jsx", "--bundle", "--format=esm", "--jsx=automatic"]
    built = subprocess.run(
        [*command, f"--outfile={folder}/page.js"], cwd=HERE, capture_output=True, text=True
    )
    assert built.returncode == 0, built.stderr
    (folder / "index.html").write_text(PAGE, encoding="utf-8")
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
        yield Served(url, f"{page_url}/?{urlencode({'api': url})}", folder)


@pytest_asyncio.fixture
async def page() -> AsyncIterator[Page]:
    if not CHROMIUM:
        pytest.skip("there is no Chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page()
        page.set_default_timeout(15_000)
        yield page
        await browser.close()
