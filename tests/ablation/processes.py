"""Running a piece of a test in a process of its own, to kill it or to take something from it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable
from typing import Any

import pytest

# a forked child has everything imported already, so that a test takes milliseconds
needs_fork = pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="needs fork"
)


def start(function: Callable[[], Any]) -> multiprocessing.Process:
    """Start a function in a child process, to be killed or joined."""
    child = multiprocessing.get_context("fork").Process(target=function, daemon=True)
    child.start()
    return child


def kill_when(child: multiprocessing.Process, ready: Callable[[], bool]) -> None:
    """Kill -9 a child as soon as a condition holds."""
    deadline = time.monotonic() + 60
    while not ready():
        assert child.is_alive(), "the child ended before it could be killed"
        assert time.monotonic() < deadline, "the child never got there"
        time.sleep(0.002)
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    assert child.exitcode == -signal.SIGKILL


def outcome_in_child(function: Callable[[], Any]) -> Any:
    """Call a function in a child process; return its result, or the exception as text."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def work() -> None:
        try:
            sender.send(function())
        except BaseException:
            sender.send(traceback.format_exc())

    child = context.Process(target=work, daemon=True)
    child.start()
    sender.close()
    try:
        return receiver.recv()
    finally:
        child.join()
