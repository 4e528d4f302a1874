"""slowhttptest: many clients that take their time, in each of its modes."""

from __future__ import annotations

import csv
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .process import ManagedProcess

CONNECTIONS = 200
_OTHERS = 3
"""Connections of slowhttptest's probe and of whoever else asks."""



@dataclass(frozen=True)
class Mode:
    name: str
    path: str
    options: tuple[str, ...]


MODES = [
    Mode("slow headers", "/v1/models", ("-H", "-x", "8")),
    Mode("slow body", "/v1/chat/completions", ("-B", "-s", "8192", "-x", "8")),
    # Small windows, little read at a time, and much to read: the same request over and over.
    Mode("slow read", "/v1/models", ("-X", "-w", "256", "-y", "512", "-n", "1", "-z", "32", "-k", "10")),
    Mode("ranges", "/v1/models", ("-R", "-a", "5", "-b", "3000")),
]


@dataclass(frozen=True)
class Outcome:
    was_available: bool
    """To slowhttptest's own probes, every second."""
    most_held: int
    """Connections at the server at a time."""
    seconds_held: float
    """Until it had none of them any more."""


def attack(mode: Mode, base: str, key: str, folder: Path, held: Callable[[], int], *, seconds: int) -> Outcome:
    """Opens the connections at once, sends or reads a little every second, and stops when the server has let go of all,
    or after so many seconds. `held` counts the server's connections: where answers wait in the kernel's buffers, their
    reader does not see that the server has closed."""
    report = folder / mode.name.replace(" ", "-")
    command = [
        "slowhttptest", *mode.options, "-c", str(CONNECTIONS), "-r", str(CONNECTIONS), "-i", "1", "-p", "2",
        "-l", str(seconds), "-u", base + mode.path, "-g", "-o", str(report), "-v", "1",
        # There is no option for further headers.
        "-m", f"*/*\r\nAuthorization: Bearer {key}",
    ]  # fmt: skip
    start = time.monotonic()
    most_held, last_held = 0, start
    with ManagedProcess("slowhttptest", command, log_directory=folder, stop_signal=signal.SIGINT) as process:
        while process.is_running and (last_held == start or time.monotonic() < last_held + 1):
            most_held = max(most_held, count := held())
            if count > _OTHERS:
                last_held = time.monotonic()
            time.sleep(0.05)
    with Path(f"{report}.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    assert rows, process.log_tail()
    was_available = all(row["Service Available"] != "0" for row in rows)
    return Outcome(was_available, most_held, last_held - start)
