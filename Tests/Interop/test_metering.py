"""What callers learn of their usage, requests sent twice under one name, and limits over several replicas."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from harness import http, ledger, postgres, thalamus
from harness.gateway import Gateway, model, price_of, subnet
from harness.http import chat_body
from harness.keys import ss58
from harness.loopback_miner import TOOL_ARGUMENTS, Behaviour, LoopbackMiner, answer_of
from harness.postgres import PostgresCluster
from harness.waiting import eventually

MODEL, SLOW, BROKEN, TOOLS = "chat", "slow", "broken", "tools"
NETUIDS = {MODEL: 1, SLOW: 2, BROKEN: 3, TOOLS: 4}
PROMPT = "The secret of the canary is 7c1f"


class System:
    """Gateways on one store, and a miner for each model."""

    def __init__(self, stack: ExitStack, directory: Path, store: str, replicas: int = 1) -> None:
        self.store = store
        behaviours = {MODEL: Behaviour.GOOD, SLOW: Behaviour.TRICKLE, BROKEN: Behaviour.FAILING, TOOLS: Behaviour.TOOLS}
        self.miners = {name: stack.enter_context(LoopbackMiner(kind, name)) for name, kind in behaviours.items()}
        self.gateways = [
            Gateway(
                directory,
                name=f"replica-{number}",
                store=store,
                miners=[
                    {"netuid": NETUIDS[name], "hotkey": ss58(f"//{name}"), "address": miner.address}
                    for name, miner in self.miners.items()
                ],
                subnets=[subnet(netuid) for netuid in NETUIDS.values()],
                models=[model(name, netuid, maximum_tokens=10_000, stream_timeout="60s") for name, netuid in NETUIDS.items()],
            )
            for number in range(replicas)
        ]
        for gateway in self.gateways:
            stack.enter_context(gateway)

    @property
    def gateway(self) -> Gateway:
        return self.gateways[0]

    def key(self, name: str, *options: str) -> str:
        config = self.gateway.configuration_path
        return json.loads(thalamus.run("keys", "create", "--config", config, "--name", name, "--json", *options))["key"]

    def get(self, path: str, key: str | None) -> http.Answer:
        return http.ask(self.gateway.port, path, key=key)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def system(request: pytest.FixtureRequest, directory: Path) -> Iterator[System]:
    if request.param == "postgres":
        store = request.getfixturevalue("postgres").create_database()
    else:
        store = str(directory / "metering.sqlite")
    folder = directory / request.param
    folder.mkdir()
    with ExitStack() as stack:
        yield System(stack, folder, store)


# What callers learn


def test_a_key_sees_its_limits_and_what_is_left(system: System) -> None:
    key = system.key("limited", "--requests-per-minute", "60", "--budget-micros", "1000000")
    answer = system.gateway.chat(chat_body(MODEL, PROMPT), key=key)
    usage = answer.json()["usage"]
    cost = price_of(usage["prompt_tokens"], usage["completion_tokens"])

    def told() -> dict[str, Any]:
        return system.get("/v1/key", key).json()["data"]

    eventually(lambda: told()["usage_micros"] == cost, what="the request in the key's usage")
    data = told()
    assert data["label"] == "limited" and data["key_name"] == "..." + key[-4:]
    assert data["limit_micros"] == 1_000_000 and data["rpm_limit"] == 60
    assert 0 <= data["limit_remaining_micros"] <= 1_000_000 - cost
    assert key not in json.dumps(data)


@pytest.mark.parametrize("is_stream", [False, True])
def test_an_answered_request_can_be_looked_up(system: System, is_stream: bool) -> None:
    key = system.key("looking")
    if is_stream:
        with system.gateway.chat_stream(chat_body(MODEL, PROMPT), key=key) as response:
            request_id = response.headers["x-request-id"]
            completion_id = json.loads(next(iter(http.events(response))))["id"]
            for _ in http.events(response):
                pass
    else:
        answer = system.gateway.chat(chat_body(MODEL, PROMPT), key=key)
        request_id, completion_id = answer.request_id, answer.json()["id"]
    # At once, before anything was uploaded.
    for path in [f"generations/{request_id}", f"generations/{completion_id}", f"generation?id={completion_id}"]:
        found = system.get(f"/v1/{path}", key)
        assert found.status == 200, found
        data = found.json()["data"]
        assert data["id"] == request_id and data["model"] == MODEL and data["streamed"] is is_stream
        assert data["total_cost_micros"] == price_of(data["tokens_prompt"], data["tokens_completion"])
        assert data["provider_name"] == ss58(f"//{MODEL}")


def test_nobody_sees_what_is_anothers(system: System) -> None:
    own = system.key("own")
    same_account, other = system.key("sibling"), system.key("other", "--account", "other")
    request_id = system.gateway.chat(chat_body(MODEL, PROMPT), key=own).request_id
    assert system.get(f"/v1/generations/{request_id}", own).status == 200
    unknown = system.get("/v1/generations/req_00000000000000000000000000000000", own)
    assert unknown.status == 404
    for key in [same_account, other]:
        answer = system.get(f"/v1/generations/{request_id}", key)
        assert answer.status == 404
        assert answer.error == unknown.error, "an id that is another's is as one that is nobody's"
        assert system.get("/v1/usage", key).json()["data"][0]["requests"] == 0
    for path in ["/v1/key", "/v1/usage", f"/v1/generations/{request_id}", f"/v1/generation?id={request_id}"]:
        assert system.get(path, None).status == 401
        assert system.get(path, "sk-th-" + "0" * 38).status == 401


def test_usage_adds_up(system: System) -> None:
    key = system.key("adding")
    costs = []
    for _ in range(3):
        usage = system.gateway.chat(chat_body(MODEL, PROMPT), key=key).json()["usage"]
        costs.append(price_of(usage["prompt_tokens"], usage["completion_tokens"]))

    def total(query: str = "") -> dict[str, Any]:
        (row,) = system.get(f"/v1/usage{query}", key).json()["data"]
        return row

    eventually(lambda: total()["requests"] == 3, what="three requests in the usage")
    assert total()["price_micros"] == sum(costs)
    by = total("?group_by=model,day")
    assert by["model"] == MODEL and by["date"] == time.strftime("%Y-%m-%d", time.gmtime())
    assert system.get("/v1/usage?model=slow", key).json()["data"][0]["requests"] == 0
    assert total(f"?from={by['date']}")["requests"] == 3
    for query, parameter in [("group_by=key", "group_by"), ("from=yesterday", "from"), ("limit=0", None), ("x=1", "x")]:
        answer = system.get(f"/v1/usage?{query}", key)
        assert answer.status == 400, query
        assert parameter is None or answer.error["param"] == parameter


# What is charged


@pytest.mark.parametrize("is_stream", [False, True])
def test_calls_of_tools_are_charged_as_the_text_they_are(system: System, is_stream: bool) -> None:
    key = system.key("tools")
    words = len(TOOL_ARGUMENTS.split())
    tools = [{"type": "function", "function": {"name": "f", "description": "word " * 300}}]
    answer = system.gateway.chat(chat_body(TOOLS, PROMPT, stream=is_stream, tools=tools), key=key)
    assert answer.status == 200, answer
    found = system.get(f"/v1/generations/{answer.request_id}", key).json()["data"]
    assert found["tokens_completion"] >= words
    assert found["tokens_prompt"] >= 300


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_miner_that_gives_too_much_gives_nothing_away(system: System, is_stream: bool) -> None:
    """It answers ten words, whatever it was asked for."""
    key = system.key("cut")
    answer = system.gateway.chat(chat_body(MODEL, PROMPT, max_tokens=3, stream=is_stream), key=key)
    assert answer.status == 200
    if is_stream:
        choices = [json.loads(line[6:])["choices"][0] for line in answer.body.decode().splitlines() if line.startswith("data: {")]
        text, reason = "".join(choice["delta"].get("content", "") for choice in choices), choices[-1]["finish_reason"]
    else:
        (choice,) = answer.json()["choices"]
        text, reason = choice["message"]["content"], choice["finish_reason"]
    assert answer_of(MODEL).startswith(text.rstrip()) and 1 <= len(text.split()) <= 3
    assert reason == "length"
    assert system.get(f"/v1/generations/{answer.request_id}", key).json()["data"]["tokens_completion"] <= 3


# Requests sent twice


def named(system: System, name: str, key: str, body: dict[str, Any] | None = None, **settings: Any) -> http.Answer:
    body = body or chat_body(MODEL, PROMPT)
    return system.gateway.chat(body, key=key, headers={"Idempotency-Key": name}, **settings)


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_request_sent_again_gets_the_same_answer_and_is_charged_once(system: System, is_stream: bool) -> None:
    key = system.key("again", "--requests-per-day", "1")
    body = chat_body(MODEL, PROMPT) | {"stream": is_stream}
    asked = system.miners[MODEL].requests
    first = named(system, "order-1", key, body)
    again = [eventually(lambda: kept(named(system, "order-1", key, body)), what="the kept answer") for _ in range(3)]
    assert first.status == 200 and "idempotent-replayed" not in first.headers
    for answer in again:
        assert (answer.status, answer.body) == (200, first.body)
        assert answer.request_id == first.request_id
        assert answer.headers["content-type"] == first.headers["content-type"]
        assert answer.headers["idempotent-replayed"] == "true"
    assert system.miners[MODEL].requests == asked + 1
    assert system.get(f"/v1/generations/{first.request_id}", key).status == 200
    assert [row.request_id for row in ledger.rows(system.store)].count(first.request_id) == 1


def kept(answer: http.Answer) -> http.Answer | None:
    """The answer, unless the first one's end is just being written down."""
    return None if answer.status == 409 and answer.error["code"] == "idempotency_in_progress" else answer


def test_a_name_is_one_requests_and_one_keys(system: System) -> None:
    key, other = system.key("names"), system.key("names-2")
    first = named(system, "order-2", key)
    changed = eventually(lambda: kept(named(system, "order-2", key, chat_body(MODEL, "Another"))), what="an answer")
    assert changed.status == 422 and changed.error["code"] == "idempotency_key_reused"
    elsewhere = named(system, "order-2", other)
    assert elsewhere.status == 200 and elsewhere.request_id != first.request_id
    for name in ["", "x" * 256, "sn\u00f6"]:
        refused = named(system, name.encode().decode("latin-1"), key)
        assert refused.status == 400 and refused.error["param"] == "Idempotency-Key"


def test_of_many_at_once_one_is_run(system: System) -> None:
    key = system.key("at-once")
    asked = system.miners[MODEL].requests
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: named(system, "order-3", key), range(32)))
    statuses = Counter(answer.status for answer in answers)
    assert statuses.keys() <= {200, 409} and statuses[200] >= 1
    assert system.miners[MODEL].requests == asked + 1
    assert len({answer.request_id for answer in answers if answer.status == 200}) == 1
    for answer in answers:
        if answer.status == 409:
            assert answer.headers["retry-after"] == "1"


def test_a_failed_request_may_be_sent_again(system: System) -> None:
    key = system.key("failing")
    asked = system.miners[BROKEN].requests
    for attempt in range(1, 3):
        assert named(system, "order-4", key, chat_body(BROKEN, PROMPT)).status == 502
        assert system.miners[BROKEN].requests > asked + attempt - 1


def test_the_official_client_may_name_its_requests(system: System) -> None:
    client = system.gateway.client(system.key("official"), max_retries=3)
    messages = [{"role": "user", "content": PROMPT}]
    options = {"extra_headers": {"Idempotency-Key": "order-5"}}
    first = client.chat.completions.create(model=MODEL, messages=messages, **options)
    again = client.chat.completions.create(model=MODEL, messages=messages, **options)
    assert first == again


def test_a_request_whose_process_died_is_charged_once(tmp_path: Path) -> None:
    with ExitStack() as stack:
        system = System(stack, tmp_path, str(tmp_path / "killed.sqlite"))
        key = system.key("killed")
        gateway = system.gateway
        with gateway.chat_stream(chat_body(SLOW, PROMPT), key=key, headers={"Idempotency-Key": "order-6"}) as response:
            request_id = response.headers["x-request-id"]
            response.readline()
            gateway.kill()
        gateway.start()
        # Another attempt runs at once, under the same id.
        with gateway.chat_stream(
            chat_body(SLOW, PROMPT) | {"max_tokens": 5}, key=key, headers={"Idempotency-Key": "order-6"}
        ) as response:
            assert response.status == 200, "its body is another, but the first attempt came to nothing"
        with gateway.chat_stream(chat_body(SLOW, PROMPT), key=key, headers={"Idempotency-Key": "order-7"}) as response:
            first_id = response.headers["x-request-id"]
            response.readline()
            gateway.kill()
        gateway.start()
        body = chat_body(SLOW, PROMPT)
        with gateway.chat_stream(body, key=key, headers={"Idempotency-Key": "order-7"}) as response:
            assert response.headers["x-request-id"] == first_id != request_id
            response.readline()
        eventually(lambda: [row.request_id for row in ledger.rows(system.store)].count(first_id) == 1, what="its row")


# Secrets


def test_neither_database_nor_log_holds_prompts_answers_or_keys(system: System, directory: Path) -> None:
    key = system.key("canary", "--budget-micros", "1000000")
    canary = "canary-prompt-93b1"
    answer = named(system, "canary-name-41aa", key, chat_body(MODEL, canary))
    text = answer.json()["choices"][0]["message"]["content"]
    assert text
    eventually(lambda: kept(named(system, "canary-name-41aa", key, chat_body(MODEL, canary))), what="a kept answer")
    system.gateway.chat(chat_body("no-such-" + canary, canary), key=key)
    system.get("/v1/generations/" + str(answer.request_id), key)
    dump = dump_of(system.store) + system.gateway.process.log()
    state = b"".join(path.read_bytes() for path in directory.rglob("replica-0-state/*") if path.is_file())
    assert answer.request_id in dump
    for secret in [key, key.removeprefix("sk-th-"), text, "canary-name-41aa", "Bearer sk-"]:
        assert secret not in dump, secret
        assert secret.encode() not in state, secret
    # The model's name of a refused request may be in the log; the prompt is not.
    assert canary not in dump.replace("no-such-" + canary, "")


def dump_of(store: str) -> str:
    """Everything in the database, as text."""
    if not store.startswith("postgres"):
        with closing(sqlite3.connect(store)) as database:
            return "\n".join(database.iterdump())
    tables = postgres.query(store, "select tablename from pg_tables where schemaname = 'public'")
    return "\n".join(
        "\t".join(map(str, row)) for (table,) in tables for row in postgres.query(store, f'select * from "{table}"')
    )


# Several replicas


@pytest.fixture(scope="module")
def replicas(postgres: PostgresCluster, directory: Path) -> Iterator[System]:
    folder = directory / "replicas"
    folder.mkdir()
    with ExitStack() as stack:
        yield System(stack, folder, postgres.create_database(), replicas=3)


def ask_all(system: System, key: str, count: int, body: dict[str, Any]) -> list[http.Answer]:
    """So many requests, spread over all replicas, 30 at a time."""
    with ThreadPoolExecutor(30) as pool:
        return list(
            pool.map(lambda number: system.gateways[number % 3].chat(body, key=key), range(count))
        )


def test_a_budget_for_ten_admits_ten_over_three_replicas(replicas: System) -> None:
    # Every answer is cut at its longest, so that a request costs what was held for it.
    body = chat_body(MODEL, PROMPT, max_tokens=5)
    probe = replicas.gateway.chat(body, key=replicas.key("probe")).json()["usage"]
    assert probe["completion_tokens"] == 5
    cost = price_of(probe["prompt_tokens"], 5)
    key = replicas.key("ten", "--budget-micros", str(10 * cost))
    answers = ask_all(replicas, key, 600, body)
    statuses = Counter(answer.status for answer in answers)
    assert statuses.keys() <= {200, 429}, statuses
    paid = [price_of(u["prompt_tokens"], u["completion_tokens"]) for a in answers if a.status == 200 for u in [a.json()["usage"]]]
    assert paid == [cost] * 10
    ids = {answer.request_id for answer in answers if answer.status == 200}
    eventually(lambda: ids <= {row.request_id for row in ledger.rows(replicas.store)}, what="all in the ledger")
    told = http.ask(replicas.gateway.port, "/v1/key", key=key).json()["data"]
    assert told["usage_micros"] == 10 * cost and told["limit_remaining_micros"] == 0


def test_sixty_a_minute_are_sixty_over_three_replicas(replicas: System) -> None:
    key = replicas.key("sixty", "--requests-per-minute", "60")
    body = chat_body(MODEL, PROMPT, max_tokens=10)
    while time.time() % 60 > 30:  # All within one window.
        time.sleep(0.5)
    statuses = Counter(answer.status for answer in ask_all(replicas, key, 180, body))
    assert statuses == {200: 60, 429: 120}


def test_changes_reach_all_replicas_within_a_second(replicas: System) -> None:
    key = replicas.key("changing")
    config = replicas.gateway.configuration_path
    body = chat_body(MODEL, PROMPT, max_tokens=10)
    identifier = next(row["id"] for row in replicas.gateway.keys() if row["name"] == "changing")
    assert {gateway.chat(body, key=key).status for gateway in replicas.gateways} == {200}

    def takes(change: list[str], statuses: set[int]) -> float:
        """How long the slowest replica goes on as before."""
        thalamus.run(*change, "--config", config)
        changed = time.monotonic()
        threads = [
            threading.Thread(
                target=lambda gateway=gateway: eventually(
                    lambda: gateway.chat(body, key=key).status in statuses, what=f"{statuses}", every=0.02
                )
            )
            for gateway in replicas.gateways
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.monotonic() - changed

    assert takes(["keys", "update", identifier, "--requests-per-minute", "0"], {429}) < 1
    assert takes(["keys", "update", identifier, "--requests-per-minute", "1000"], {200}) < 1
    assert takes(["keys", "revoke", identifier], {401}) < 1
