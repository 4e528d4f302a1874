"""Waiting by looking: every wait polls until a deadline and says what it was waiting for."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def eventually(check: Callable[[], Result], *, what: str, within: float = 15.0, every: float = 0.05) -> Result:
    """The first truthy result of `check`; after `within` seconds an AssertionError with `what` and the last failure."""
    deadline = time.monotonic() + within
    last: object = None
    while True:
        try:
            result = check()
            if result:
                return result
            last = result
        except Exception as error:  # a part that is still starting refuses, resets or answers half
            last = error
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {within:g} s: {what} (last seen: {last!r})")
        time.sleep(every)


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def free_ports(count: int) -> list[int]:
    """Ports that are free and differ from one another."""
    listeners = [socket.socket() for _ in range(count)]
    try:
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in listeners]
    finally:
        for listener in listeners:
            listener.close()


def accepts_connections(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
