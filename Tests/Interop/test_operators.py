"""The operators' side: the admin API on its own listener, and the same from the command line with the server down."""

from __future__ import annotations

import csv
import io
import json
import re
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness import http, ledger, thalamus
from harness.gateway import Gateway, model, subnet
from harness.http import chat_body
from harness.postgres import PostgresCluster
from harness.process import ManagedProcess
from harness.waiting import eventually, free_port

MODEL = "text"


@dataclass
class System:
    gateway: Gateway
    postgres: PostgresCluster
    admin_port: int
    token: str

    def admin(self, path: str, body: Any = None, *, key: str | None = None, method: str | None = None) -> http.Answer:
        return http.ask(self.admin_port, f"/admin/v1/{path}", body, key=key or self.token, method=method)

    def run(self, *arguments: str) -> str:
        return thalamus.run(*arguments, "--config", self.gateway.configuration_path)

    def status(self, key: str) -> int:
        return http.ask(self.gateway.port, "/v1/models", key=key).status


@pytest.fixture(scope="module")
def system(directory: Path) -> Iterator[System]:
    with ExitStack() as stack:
        port, admin_port, token = free_port(), free_port(), secrets.token_hex(32)
        miner = stack.enter_context(
            ManagedProcess(
                "miner", [thalamus.binary(), "miner", "--hotkey-uri", "//Miner1", "--port", str(port)],
                log_directory=directory, port=port,
            )  # fmt: skip
        )
        hotkey = miner.wait_for_log(r"The axon of (\w+) listens")[1]
        # Of its own: it is stopped on the way.
        postgres = PostgresCluster()
        stack.callback(postgres.remove)
        postgres.start()
        token_file = directory / "token"
        token_file.touch(mode=0o600)
        token_file.write_text(token + "\n")
        gateway = Gateway(
            directory,
            miners=[{"netuid": 1, "uid": 1, "hotkey": hotkey, "address": f"127.0.0.1:{port}", "incentive": 65_535}],
            store=postgres.create_database(),
            subnets=[subnet(1, dialect="dendrite")],
            models=[model(MODEL, 1)],
            admin={"listen": f"127.0.0.1:{admin_port}", "token_file": str(token_file)},
        )
        stack.enter_context(gateway)
        yield System(gateway, postgres, admin_port, token)


def test_a_customer_from_first_payment_to_last_request(system: System) -> None:
    account = system.admin("accounts", {"id": "acme", "rpm_limit": 600})
    assert account.status == 201, account.body
    made = system.admin("keys", {"account_id": "acme", "name": "app", "models": [MODEL]})
    key = made.json()["key"]
    for expected in (201, 200):
        paid = system.admin("accounts/acme/credits", {"id": "invoice-1", "amount_micros": 1_000_000})
        assert paid.status == expected
    answer = system.gateway.chat(chat_body(MODEL, "What is 17 + 25?"), key=key)
    assert answer.status == 200, answer.body

    def row() -> list[ledger.Row]:
        return [row for row in ledger.rows(system.gateway.store) if row.request_id == answer.request_id]

    (row,) = eventually(row, what="the request in the ledger")
    left = system.admin("accounts/acme").json()["credit_left_micros"]
    # The replica keeps slices of the credit to admit from.
    assert 0 <= left <= 1_000_000 - row.price_micros
    usage = system.admin("usage?group_by=key,model&account_id=acme").json()["data"]
    assert [(line["key_id"], line["requests"], line["price_micros"]) for line in usage] == [
        (made.json()["id"], 1, row.price_micros)
    ]
    export = system.admin("usage/export?format=csv").body.decode()
    (line,) = csv.DictReader(io.StringIO(export))
    assert (line["request_id"], int(line["price_micros"])) == (row.request_id, row.price_micros)
    assert system.admin("keys/" + made.json()["id"], method="DELETE").json()["status"] == "revoked"
    eventually(lambda: system.status(key) == 401, what="the revoked key to be refused", within=2)


def test_keys_do_not_open_it_and_the_public_listener_has_none_of_it(system: System) -> None:
    key = system.gateway.create_key("caller")
    assert system.admin("accounts", key=key).status == 403
    assert system.admin("accounts", key="wrong").status == 401
    assert http.ask(system.gateway.port, "/admin/v1/accounts", key=system.token).status == 404
    assert system.status(system.token) == 401


def test_the_database_goes_and_comes_back(system: System) -> None:
    assert system.admin("accounts").status == 200
    system.postgres.stop()
    away = system.admin("accounts")
    assert (away.status, away.error["code"], away.headers["retry-after"]) == (503, "metering_unavailable", "2")
    assert system.admin("accounts", {"id": "late"}).status == 503
    assert system.admin("accounts", key="wrong").status == 401
    system.postgres.start()
    eventually(lambda: system.admin("accounts").status == 200, what="the admin API to recover")
    assert system.admin("accounts", {"id": "late"}).status == 201
    system.gateway.wait_until_ready()


def test_no_secret_is_in_the_log(system: System) -> None:
    log = system.gateway.process.log()
    assert "/admin/v1/keys" in log
    assert system.token not in log
    assert not re.search(r"sk-th-[0-9a-z]{38}", log)


def test_the_command_line_does_the_same_with_the_server_down(system: System) -> None:
    """The last one here: it stops the gateway."""
    key = system.gateway.create_key("offline")
    answer = system.gateway.chat(chat_body(MODEL, "What is 17 + 25?"), key=key)
    assert answer.status == 200, answer.body
    assert system.gateway.stop() == 0
    system.run("plans", "create", "basic", "--requests-per-minute", "60", "--free-quota-per-month", "2.5")
    system.run("plans", "update", "basic", "--margin-bps", "-500")
    plans = system.run("plans", "list").splitlines()
    assert plans[1].split() == ["basic", "-500", "requests_per_minute=60", "free_spend_per_month=2500000"]
    system.run("accounts", "create", "offline", "--plan", "basic")
    assert re.search(r"^offline +basic ", system.run("accounts", "list"), re.M)
    system.run("accounts", "top-up", "offline", "--micros", "500", "--payment", "cash-1")
    assert "; 0.000400 left" in system.run("accounts", "top-up", "offline", "--micros", "-100", "--payment", "cash-2")
    system.run("prices", "set", MODEL, "--per-request", "7", "--starts-at", "2099-01-01")
    assert "2099-01-01T00:00:00.000Z" in system.run("prices", "history", MODEL)
    assert MODEL not in system.run("prices", "list")

    lines = [json.loads(line) for line in system.run("usage", "--requests", "--format", "jsonl").splitlines()]
    assert answer.request_id in {line["request_id"] for line in lines}
    events = json.loads(system.run("usage", "--format", "cloudevents", "--account", "default"))
    of_account = [line["request_id"] for line in lines if line["account_id"] == "default"]
    assert [event["id"] for event in events] == of_account
    sums = list(csv.DictReader(io.StringIO(system.run("usage", "--by", "day,account", "--format", "csv"))))
    assert sum(int(line["requests"]) for line in sums) == len(lines)
    assert sum(int(line["price_micros"]) for line in sums) == sum(line["price_micros"] for line in lines)
    assert system.run("usage", "--to", "2020-01-01", "--format", "jsonl") == ""
    assert "whole" in system.run("db", "audit")
    for wrong in (["--from", "yesterday"], ["--by", "hour"], ["--requests"], ["--account", "nobody"]):
        arguments = [thalamus.binary(), "usage", *wrong, "--config", system.gateway.configuration_path]
        assert subprocess.run(arguments, capture_output=True, timeout=60).returncode != 0, wrong
