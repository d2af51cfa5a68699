"""Webhooks: whoever asked is told by a POST that a run has ended, at least once.

The address is a stranger's text: see `providers.fetch`. It is resolved anew for each call, only public addresses and
`FABULA_TRUSTED_HOSTS` are called, and redirects are not followed.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx2
import structlog

from domain.errors import MediaFailed
from providers.fetch import check, tls
from server.db.pool import Pool
from server.db.threads import get_thread
from server.db.webhooks import WebhookRow, delete_webhook, take_webhooks
from server.runs.encoding import encode
from server.runs.engine import Engine
from server.runs.models import RunRow
from server.thread_states import States

EVERY = 0.5
WITHIN = 15.0
AT_ONCE = 8
TRIES = 5

logger = structlog.get_logger(__name__)


class Webhooks:
    """Calls the webhooks of runs that have ended, whichever process ran them.

    After a failure it waits for `pause` seconds, and three times as long after each further one.
    """

    def __init__(self, pool: Pool, engine: Engine, pause: float) -> None:
        self.pool, self.engine, self.pause = pool, engine, pause
        self.states = States(pool, engine.graphs)

    async def call_due(self) -> None:
        """Call those that are due."""
        async with self.pool.connection() as conn:
            due = await take_webhooks(conn, self.pause, AT_ONCE)
        await asyncio.gather(*(self._call(webhook) for webhook in due))

    async def _call(self, webhook: WebhookRow) -> None:
        problem = ""
        try:
            await send(webhook.url, encode(await self._body(webhook)))
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
            logger.warning(
                "webhook_failed", run_id=str(webhook.run_id), attempt=webhook.attempts, reason=problem
            )
        if not problem or webhook.attempts >= TRIES:
            async with self.pool.connection() as conn:
                await delete_webhook(conn, webhook.run_id)

    async def _body(self, webhook: WebhookRow) -> dict[str, Any]:
        run = await self.engine.get(webhook.run_id, webhook.owner)
        async with self.pool.connection() as conn:
            thread = await get_thread(conn, webhook.thread_id, webhook.owner)
        values = await self.states.of_run(thread, run) if thread else None
        return {**told(run), "values": values, "webhook_sent_at": datetime.now(UTC)}


def told(run: RunRow) -> dict[str, Any]:
    """Return what is said of the run itself."""
    names = ("run_id", "thread_id", "assistant_id", "status", "metadata", "error", "created_at", "settled_at")
    return {name: getattr(run, name) for name in names}


async def send(url: str, body: bytes) -> None:
    """POST to the address that the URL's host has now. Raises unless the answer is 2xx."""
    async with asyncio.timeout(WITHIN):
        target = await check(url, "")
        headers = {"Host": target.url.netloc.decode("ascii"), "Content-Type": "application/json"}
        address = target.url.copy_with(host=target.address)
        client = httpx2.AsyncClient(trust_env=False, follow_redirects=False, verify=tls(), timeout=WITHIN)
        extensions = {"sni_hostname": target.url.host}
        call = client.stream("POST", address, content=body, headers=headers, extensions=extensions)
        async with client, call as answer:
            if not answer.is_success:
                raise MediaFailed(f"it answered {answer.status_code}")
