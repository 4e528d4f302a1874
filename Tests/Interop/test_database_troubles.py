"""A database that is slow, read-only, full of connections, or on another schema: statuses, advice, recovery by itself."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from harness import http, ledger, thalamus
from harness.gateway import Gateway, model, subnet
from harness.http import chat_body
from harness.keys import ss58
from harness.loopback_miner import Behaviour, LoopbackMiner
from harness.postgres import PostgresCluster, query
from harness.waiting import eventually

MODEL, SLOW = "chat", "slow"
NETUIDS = {MODEL: 1, SLOW: 2}
STATEMENT_TIMEOUT = 1
NO_KEY = "a-key-that-nobody-has"


class System:
    """One gateway on a database of its own, which it uses as somebody who is no superuser."""

    def __init__(self, stack: ExitStack, directory: Path, cluster: PostgresCluster, name: str) -> None:
        self.cluster = cluster
        self.admin_uri = cluster.create_database()
        self.database = self.admin_uri.rsplit("/", 1)[1]
        self.role = f"{name}_{self.database}"
        self.sql(f"create role {self.role} login password 'loopback-only'")
        self.sql(f"alter database {self.database} owner to {self.role}; alter schema public owner to {self.role}")
        self.miners = {
            MODEL: stack.enter_context(LoopbackMiner(Behaviour.GOOD, MODEL)),
            SLOW: stack.enter_context(LoopbackMiner(Behaviour.TRICKLE, SLOW)),
        }
        self.gateway = Gateway(
            directory,
            name=name,
            store=self.admin_uri.replace("//thalamus:", f"//{self.role}:"),
            miners=[
                {"netuid": NETUIDS[name], "hotkey": ss58(f"//{name}"), "address": miner.address}
                for name, miner in self.miners.items()
            ],
            subnets=[subnet(netuid) for netuid in NETUIDS.values()],
            models=[model(name, netuid) for name, netuid in NETUIDS.items()],
            metering={"statement_timeout": f"{STATEMENT_TIMEOUT}s", "connect_timeout": "2s"},
        )
        self.answered: list[str] = []

    def sql(self, text: str) -> list[list[str]]:
        return query(self.admin_uri, text)

    def key(self, name: str, *options: str) -> str:
        config = self.gateway.configuration_path
        return json.loads(thalamus.run("keys", "create", "--config", config, "--name", name, "--json", *options))["key"]

    def chat(self, key: str, **settings) -> http.Answer:
        answer = self.gateway.chat(chat_body(MODEL, "Hi"), key=key, **settings)
        if answer.status == 200:
            self.answered.append(answer.request_id)
        return answer

    def ready(self) -> int:
        return http.ask(self.gateway.port, "/ready").status

    def end_sessions(self) -> None:
        self.sql(f"select pg_terminate_backend(pid) from pg_stat_activity where usename = '{self.role}'")

    @contextmanager
    def lock(self, table: str) -> Iterator[None]:
        """Holds a table's strongest lock, as a migration by hand or a VACUUM FULL does."""
        name = f"lock-{table}"
        text = f"set application_name = '{name}'; lock table {table} in access exclusive mode; select pg_sleep(120)"
        holder = subprocess.Popen(["psql", self.admin_uri, "-X", "-q", "-c", text], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            held = f"select 1 from pg_locks where relation = '{table}'::regclass and mode = 'AccessExclusiveLock' and granted"
            eventually(lambda: self.sql(held), what=f"the lock on {table}")
            yield
        finally:
            self.sql(f"select pg_terminate_backend(pid) from pg_stat_activity where application_name = '{name}'")
            holder.wait(timeout=30)

    def check_books(self) -> None:
        """Every answered request has one row, and nothing else has."""
        expected = sorted(self.answered)
        eventually(
            lambda: sorted(row.request_id for row in ledger.rows(self.admin_uri)) == expected,
            what="the ledger to hold what was answered, once",
        )


@pytest.fixture(scope="module")
def cluster() -> Iterator[PostgresCluster]:
    """A server of this file's own: the tests change its settings."""
    cluster = PostgresCluster()
    try:
        yield cluster.start()
    finally:
        cluster.remove()


@pytest.fixture
def system(request: pytest.FixtureRequest, tmp_path: Path, cluster: PostgresCluster) -> Iterator[System]:
    with ExitStack() as stack:
        system = System(stack, tmp_path, cluster, request.node.name.removeprefix("test_").split("[")[0][:40])
        with system.gateway:
            yield system


def expect_unavailable(answer: http.Answer) -> None:
    assert answer.status == 503, answer
    assert answer.error["code"] == "metering_unavailable"
    assert 0 < int(answer.headers["retry-after"]) <= 10


def log_of(system: System) -> str:
    return system.gateway.process.log_path.read_text(errors="replace")


def test_read_only_as_after_a_failover(system: System) -> None:
    known, limited = system.key("known"), system.key("limited", "--budget-micros", "1000000")
    unseen = system.key("unseen")
    assert system.chat(known).status == 200
    system.sql("alter system set default_transaction_read_only = on")
    system.sql("select pg_reload_conf()")
    try:
        expect_unavailable(eventually(lambda: refused(system.chat(limited)), what="a refusal"))
        eventually(lambda: system.ready() == 503, what="the gateway to say that it is not ready")
        # It can be read all the while, and still does not count as well.
        end = time.monotonic() + 4
        while time.monotonic() < end:
            assert system.ready() == 503, "readiness flaps"
            assert system.chat(known).status == 200
            assert system.chat(unseen).status in (200, 503)
            time.sleep(0.1)
        assert log_of(system).count("The metering database is away") == 1
        assert "25006" in log_of(system) and "target_session_attrs" in log_of(system)
    finally:
        system.sql("alter system reset default_transaction_read_only")
        system.sql("select pg_reload_conf()")
    eventually(lambda: system.ready() == 200, what="readiness")
    for key in [known, limited, unseen]:
        assert eventually(lambda key=key: accepted(system.chat(key)), what="an answer").status == 200
    system.check_books()


def refused(answer: http.Answer) -> http.Answer | None:
    return answer if answer.status != 200 else None


def accepted(answer: http.Answer) -> http.Answer | None:
    return answer if answer.status == 200 else None


@pytest.mark.parametrize("table", ["usage", "usage_daily", "accounts", "allowances", "keys", "limits", "outcomes", "revisions"])
def test_a_table_that_is_locked(system: System, table: str) -> None:
    known, limited = system.key("known"), system.key("limited", "--budget-micros", "1000000")
    unseen = system.key("unseen")
    assert system.chat(known).status == 200 and system.chat(limited).status == 200
    with system.lock(table):
        for attempt in range(2):
            assert system.chat(known).status == 200
            for key in [limited, unseen]:
                answer = system.chat(key)
                if answer.status != 200:
                    expect_unavailable(answer)
            answer = system.gateway.chat(chat_body(MODEL, "Hi"), key=NO_KEY)
            assert answer.status in (401, 503)
            answer = system.chat(known, headers={"Idempotency-Key": f"{table}-{attempt}"})
            if answer.status != 200:
                expect_unavailable(answer)
    eventually(lambda: system.ready() == 200, what="readiness")
    for key in [known, limited, unseen]:
        assert eventually(lambda key=key: accepted(system.chat(key)), what="an answer").status == 200
    for attempt in range(3):
        # Whatever became of it then: it is answered now, and not said to be under way for an hour.
        header = {"Idempotency-Key": f"{table}-{attempt}"}
        answer = eventually(lambda header=header: accepted(system.gateway.chat(chat_body(MODEL, "Hi"), key=known, headers=header)), what="a named request")
        if answer.headers["idempotent-replayed"] is None:
            system.answered.append(answer.request_id)
    system.check_books()


@pytest.mark.parametrize("trouble", ["connections", "password", "login"])
def test_a_server_that_lets_nobody_in(system: System, trouble: str) -> None:
    known, unseen = system.key("known"), system.key("unseen")
    assert system.chat(known).status == 200
    change, back = {
        "connections": ("connection limit 0", "connection limit -1"),
        "password": ("password 'another'", "password 'loopback-only'"),
        "login": ("nologin", "login"),
    }[trouble]
    system.sql(f"alter role {system.role} {change}")
    system.end_sessions()
    eventually(lambda: system.ready() == 503, what="the gateway to say that it is not ready")
    assert system.chat(known).status == 200
    expect_unavailable(system.chat(unseen))
    expect_unavailable(system.chat(NO_KEY))
    assert "loopback-only" not in log_of(system)
    system.sql(f"alter role {system.role} {back}")
    eventually(lambda: system.ready() == 200, what="readiness")
    assert system.chat(unseen).status == 200
    system.check_books()


@pytest.mark.parametrize(
    ("change", "back"),
    [
        ("alter table keys rename column endpoints to routes", "alter table keys rename column routes to endpoints"),
        ("alter table keys rename to old_keys", "alter table old_keys rename to keys"),
        ("alter table usage_daily rename to usage_days", "alter table usage_days rename to usage_daily"),
        ("alter table usage rename column waived to free", "alter table usage rename column free to waived"),
        ("revoke all on keys, usage, allowances from {role}", "grant all on keys, usage, allowances to {role}"),
    ],
    ids=["column", "table", "sums", "ledger", "privileges"],
)
def test_a_schema_that_changes_under_the_gateway(system: System, change: str, back: str) -> None:
    """As another version's migration, a restored dump or a careless hand leaves it."""
    known, unseen = system.key("known"), system.key("unseen")
    assert system.chat(known).status == 200
    system.check_books()
    if "{role}" in change:
        system.sql("".join(f"alter table {table} owner to thalamus;" for table in ["keys", "usage", "allowances"]))
    system.sql(change.format(role=system.role))
    for _ in range(3):
        assert system.chat(known).status == 200
        answer = system.chat(unseen)
        if answer.status != 200:
            expect_unavailable(answer)
    eventually(lambda: "error.advice" in log_of(system), what="advice in the log")
    system.sql(back.format(role=system.role))
    assert eventually(lambda: accepted(system.chat(unseen)), what="an answer").status == 200
    system.check_books()
    assert system.ready() == 200


def test_a_newer_schema(system: System) -> None:
    known = system.key("known")
    assert system.chat(known).status == 200
    gateway = system.gateway
    gateway.stop()
    newer = "insert into schema_version (version, applied_at) values (99, 0)"
    system.sql(newer)
    with pytest.raises(AssertionError, match="ended with status"):
        gateway.process.start()
    assert "schema version 99" in log_of(system) and "newer thalamus" in log_of(system)
    system.sql("delete from schema_version where version = 99")
    gateway.start()
    assert system.chat(known).status == 200
    system.check_books()


def test_a_newer_schema_that_comes_late(system: System) -> None:
    known = system.key("known")
    system.gateway.stop()
    system.sql("insert into schema_version (version, applied_at) values (99, 0)")
    # Nobody gets in at first: the schema is seen by the running gateway.
    system.sql(f"alter role {system.role} nologin")
    system.gateway.start(until_ready=False)
    eventually(lambda: system.ready() == 503, what="the gateway without its database")
    system.sql(f"alter role {system.role} login")
    eventually(lambda: "schema version 99" in log_of(system), what="the reason in the log")
    for key in [known, NO_KEY]:
        expect_unavailable(system.chat(key))
    assert system.ready() == 503
    system.sql("delete from schema_version where version = 99")
    eventually(lambda: system.ready() == 200, what="readiness")
    assert system.chat(known).status == 200
    system.check_books()


def test_a_named_request_whose_end_the_database_missed(system: System) -> None:
    key = system.key("named")
    # Four seconds of it.
    body = chat_body(SLOW, "Hi") | {"stream": True, "max_tokens": 200}

    def ask() -> http.Answer:
        return system.gateway.chat(body, key=key, headers={"Idempotency-Key": "order"})

    with http.open_stream(
        system.gateway.port, "/v1/chat/completions", body, key=key, headers={"Idempotency-Key": "order"}
    ) as response:
        system.sql(f"alter role {system.role} nologin")
        system.end_sessions()
        first, request_id = response.read(), response.headers["x-request-id"]
    assert first.endswith(b"[DONE]\n\n")
    eventually(lambda: system.ready() == 503, what="the gateway to say that it is not ready")
    expect_unavailable(ask())
    system.sql(f"alter role {system.role} login")
    again = eventually(lambda: accepted(ask()), what="the kept answer")
    assert again.body == first and again.request_id == request_id
    assert again.headers["idempotent-replayed"] == "true"
    system.answered.append(request_id)
    system.check_books()


def test_a_sqlite_file_that_another_program_locks(tmp_path: Path) -> None:
    with ExitStack() as stack:
        miner = stack.enter_context(LoopbackMiner(Behaviour.GOOD, MODEL))
        store = tmp_path / "metering.sqlite"
        gateway = Gateway(
            tmp_path,
            store=str(store),
            miners=[{"netuid": 1, "hotkey": ss58("//miner"), "address": miner.address}],
            subnets=[subnet(1)],
            models=[model(MODEL, 1)],
        )
        stack.enter_context(gateway)
        known, unseen = gateway.create_key("known"), gateway.create_key("unseen")
        answered = [gateway.chat(chat_body(MODEL, "Hi"), key=known)]
        with closing(sqlite3.connect(store, isolation_level=None)) as other:
            other.execute("begin exclusive")
            answered += [gateway.chat(chat_body(MODEL, "Hi"), key=known) for _ in range(3)]
            expect_unavailable(gateway.chat(chat_body(MODEL, "Hi"), key=unseen))
            other.execute("rollback")
        answered.append(eventually(lambda: accepted(gateway.chat(chat_body(MODEL, "Hi"), key=unseen)), what="an answer"))
        assert all(answer.status == 200 for answer in answered)
        expected = sorted(answer.request_id for answer in answered)
        eventually(lambda: sorted(row.request_id for row in ledger.rows(str(store))) == expected, what="every row, once")
