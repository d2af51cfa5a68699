"""An embedded Postgres: there while somebody needs it, and shared by all who do."""

import asyncio
import contextlib
import fcntl
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import structlog
from platformdirs import user_data_path
from psycopg import AsyncConnection, OperationalError

from server.db.cluster import Cluster, unusable
from server.db.errors import PostgresNotStarted, PostgresUnavailable

STARTS_WITHIN = 120.0
ENDS_WITHIN = 30.0
GLANCE = 0.02
PAUSE = 0.1
AFTER_A_FAILURE = 1.0

logger = structlog.get_logger(__name__)


def default_folder() -> Path:
    """Return where the embedded Postgres lives: below `FABULA_HOME`, else where the user's data belongs.

    Root's is outside any home, since the account that runs the server cannot enter root's. Where `/var/lib` is
    read-only it lies in `/var/tmp` itself: in a folder between, somebody else could exchange it.
    """
    if home := os.environ.get("FABULA_HOME"):
        return Path(home) / "postgres"
    if os.geteuid() != 0:
        return user_data_path("fabula") / "postgres"
    if os.access("/var/lib", os.W_OK):
        return Path("/var/lib/fabula/postgres")
    return Path("/var/tmp/fabula-postgres")  # noqa: S108


class EmbeddedPostgres:
    """This process's part in the Postgres of one folder.

    Whoever holds the folder's lock runs Postgres as a child that ends with it, however it ends. The others
    use the same server and wait for the lock: when the holder ends, the next one starts Postgres again, at
    the same address. They see a gap of about a second, which `patiently` and the pool wait out.

    The server keeps the lock open too, so the lock is only free when no server is left. Start it in a thread
    that lives as long as the server is wanted: the Linux kernel ends the server with the thread that started
    it. Elsewhere a small process beside the server looks after its parent and ends it.
    """

    def __init__(self, folder: Path | None = None, settings: Mapping[str, str] | None = None) -> None:
        self.cluster = Cluster(folder or default_folder(), settings)
        self.process: subprocess.Popen[bytes] | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._was_up = False

    @property
    def url(self) -> str:
        """The address of the database, the same for all processes."""
        return self.cluster.url

    async def start(self) -> None:
        """Return when the database can be used; raise `PostgresUnavailable` that says why it cannot."""
        self.cluster.make_folders()
        self._keeper = asyncio.create_task(self._keep(), name="embedded-postgres")
        try:
            async with asyncio.timeout(STARTS_WITHIN):
                await self._wait_until_up()
        except TimeoutError:
            raise PostgresNotStarted(
                f"No Postgres in {self.cluster.folder} after {STARTS_WITHIN:.0f} s."
            ) from None
        finally:
            if not self._was_up:
                await self.stop()

    async def _wait_until_up(self) -> None:
        assert self._keeper
        while not await accepts(self.url):
            if self._keeper.done():
                await self._keeper
            await asyncio.sleep(GLANCE)
        self._was_up = True

    async def stop(self) -> None:
        """End the server, if it is ours, and give the lock to the next."""
        if self._keeper:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError, PostgresUnavailable):
                await self._keeper
            self._keeper = None

    async def _keep(self) -> None:
        """Wait for the lock, run the server, and run it again should it end before we do."""
        while True:
            try:
                async with self._lock() as lock:
                    await self._serve(lock)
            except PostgresUnavailable as error:
                if not self._was_up:
                    raise
                logger.warning("postgres_ended", reason=type(error).__name__, log=str(self.cluster.log))
            await asyncio.sleep(AFTER_A_FAILURE)

    @contextlib.asynccontextmanager
    async def _lock(self) -> AsyncIterator[int]:
        try:
            lock = os.open(self.cluster.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise unusable(self.cluster.folder, error) from error
        try:
            while not take(lock):  # noqa: ASYNC110
                await asyncio.sleep(PAUSE)
            yield lock
        finally:
            os.close(lock)

    async def _serve(self, lock: int) -> None:
        """Make the database if there is none, then run the server until it ends, which it should not."""
        try:
            self.cluster.remove_leftovers()
            if not self.cluster.data.exists():
                await self._make_database(lock)
            self.cluster.check_version()
            self.process = self.cluster.server(lock)
        except OSError as error:
            raise unusable(self.cluster.folder, error) from error
        try:
            await finished(self.process)
        finally:
            await end(self.process)
            self.process = None
        raise self.cluster.failure("ended")

    async def _make_database(self, lock: int) -> None:
        """Make it in a folder of its own, renamed when complete: half a database is never used."""
        fresh = self.cluster.new_data()
        for step in (self.cluster.initdb, self.cluster.create_database):
            process = step(fresh, lock)
            try:
                if await finished(process) != 0:
                    raise self.cluster.failure("could not be made")
            finally:
                await end(process)
        fresh.rename(self.cluster.data)


def take(lock: int) -> bool:
    """Take the lock if it is free."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def finished(process: subprocess.Popen[bytes]) -> int:
    """Wait for the process and return its exit code."""
    while (code := process.poll()) is None:  # noqa: ASYNC110
        await asyncio.sleep(GLANCE)
    return code


async def end(process: subprocess.Popen[bytes]) -> None:
    """End the process: politely, then, after half a minute, without a checkpoint, then at once."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is None:
            process.send_signal(number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ENDS_WITHIN):
                    await finished(process)


async def accepts(url: str) -> bool:
    """Say whether a server lets us in at this address."""
    try:
        connection = await AsyncConnection.connect(url, connect_timeout=5)
    except OperationalError:
        return False
    await connection.close()
    return True


@contextlib.asynccontextmanager
async def embedded(
    folder: Path | None = None, settings: Mapping[str, str] | None = None
) -> AsyncIterator[str]:
    """Yield the address of the embedded database in the folder, for as long as it is wanted."""
    postgres = EmbeddedPostgres(folder, settings)
    await postgres.start()
    try:
        yield postgres.url
    finally:
        await postgres.stop()
