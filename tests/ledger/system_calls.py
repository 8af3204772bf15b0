"""Does something at the n-th call that a piece of work makes to the operating system, just before the system sees it."""

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

CALLS = {
    "close",
    "fsync",
    "link",
    "listdir",
    "mkdir",
    "open",
    "read",
    "rename",
    "replace",
    "scandir",
    "unlink",
    "write",
}


def with_each_call(work: Callable[[], object], on_call: Callable[[int, str], None]) -> None:
    """Run the work; before its n-th call ``on_call`` gets n, counted from 1, and the call's name. It may raise."""
    count = 0

    def look(frame: FrameType, event: str, what: object) -> None:
        nonlocal count
        name = getattr(what, "__name__", "")
        if event == "c_call" and getattr(what, "__module__", "") == "posix" and name in CALLS:
            count += 1
            on_call(count, name)

    sys.setprofile(look)
    try:
        work()
    finally:
        sys.setprofile(None)


def calls_of(work: Callable[[], object]) -> list[str]:
    """The names of the calls that the work makes, in order."""
    names: list[str] = []
    with_each_call(work, lambda number, name: names.append(name))
    return names


def killed_before(number: int, work: Callable[[], object]) -> bool:
    """Run the work in a process that is killed (-9) before its n-th call; False when it ended before that."""

    def kill(count: int, name: str) -> None:
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    return signalled(lambda: with_each_call(work, kill)) == signal.SIGKILL


def signalled(work: Callable[[], object]) -> int:
    """Run the work in a child process; the signal that ended it, 0 when it came to its end."""
    child = in_child(work)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def in_child(work: Callable[[], object]) -> int:
    """Start the work in a child process, which ends with 0 when it comes to its end; the child's number."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)
