"""kill -9 of the gateway under load: what clients were answered is in the ledger, once, whichever database keeps it."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from harness import ledger
from harness.devnet import VALIDATOR, Devnet, Neuron, Subnet
from harness.gateway import Gateway, model, subnet
from harness.load import MODEL, Load
from harness.loopback_miner import LoopbackMiner
from harness.postgres import PostgresCluster
from harness.waiting import eventually

ROUNDS = 5
ANSWERS_PER_ROUND = 120


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
