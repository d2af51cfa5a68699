"""Become a command that ends when the process that started it does, however that one ends.

Run as a script: `launch.py PARENT UID:GID exec|watch COMMAND...`, with nothing but the standard library.
`exec` (Linux): the command replaces this process, and the kernel interrupts it when the thread that started
it is gone. `watch` (elsewhere): this process stays beside the command, looks ten times a second whether the
parent still lives, and passes signals on.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1
PAUSE = 0.1


def main(parent: int, account: str, command: list[str], watch: bool) -> None:
    """Drop to the account, then run the command for as long as the parent lives."""
    become(account)
    if watch:
        sys.exit(run_beside(parent, command))
    # After the change of user, which would clear it.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != parent:
        sys.exit("The process that wanted this command is gone.")
    os.execv(command[0], command)  # noqa: S606


def become(account: str) -> None:
    """Give up root for the account, written `uid:gid`; an empty one changes nothing."""
    os.umask(0o077)
    if account:
        uid, gid = map(int, account.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def run_beside(parent: int, command: list[str]) -> int:
    """Run the command until it or the parent ends; return its exit code."""
    received: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
        signal.signal(number, lambda number, _: received.append(number))
    child = subprocess.Popen(command, close_fds=False)  # noqa: S603
    while child.poll() is None and os.getppid() == parent:
        while received:
            child.send_signal(received.pop(0))
        time.sleep(PAUSE)
    if child.poll() is None:
        child.send_signal(signal.SIGINT)
    return child.wait()


if __name__ == "__main__":
    _, parent, account, mode, *command = sys.argv
    main(int(parent), account, command, watch=mode == "watch")
