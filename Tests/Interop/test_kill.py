"""kill -9 of the gateway under load: what clients were answered is in the ledger, once, whichever database keeps it."""

from __future__ import annotations

import http.client
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from harness import http as wire
from harness import ledger
from harness.devnet import VALIDATOR, Devnet, Neuron, Subnet
from harness.gateway import Gateway, model, subnet
from harness.loopback_miner import LoopbackMiner
from harness.postgres import PostgresCluster
from harness.waiting import eventually

MODEL = "chat"
ROUNDS = 5
ANSWERS_PER_ROUND = 120


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


@pytest.fixture(params=["postgresql", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "ledger.sqlite")
    cluster: PostgresCluster = request.getfixturevalue("postgres")
    return cluster.create_database()


def test_every_answered_request_is_in_the_ledger_once(tmp_path: Path, store: str) -> None:
    with ExitStack() as stack:
        miners = [stack.enter_context(LoopbackMiner(name=f"miner{number}")) for number in range(3)]
        neurons = [Neuron(f"//Miner{number}", miner.address) for number, miner in enumerate(miners)]
        devnet = stack.enter_context(Devnet(tmp_path, [Subnet(1, [VALIDATOR, *neurons])]))
        gateway = Gateway(tmp_path, chain_url=devnet.url, store=store, subnets=[subnet(1)], models=[model(MODEL, 1)])
        stack.enter_context(gateway)
        load = Load(gateway, gateway.create_key("load", budget_micros=10**12))
        stack.callback(load.stop)

        for round_number in range(ROUNDS):
            # Another count each time, so that the kills fall on different moments of the uploads' rhythm.
            load.wait_for(ANSWERS_PER_ROUND + 7 * round_number)
            gateway.kill()
            gateway.start()
        load.wait_for(ANSWERS_PER_ROUND)
        load.stop()

        assert not load.refused, load.refused[:5]
        assert load.broken, "no request was under way at any kill"
        assert load.streamed and load.streamed != load.answered

        def missing() -> set[str]:
            return load.answered - {row.request_id for row in ledger.rows(store)}

        eventually(lambda: not missing(), what="every answered request in the ledger", within=30)
        rows = ledger.rows(store)
        assert len({row.request_id for row in rows}) == len(rows)
        assert {row.request_id for row in rows if row.is_stream} >= load.streamed
        assert all(row.completion_tokens > 0 for row in rows if row.request_id in load.answered)
        # The budget was charged for each once, too.
        eventually(
            lambda: ledger.spent_micros(store) == sum(row.price_micros for row in ledger.rows(store)),
            what="the daily sums to equal the ledger",
        )
        eventually(
            lambda: ledger.budgets(store)[0] == sum(row.price_micros for row in ledger.rows(store)),
            what="the budget's charge to equal the ledger",
        )
