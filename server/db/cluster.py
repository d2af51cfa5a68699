"""One database cluster in a folder: its files, its settings and the commands that make and run it."""

import contextlib
import errno
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from server.db import binaries, launch
from server.db.errors import FolderUnusable, NoSpaceLeft, OtherMajorVersion, PostgresNotStarted

NAME = "fabula"
PORT = 5432
# Linux ends a socket's path at 107 bytes, macOS at 103.
LONGEST_SOCKET = 103
LARGEST_LOG = 5_000_000
LINES_OF_LOG = 20
SHORT_FOLDERS = Path("/tmp")  # noqa: S108
INSTEAD = "Set FABULA_HOME to another folder, or DATABASE_URL to a database of your own."
SETTINGS = {
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}


class Cluster:
    """The files of one cluster, all in one folder.

    `data` and `socket` belong to the account that runs the server and are closed to all others. As root, the
    folder itself stays root's (the account may pass through), and what root writes (`lock`, `log`, the access
    rules) lies there and not in `data`, where the account could put links in its way.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder.expanduser().absolute()
        self.settings = SETTINGS | dict(settings or {})
        self.account = binaries.server_account()
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.socket = self._socket_folder()
        self.log_start = 0

    @property
    def url(self) -> str:
        """The database's address, over the socket."""
        return f"postgresql://{NAME}@/{NAME}?host={quote(str(self.socket), safe='')}&port={PORT}"

    @property
    def owner(self) -> int:
        """The uid that runs the server."""
        return self.account.uid if self.account else os.geteuid()

    def _socket_folder(self) -> Path:
        inside = self.folder / "socket"
        if len(os.fsencode(inside / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET:
            return inside
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return SHORT_FOLDERS / f"fabula-{self.owner}-{digest}"

    def make_folders(self) -> None:
        """Make what is missing of the folders, and see that they are usable and nobody else's."""
        try:
            self._make_folder()
            own_folder(self.socket, self.owner)
        except OSError as error:
            raise unusable(self.folder, error) from error
        if self.account and not binaries.can_enter(self.account, self.folder):
            raise FolderUnusable(
                f"As root, Postgres runs as the user {self.account.name}, who cannot enter {self.folder}. "
                f"{INSTEAD}"
            )

    def _make_folder(self) -> None:
        for parent in reversed([parent for parent in self.folder.parents if not parent.exists()]):
            parent.mkdir(exist_ok=True)
            if self.account:
                parent.chmod(0o755)
        if self.account:
            own_folder(self.folder, os.geteuid(), self.account.gid, 0o710)
        else:
            own_folder(self.folder, os.geteuid())

    def check_version(self) -> None:
        """Refuse data of another major version of Postgres."""
        wanted, found = binaries.version().split(".")[0], (self.data / "PG_VERSION").read_text().strip()
        if wanted != found:
            raise OtherMajorVersion(
                f"{self.data} was made by Postgres {found}; this Fabula brings Postgres {wanted}. "
                f"Dump it with the release that made it, or move it away. {INSTEAD}"
            )

    def remove_leftovers(self) -> None:
        """Remove what a process left that was killed. Only for the holder of the lock.

        The server and `initdb` keep the lock open, so that who gets it knows that neither is there. A
        `postmaster.pid` is then stale, even where its pid lives again, as it does in a restarted container.
        """
        for half in self.folder.glob("initdb-*"):
            shutil.rmtree(half)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def new_data(self) -> Path:
        """Return a fresh folder to make the data in."""
        fresh = Path(tempfile.mkdtemp(prefix="initdb-", dir=self.folder))
        if self.account:
            os.chown(fresh, self.account.uid, self.account.gid)
        return fresh

    def initdb(self, fresh: Path, lock: int) -> subprocess.Popen[bytes]:
        """Start to fill a fresh folder."""
        options = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        return self._start(
            lock, "initdb", "-D", str(fresh), "-U", NAME, "--auth=peer", "--no-instructions", *options
        )

    def create_database(self, fresh: Path, lock: int) -> subprocess.Popen[bytes]:
        """Start to make our database in it, without a server."""
        statement = f"CREATE DATABASE {NAME}\n".encode()
        return self._start(lock, "postgres", "--single", "-D", str(fresh), "postgres", stdin=statement)

    def server(self, lock: int) -> subprocess.Popen[bytes]:
        """Start the server, reachable only through its socket."""
        self.write_access_rules()
        settings = self.settings | {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket),
            "unix_socket_permissions": "0700",
            "port": str(PORT),
            "hba_file": str(self.folder / "pg_hba.conf"),
            "ident_file": str(self.folder / "pg_ident.conf"),
        }
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        return self._start(lock, "postgres", "-D", str(self.data), *options)

    def write_access_rules(self) -> None:
        """Let in whoever runs Fabula, and nobody else.

        The socket lies in a folder that only its owner and root may enter. The kernel also tells Postgres who
        connects ("peer"), and only the user that started it passes: as root not even the account itself.
        """
        user = pwd.getpwuid(os.geteuid()).pw_name
        self._write("pg_hba.conf", f"local all {NAME} peer map={NAME}\n")
        self._write("pg_ident.conf", f'{NAME} "{user}" {NAME}\n')

    def _write(self, name: str, text: str) -> None:
        half = self.folder / f"{name}.half"
        half.write_text(text)
        half.chmod(0o640)
        if self.account:
            os.chown(half, -1, self.account.gid)
        half.replace(self.folder / name)

    def _start(self, lock: int, program: str, *arguments: str, stdin: bytes = b"") -> subprocess.Popen[bytes]:
        """Start a program that ends with the calling thread, and not by a terminal's Ctrl-C."""
        packages = binaries.installed()
        if self.account:
            packages = binaries.readable(packages, self.folder, self.account)
        account = f"{self.account.uid}:{self.account.gid}" if self.account else ""
        mode = "exec" if sys.platform == "linux" else "watch"
        script = [sys.executable, "-I", "-S", str(Path(launch.__file__)), str(os.getpid()), account, mode]
        with self._open_log() as log:
            process = subprocess.Popen(  # noqa: S603
                [*script, str(binaries.programs(packages) / program), *arguments],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C"},
                pass_fds=[lock],
                start_new_session=True,
            )
        assert process.stdin
        with contextlib.suppress(BrokenPipeError), process.stdin:
            process.stdin.write(stdin)
        return process

    def _open_log(self) -> BinaryIO:
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.folder / "log.old")
        log = self.log.open("ab")
        self.log_start = log.tell()
        return log

    def failure(self, what: str) -> PostgresNotStarted | NoSpaceLeft:
        """Return the error for a program that failed, with the end of what it wrote to the log."""
        with self.log.open("rb") as log:
            log.seek(self.log_start)
            said = log.read().decode(errors="replace").strip()
        if os.strerror(errno.ENOSPC) in said:
            return NoSpaceLeft(
                f"There is no space left for the embedded Postgres in {self.folder}. {INSTEAD}"
            )
        tail = "\n".join(said.splitlines()[-LINES_OF_LOG:])
        return PostgresNotStarted(f"The embedded Postgres in {self.folder} {what}. {INSTEAD}\n{tail}")


def own_folder(folder: Path, owner: int, group: int = -1, mode: int = 0o700) -> None:
    """Make the folder, or see that it is ours; refuse one that is somebody else's, or a link."""
    folder.mkdir(mode=0o700, exist_ok=True)
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(opened).st_uid not in (owner, os.geteuid()):
            raise PermissionError(errno.EPERM, "It belongs to somebody else", str(folder))
        os.fchown(opened, owner, group)
        os.fchmod(opened, mode)
    finally:
        os.close(opened)


def unusable(folder: Path, error: OSError) -> FolderUnusable | NoSpaceLeft:
    """Return the error for a folder that the system refuses."""
    if error.errno == errno.ENOSPC:
        return NoSpaceLeft(f"There is no space left for the embedded Postgres in {folder}. {INSTEAD}")
    where = error.filename or folder
    return FolderUnusable(f"The embedded Postgres cannot use {where}: {error.strerror}. {INSTEAD}")
