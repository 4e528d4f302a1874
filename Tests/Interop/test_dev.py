"""`thalamus dev`, as deploy/quickstart.sh starts it: the lines it prints work as they are, and Ctrl-C ends it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import thalamus
from harness.process import ManagedProcess
from harness.waiting import free_port


def start_dev(directory: Path) -> ManagedProcess:
    port = free_port()
    arguments = [thalamus.binary(), "dev", "--port", str(port), "--data", directory / "data"]
    return ManagedProcess("dev", arguments, log_directory=directory, port=port, stop_signal=signal.SIGINT).start()


def curl_lines(dev: ManagedProcess) -> list[str]:
    """The printed commands, once all of them are there."""
    dev.wait_for_log("Ctrl-C ends it")
    return re.findall(r"^ +(curl .*)$", dev.log(), re.MULTILINE)


def run(command: str) -> str:
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def dev(directory: Path) -> Iterator[ManagedProcess]:
    with start_dev(directory) as process:
        yield process


def test_the_printed_line_answers(dev: ManagedProcess) -> None:
    plain, _ = curl_lines(dev)
    completion = json.loads(run(plain))
    assert completion["object"] == "chat.completion"
    assert completion["choices"][0]["message"]["content"]


def test_the_printed_line_for_a_stream_answers(dev: ManagedProcess) -> None:
    _, stream = curl_lines(dev)
    events = [line for line in run(stream).split("\n\n") if line]
    assert len(events) > 2
    assert events[-1] == "data: [DONE]"


def test_the_interrupt_key_ends_it_and_the_key_is_kept(tmp_path: Path) -> None:
    first = start_dev(tmp_path)
    printed = curl_lines(first)
    key = re.search(r"Bearer (\S+?)'", printed[0])
    assert first.stop(grace=20) == 0, first.log_tail()
    assert key is not None
    with start_dev(tmp_path) as second:
        second.wait_until(lambda: second.log().count("Ctrl-C ends it") == 2, what="its greeting again")
        again = re.findall(r"Bearer (\S+?)'", second.log())
        assert set(again) == {key[1]}
