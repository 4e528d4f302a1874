"""Whatever breaks at whatever moment: what was answered is in the ledger once, and no limit is overshot.

Each scenario runs a few times here; `THALAMUS_CHAOS_RUNS=200 Tests/run.sh interop -k chaos` runs each 200 times.
`THALAMUS_CHAOS_SEED` repeats a run's timing.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import ledger, postgres
from harness.gateway import Gateway, model, subnet
from harness.load import MODEL, Load
from harness.keys import ss58
from harness.loopback_miner import LoopbackMiner
from harness.postgres import PostgresCluster
from harness.tinydisk import TinyDisk
from harness.waiting import eventually

RUNS = int(os.environ.get("THALAMUS_CHAOS_RUNS", "4"))
SEED = int(os.environ.get("THALAMUS_CHAOS_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
BUDGET = 10**12

# Raised inside the ledger's own transactions, as PostgreSQL does when transactions get in each other's way.
FAULTS = """
create function inject_fault() returns trigger language plpgsql as $$
begin
    if random() < 0.02 then raise exception 'injected deadlock' using errcode = '40P01'; end if;
    if random() < 0.02 then raise exception 'injected serialization failure' using errcode = '40001'; end if;
    return new;
end $$;
create trigger faulty_usage before insert on usage_daily for each row execute function inject_fault();
create trigger faulty_allowances before update on allowances for each row execute function inject_fault();
create trigger faulty_leases before update on leases for each row execute function inject_fault();
"""


@dataclass
class System:
    gateways: list[Gateway]
    loads: list[Load]
    store: str
    random: random.Random

    def pause(self) -> None:
        """Anything from an instant to several uploads."""
        time.sleep(self.random.uniform(0, 0.4))

    def wait_for_answers(self, count: int = 12) -> None:
        for load in self.loads:
            load.wait_for(count)


@pytest.fixture
def cluster() -> Iterator[PostgresCluster]:
    """One of its own: it is killed."""
    cluster = PostgresCluster()
    try:
        yield cluster.start()
    finally:
        cluster.remove()


def run(
    tmp_path: Path, store: str, break_it: Callable[[System], None], *, replicas: int = 1, state: Path | None = None
) -> None:
    """Breaks a system under load as often as asked, and then looks whether its books are right."""
    print(f"THALAMUS_CHAOS_SEED={SEED}")
    with ExitStack() as stack:
        miners = [stack.enter_context(LoopbackMiner(name=f"miner{number}")) for number in range(2)]
        entries = [
            {"netuid": 1, "uid": number, "hotkey": ss58(f"//Miner{number}"), "address": miner.address, "incentive": 65_535}
            for number, miner in enumerate(miners)
        ]
        gateways = []
        for number in range(replicas):
            gateway = Gateway(
                tmp_path, miners=entries, store=store, subnets=[subnet(1)], models=[model(MODEL, 1)],
                name=f"gateway-{number}", metering={"state_directory": str((state or tmp_path) / f"state-{number}"), "segment_bytes": 65_536},
            )  # fmt: skip
            gateways.append(stack.enter_context(gateway))
        key = gateways[0].create_key("chaos", budget_micros=BUDGET)
        loads = [Load(gateway, key, plain=2, streaming=2) for gateway in gateways]
        for load in loads:
            stack.callback(load.stop)
        system = System(gateways, loads, store, random.Random(SEED))
        for _ in range(RUNS):
            system.pause()
            break_it(system)
            system.wait_for_answers()
        for load in loads:
            load.stop()
        check_books(system)
        for gateway in gateways:
            assert gateway.stop() == 0
        used, leased = ledger.budgets(store)
        assert leased == 0, "a hold or lease was not given back"
        assert used == sum(row.price_micros for row in ledger.rows(store))


def check_books(system: System) -> None:
    answered = set().union(*(load.answered for load in system.loads))
    refused = [text for load in system.loads for text in load.refused]
    assert not refused, refused[:5]

    def missing() -> set[str]:
        return answered - {row.request_id for row in ledger.rows(system.store)}

    eventually(lambda: not missing(), what="every answered request in the ledger", within=60)
    eventually(
        lambda: ledger.spent_micros(system.store)
        == ledger.budgets(system.store)[0]
        == sum(row.price_micros for row in ledger.rows(system.store)),
        what="daily sums, the budget's charge and the ledger to be equal",
        within=60,
    )
    rows = ledger.rows(system.store)
    assert len({row.request_id for row in rows}) == len(rows)
    assert all(row.price_micros >= 0 for row in rows)
    used, leased = ledger.budgets(system.store)
    assert 0 <= used and 0 <= leased and used + leased <= BUDGET


def test_a_killed_gateway(tmp_path: Path, postgres: PostgresCluster) -> None:
    def kill(system: System) -> None:
        gateway = system.random.choice(system.gateways)
        gateway.kill()
        gateway.start()

    run(tmp_path, postgres.create_database(), kill, replicas=2)


def test_a_killed_gateway_on_sqlite(tmp_path: Path) -> None:
    def kill(system: System) -> None:
        system.gateways[0].kill()
        system.gateways[0].start()

    run(tmp_path, str(tmp_path / "ledger.sqlite"), kill)


def test_a_killed_database(tmp_path: Path, cluster: PostgresCluster) -> None:
    def kill(system: System) -> None:
        cluster.process.kill()
        system.pause()
        cluster.start()

    run(tmp_path, cluster.create_database(), kill, replicas=2)


def test_a_killed_database_and_gateway(tmp_path: Path, cluster: PostgresCluster) -> None:
    def kill(system: System) -> None:
        gateway = system.random.choice(system.gateways)
        cluster.process.kill()
        system.pause()
        gateway.kill()
        cluster.start()
        gateway.start()

    run(tmp_path, cluster.create_database(), kill, replicas=2)


def test_deadlocks_and_serialization_failures(tmp_path: Path, postgres: PostgresCluster) -> None:
    store = postgres.create_database()
    isBroken = False

    def inject(system: System) -> None:
        nonlocal isBroken
        if not isBroken:
            query(store, FAULTS)
            isBroken = True
        system.pause()

    run(tmp_path, store, inject, replicas=2)


@pytest.mark.parametrize("kind", ["postgresql", "sqlite"])
def test_a_full_disk(tmp_path: Path, kind: str, request: pytest.FixtureRequest) -> None:
    """The database's disk and the spool's are full, and empty again."""
    with ExitStack() as stack:
        if kind == "sqlite":
            disk = stack.enter_context(TinyDisk(tmp_path / "tiny", megabytes=24))
            store, state = str(disk.folder / "ledger.sqlite"), disk.folder
        else:
            cluster: PostgresCluster = request.getfixturevalue("cluster")
            disk = stack.enter_context(TinyDisk(cluster.folder / "tiny", megabytes=64, owner=cluster.account))
            (disk.folder / "tablespace").mkdir(mode=0o777)
            os.chmod(disk.folder / "tablespace", 0o777)
            store, state = tiny_database(cluster, disk), disk.folder

        def fill(system: System) -> None:
            disk.fill()
            system.pause()
            if system.random.random() < 0.3:
                system.gateways[0].kill()
                disk.empty()
                system.gateways[0].start()
            disk.empty()

        run(tmp_path, store, fill, state=state)


def tiny_database(cluster: PostgresCluster, disk: TinyDisk) -> str:
    """A database whose tables are on the tiny disk; the write-ahead log is elsewhere."""
    if cluster.account:
        import shutil

        shutil.chown(disk.folder / "tablespace", cluster.account, cluster.account)
    cluster.query(f"create tablespace tiny location '{disk.folder / 'tablespace'}'", "postgres")
    cluster.query("create database chaos tablespace tiny", "postgres")
    return cluster.uri("chaos")


def query(store: str, sql: str) -> None:
    postgres.query(store, sql)
