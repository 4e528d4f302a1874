"""How long events take from the miner that sends them to the client that reads them."""

from __future__ import annotations

import json
import ssl
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import httpx

from . import http
from .transport import TIMED


@dataclass(frozen=True)
class Delays:
    """Milliseconds, sorted."""

    values: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def p99(self) -> float:
        return self.values[min(len(self.values) - 1, len(self.values) * 99 // 100)]

    def __str__(self) -> str:
        return f"p50 {self.median:.2f} ms, p99 {self.p99:.2f} ms, {len(self.values)} events"


def measure(base: str, key: str, *, verify: Path | None = None, http2: bool = False) -> Delays:
    """One stream of the `timed` model, from a gateway or proxy at `base` (such as `https://localhost:8443`)."""
    body = http.chat_body(TIMED, "What time is it?", stream=True)
    context = ssl.create_default_context(cafile=verify)
    with (
        httpx.Client(http1=not http2, http2=http2, verify=context, timeout=30, trust_env=False) as client,
        client.stream("POST", f"{base}/v1/chat/completions", json=body, headers={"Authorization": f"Bearer {key}"}) as answer,
    ):
        assert answer.status_code == 200, answer.read()
        return delays_of(line.removeprefix("data: ") for line in answer.iter_lines() if line)


def delays_of(events: Iterable[str]) -> Delays:
    """From the `data` of each event, taken as it comes."""
    values: list[float] = []
    for event in events:
        now = time.monotonic_ns()
        if event == "[DONE]":
            break
        (choice,) = json.loads(event)["choices"]
        if content := choice["delta"].get("content"):
            values.append((now - int(content)) / 1e6)
    return Delays(sorted(values))
