"""Whether a server goes on answering somebody else while one client behaves badly."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Availability:
    """Asks again and again, as long as the `with` block lasts; every failure and the slowest answer are kept."""

    def __init__(self, ask: Callable[[], bool], *, every: float = 0.1) -> None:
        self.asked = 0
        self.slowest = 0.0
        self.failures: list[str] = []
        self._ask = ask
        self._every = every
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._stopping.wait(self._every):
            start = time.monotonic()
            try:
                if not self._ask():
                    self.failures.append("another status than 200")
            except Exception as error:
                self.failures.append(repr(error))
            self.asked += 1
            self.slowest = max(self.slowest, time.monotonic() - start)

    def __enter__(self) -> Availability:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(30)
