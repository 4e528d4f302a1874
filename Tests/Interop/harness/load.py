"""Clients that ask without a pause, and know what they were answered."""

from __future__ import annotations

import http.client
import threading

from . import http as wire
from .gateway import Gateway

MODEL = "chat"


class Load:
    """Clients that ask without a pause and note the id of every answer that arrived whole."""

    def __init__(self, gateway: Gateway, key: str, *, plain: int = 6, streaming: int = 6) -> None:
        self.answered: set[str] = set()
        self.streamed: set[str] = set()
        self.broken = 0
        """Requests that failed, as those under way at a kill do."""
        self.refused: list[str] = []
        """What no client should have seen: other statuses than 200, ids given twice."""
        self._gateway = gateway
        self._key = key
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(False,)) for _ in range(plain)]
        self._threads += [threading.Thread(target=self._run, args=(True,)) for _ in range(streaming)]
        for thread in self._threads:
            thread.start()

    def wait_for(self, count: int) -> None:
        """Returns once so many further requests have been answered."""
        target = len(self.answered) + count
        self._gateway.process.wait_until(lambda: len(self.answered) >= target, what="answers under load", within=60)

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _run(self, is_stream: bool) -> None:
        while not self._stopping.is_set():
            try:
                self._ask_streamed() if is_stream else self._ask()
            except (OSError, http.client.HTTPException):
                self.broken += 1
                self._stopping.wait(0.05)

    def _ask(self) -> None:
        answer = self._gateway.chat(wire.chat_body(MODEL, "Hello", max_tokens=20), key=self._key)
        self._note(answer.status, answer.request_id, answer.body, is_stream=False)

    def _ask_streamed(self) -> None:
        with self._gateway.chat_stream(wire.chat_body(MODEL, "Hello", max_tokens=20), key=self._key) as response:
            received = list(wire.events(response))
            if response.status != 200 or (received and received[-1] == "[DONE]"):
                self._note(response.status, response.headers["x-request-id"], b"", is_stream=True)
            else:
                self.broken += 1

    def _note(self, status: int, request_id: str | None, body: bytes, *, is_stream: bool) -> None:
        if status == 503:  # started again, and has not read the metagraph yet
            self._stopping.wait(0.05)
            return
        with self._lock:
            if status != 200 or request_id is None:
                self.refused.append(f"{status} {body[:200]!r}")
                return
            if request_id in self.answered:
                self.refused.append(f"{request_id} was given twice")
            self.answered.add(request_id)
            if is_stream:
                self.streamed.add(request_id)
