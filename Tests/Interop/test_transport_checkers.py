"""Checkers from outside at the gateway itself: slowhttptest and sslyze."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.availability import Availability
from harness.process import clean_environment
from harness.slow import CONNECTIONS, MODES, Mode, attack
from harness.tls import Authority
from harness.transport import TransportSystem

TIMEOUT_SECONDS = 3
ATTACK_SECONDS = 9


@pytest.fixture(scope="module")
def authority(directory: Path) -> Authority:
    return Authority(directory)


@pytest.fixture(scope="module")
def impatient(directory: Path) -> Iterator[TransportSystem]:
    names = ("header_timeout", "body_timeout", "idle_timeout", "write_timeout")
    timeouts = {name: f"{TIMEOUT_SECONDS}s" for name in names}
    with TransportSystem(directory, name="impatient", models=4_000, **timeouts) as system:
        yield system


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_slow_clients_are_cut_and_hold_up_nobody(impatient: TransportSystem, directory: Path, mode: Mode) -> None:
    with Availability(lambda: impatient.is_available(timeout=2)) as others:
        outcome = attack(
            mode, impatient.url, impatient.key, directory, impatient.held_connections, seconds=ATTACK_SECONDS
        )
    print(outcome, others.asked, others.slowest)
    assert outcome.was_available
    assert not others.failures
    assert others.asked >= 5 and others.slowest < 1
    assert outcome.seconds_held < ATTACK_SECONDS - 1
    if mode.name != "ranges":
        assert outcome.most_held >= CONNECTIONS / 2
