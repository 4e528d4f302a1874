"""Timelocks of ours in the reference libraries, and theirs in ours."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable, Iterator

import bittensor_drand
import pytest

from harness import thalamus

ROUND = 1_000
SIGNATURE = "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
"""What drand's quicknet published for that round."""

CORE = """
import sys, bittensor_core as core
for line in sys.stdin:
    verb, message = line.rstrip("\\n").split(" ")
    if verb == "open":
        result = core.decrypt_with_signature(bytes.fromhex(message), "SIGNATURE")
    else:
        result = core.encrypt_at_round(bytes.fromhex(message), ROUND)
        result = result[0] if isinstance(result, tuple) else result
    print(bytes(result).hex(), flush=True)
""".replace("SIGNATURE", SIGNATURE).replace("ROUND", str(ROUND))


class Lines:
    """A process that answers each line with a line."""

    def __init__(self, *command: str | os.PathLike[str]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line: str) -> str:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def close(self) -> None:
        self._process.communicate(timeout=10)


@pytest.fixture(scope="module")
def ours() -> Iterator[Lines]:
    path = thalamus.binary().parent / "timelock-peer"
    assert path.exists(), f"{path} is not built: run 'swift build --product timelock-peer' (Tests/run.sh does)"
    lines = Lines(path)
    yield lines
    lines.close()


def drand() -> tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]:
    def seal(message: bytes) -> bytes:
        sealed = bittensor_drand.encrypt_at_round(message, ROUND)
        return bytes(sealed[0] if isinstance(sealed, tuple) else sealed)

    return seal, lambda sealed: bytes(bittensor_drand.decrypt_with_signature(sealed, SIGNATURE))


@pytest.fixture(params=["bittensor-drand 2.0.0", "bittensor-core 0.1.5"])
def reference(request: pytest.FixtureRequest) -> Iterator[tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]]:
    if request.param.startswith("bittensor-drand"):
        yield drand()
        return
    core = Lines(os.environ["THALAMUS_BT11_PYTHON"], "-c", CORE)
    yield (
        lambda message: bytes.fromhex(core.ask(f"seal {message.hex()}")),
        lambda sealed: bytes.fromhex(core.ask(f"open {sealed.hex()}")),
    )
    core.close()


def test_each_opens_what_the_other_sealed(ours: Lines, reference) -> None:
    seal, open_sealed = reference
    for length in (0, 1, 14, 15, 16, 17, 100, 1_000, 4_700):
        message = random.randbytes(length)
        assert open_sealed(bytes.fromhex(ours.ask(f"seal {ROUND} {message.hex()}"))) == message
        assert ours.ask(f"open {SIGNATURE} {seal(message).hex()}") == message.hex()


def test_a_changed_ciphertext_does_not_open(ours: Lines) -> None:
    sealed = bytearray.fromhex(ours.ask(f"seal {ROUND} {b'weights'.hex()}"))
    # The last eight bytes are the envelope's round, which is there for people to read.
    for position in random.sample(range(len(sealed) - 8), 12):
        changed = bytearray(sealed)
        changed[position] ^= 1 << random.randrange(8)
        assert ours.ask(f"open {SIGNATURE} {changed.hex()}").startswith("error:")
