"""Bad input, bad miners and missing neighbours, through real sockets: statuses, envelopes, recovery."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness import http, ledger
from harness.devnet import VALIDATOR, Devnet, Neuron, Subnet
from harness.gateway import Gateway, model, price_of, subnet
from harness.http import chat_body
from harness.loopback_miner import Behaviour, LoopbackMiner, answer_of, closed_port
from harness.postgres import PostgresCluster
from harness.waiting import eventually

GOOD, EMPTY, TRICKLE = "good", "empty", "trickle"
BODY_LIMIT = 65_536
DEADLINE_SECONDS = 2
BAD = [behaviour for behaviour in Behaviour if behaviour not in (Behaviour.GOOD, Behaviour.TRICKLE, Behaviour.FLOOD, Behaviour.TIMED, Behaviour.TOOLS)]
DEAD = "dead"
BAD_NAMES = [behaviour.name.lower() for behaviour in BAD] + [DEAD]


@dataclass
class System:
    gateway: Gateway
    devnet: Devnet
    postgres: PostgresCluster
    key: str
    miners: dict[str, LoopbackMiner]
    """By the model whose subnet they are in."""

    def chat(self, body: Any, **settings: Any) -> http.Answer:
        return self.gateway.chat(body, **({"key": self.key} | settings))

    def row(self, request_id: str) -> ledger.Row:
        """The one row of a request in the ledger, once it is there."""

        def find() -> list[ledger.Row]:
            return [row for row in ledger.rows(self.gateway.store) if row.request_id == request_id]

        (row,) = eventually(find, what=f"request {request_id} in the ledger")
        return row


@pytest.fixture(scope="module")
def system(directory: Path, postgres: PostgresCluster) -> Iterator[System]:
    """A subnet per way to fail, alone (`only-…`) and beside a good miner (`with-…`)."""
    with ExitStack() as stack:
        subnets: list[Subnet] = []
        models: list[dict[str, Any]] = []
        miners: dict[str, LoopbackMiner] = {}

        def add(name: str, addresses: list[str], **settings: Any) -> None:
            netuid = len(subnets) + 1
            neurons = [Neuron(f"//{name}{number}", address) for number, address in enumerate(addresses)]
            subnets.append(Subnet(netuid, [VALIDATOR, *neurons]))
            limits = {"deadline": f"{DEADLINE_SECONDS}s", "attempt_timeout": "700ms", "maximum_attempts": 4}
            models.append(model(name, netuid, **(limits | settings)))

        def miner(name: str, behaviour: Behaviour) -> str:
            miners[name] = stack.enter_context(LoopbackMiner(behaviour, name))
            return miners[name].address

        good = miner(GOOD, Behaviour.GOOD)
        add(GOOD, [good])
        add(EMPTY, [])
        add(TRICKLE, [miner(TRICKLE, Behaviour.TRICKLE)], stream_timeout="60s")
        for name, behaviour in zip(BAD_NAMES, [*BAD, None], strict=True):
            bad = miner(name, behaviour) if behaviour else f"127.0.0.1:{closed_port()}"
            add(f"only-{name}", [bad])
            add(f"with-{name}", [bad, good])
            add(f"best-{name}", [bad, good], strategy="best", fan_out=2, best_window="500ms")

        devnet = stack.enter_context(Devnet(directory, subnets))
        gateway = Gateway(
            directory,
            chain_url=devnet.url,
            store=postgres.create_database(),
            subnets=[subnet(entry.netuid) for entry in subnets],
            models=models,
            server={"maximum_body_bytes": BODY_LIMIT},
        )
        stack.enter_context(gateway)
        yield System(gateway, devnet, postgres, gateway.create_key("errors"), miners)


def expect(answer: http.Answer, status: int, *, code: str | None = None, param: str | None = None) -> dict[str, Any]:
    """Checks status, envelope and request id; the envelope's `error`."""
    assert answer.status == status, answer.body[:500]
    error = answer.error
    assert answer.request_id, "no x-request-id"
    if code is not None:
        assert error["code"] == code, error
    if param is not None:
        assert error["param"] == param, error
    return error


class TestKeys:
    def test_no_key(self, system: System) -> None:
        answer = system.chat(chat_body(GOOD, "Hi"), key=None)
        assert expect(answer, 401)["type"] == "invalid_request_error"
        assert answer.headers["www-authenticate"].startswith("Bearer")

    @pytest.mark.parametrize("key", ["wrong", "sk-" + "0" * 48, "x" * 5_000])
    def test_a_wrong_key(self, system: System, key: str) -> None:
        answer = system.chat(chat_body(GOOD, "Hi"), key=key)
        expect(answer, 401, code="invalid_api_key")
        assert key not in answer.body.decode()

    def test_a_revoked_key(self, system: System) -> None:
        before = {entry["id"] for entry in system.gateway.keys()}
        key = system.gateway.create_key("revoked")
        assert system.chat(chat_body(GOOD, "Hi"), key=key).status == 200
        (identifier,) = {entry["id"] for entry in system.gateway.keys()} - before
        system.gateway.revoke_key(identifier)
        eventually(lambda: system.chat(chat_body(GOOD, "Hi"), key=key).status == 401, what="the key to stop", within=3)

    def test_a_key_over_its_rate(self, system: System) -> None:
        key = system.gateway.create_key("limited", requests_per_minute=1)
        assert system.chat(chat_body(GOOD, "Hi"), key=key).status == 200
        answer = system.chat(chat_body(GOOD, "Hi"), key=key)
        expect(answer, 429, code="rate_limit_exceeded")
        assert 0 < int(answer.headers["retry-after"]) <= 60


class TestRequests:
    @pytest.mark.parametrize(
        ("body", "param"),
        [
            (b"{", None),
            (b"", None),
            (b"[]", None),
            (b'"text"', None),
            (b"\xff\xfe", None),
            (b'{"model": "good", "messages": ' + b"[" * 5_000, None),
            ({"messages": [{"role": "user", "content": "Hi"}]}, "model"),
            ({"model": 7, "messages": [{"role": "user", "content": "Hi"}]}, "model"),
            ({"model": GOOD}, "messages"),
            ({"model": GOOD, "messages": []}, "messages"),
            ({"model": GOOD, "messages": "Hi"}, "messages"),
            ({"model": GOOD, "messages": ["Hi"]}, "messages[0]"),
            ({"model": GOOD, "messages": [{"content": "Hi"}]}, "messages[0].role"),
            ({"model": GOOD, "messages": [{"role": "wizard", "content": "Hi"}]}, "messages[0].role"),
            ({"model": GOOD, "messages": [{"role": "user"}]}, "messages[0].content"),
            (chat_body(GOOD, "Hi", max_tokens=0), "max_tokens"),
            (chat_body(GOOD, "Hi", max_tokens="many"), "max_tokens"),
            (chat_body(GOOD, "Hi", max_tokens=1e300), "max_tokens"),
            (chat_body(GOOD, "Hi", temperature=3), "temperature"),
            (chat_body(GOOD, "Hi", stream="yes"), "stream"),
            (chat_body(GOOD, "Hi", stream_options={"include_usage": True}), "stream_options"),
            (chat_body(GOOD, "Hi", n=0), "n"),
        ],
        ids=lambda value: None if value is None else str(value)[:50],
    )
    def test_a_malformed_one(self, system: System, body: Any, param: str | None) -> None:
        expect(system.chat(body), 400, param=param)

    @pytest.mark.parametrize("name", ["gpt-none", "good ", "../good", "ünknown"])
    def test_an_unknown_model(self, system: System, name: str) -> None:
        error = expect(system.chat(chat_body(name, "Hi")), 404, code="model_not_found")
        assert error["type"] == "invalid_request_error"

    def test_too_large(self, system: System) -> None:
        expect(system.chat(chat_body(GOOD, "x" * BODY_LIMIT)), 413)

    def test_too_large_in_chunks_of_no_announced_size(self, system: System) -> None:
        with socket.create_connection(("127.0.0.1", system.gateway.port), timeout=20) as connection:
            connection.sendall(
                b"POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"
                b"Authorization: Bearer " + system.key.encode() + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            received = b""
            try:
                for _ in range(BODY_LIMIT // 4096 + 2):
                    connection.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            except ConnectionError:
                pass  # refused before all of it was sent
            while b"\r\n" not in received:
                part = connection.recv(4096)
                assert part, "the connection ended without an answer"
                received += part
            assert received.startswith(b"HTTP/1.1 413 ")

    def test_not_http(self, system: System) -> None:
        with socket.create_connection(("127.0.0.1", system.gateway.port), timeout=20) as connection:
            connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
            first = connection.recv(4096)
            assert not first or first.startswith(b"HTTP/1.1 400 ")

    def test_an_unknown_path(self, system: System) -> None:
        expect(http.ask(system.gateway.port, "/v1/nothing", key=system.key), 404, code="unknown_url")

    def test_another_method(self, system: System) -> None:
        answer = http.ask(system.gateway.port, "/v1/chat/completions", key=system.key, method="DELETE")
        expect(answer, 405)
        assert "POST" in answer.headers["allow"]


class TestMiners:
    def test_none_registered(self, system: System) -> None:
        answer = system.chat(chat_body(EMPTY, "Hi"))
        expect(answer, 503)
        assert int(answer.headers["retry-after"]) > 0

    @pytest.mark.parametrize("name", BAD_NAMES)
    def test_all_bad(self, system: System, name: str) -> None:
        answer = system.chat(chat_body(f"only-{name}", "Hi"))
        assert answer.status in ((504, 502) if name in ("silent", "endless_head", "endless_body") else (502, 503))
        expect(answer, answer.status)

    def test_all_silent_until_the_deadline(self, system: System) -> None:
        expect(system.chat(chat_body("only-silent", "Hi")), 504, code="upstream_timeout")

    @pytest.mark.parametrize("is_stream", [False, True], ids=["plain", "stream"])
    @pytest.mark.parametrize("strategy", ["with", "best"])
    @pytest.mark.parametrize("name", BAD_NAMES)
    def test_a_bad_one_beside_a_good_one_changes_nothing(
        self, system: System, name: str, strategy: str, is_stream: bool
    ) -> None:
        body = chat_body(f"{strategy}-{name}", "Hi")
        for _ in range(3):
            if is_stream:
                with system.gateway.chat_stream(body, key=system.key) as response:
                    assert response.status == 200
                    received = list(http.events(response))
                assert received.pop() == "[DONE]"
                deltas = [json.loads(event)["choices"][0]["delta"].get("content") or "" for event in received]
                assert "".join(deltas).strip() == answer_of(GOOD)
            else:
                answer = system.chat(body)
                assert answer.status == 200, answer.body
                assert answer.json()["choices"][0]["message"]["content"].strip() == answer_of(GOOD)

    def test_a_failed_request_costs_nothing(self, system: System) -> None:
        key = system.gateway.create_key("unlucky", budget_micros=100_000)
        for _ in range(3):
            assert system.chat(chat_body("only-failing", "Hi", max_tokens=10), key=key).status in (502, 503)
        assert system.chat(chat_body(GOOD, "Hi", max_tokens=10), key=key).status == 200


class TestLeavingClients:
    def test_mid_stream_the_miner_is_let_go_and_the_streamed_part_is_billed(self, system: System) -> None:
        miner = system.miners[TRICKLE]
        left_before = miner.disconnects
        with system.gateway.chat_stream(chat_body(TRICKLE, "Hi", max_tokens=4_000), key=system.key) as response:
            request_id = response.headers["x-request-id"]
            words = 0
            for event in http.events(response):
                words += bool(json.loads(event)["choices"][0]["delta"].get("content"))
                if words == 5:
                    break
        eventually(lambda: miner.disconnects > left_before, what="the miner's connection to close", within=10)
        row = system.row(request_id)
        assert row.is_stream
        assert 5 <= row.completion_tokens < 500
        assert row.price_micros == price_of(row.prompt_tokens, row.completion_tokens)

    def test_before_an_answer_the_miner_is_let_go(self, system: System) -> None:
        miner = system.miners["silent"]
        asked_before, left_before = miner.requests, miner.disconnects
        payload = json.dumps(chat_body("only-silent", "Hi")).encode()
        with socket.create_connection(("127.0.0.1", system.gateway.port), timeout=20) as connection:
            connection.sendall(
                b"POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"
                + f"Authorization: Bearer {system.key}\r\nContent-Length: {len(payload)}\r\n\r\n".encode()
                + payload
            )
            eventually(lambda: miner.requests > asked_before, what="the miner to be asked")
        eventually(lambda: miner.disconnects > left_before, what="the miner's connection to close", within=5)


class TestNeighbours:
    """The database and the chain away, in flight and at the start."""

    def test_the_database_goes_and_comes_back(self, system: System) -> None:
        assert system.chat(chat_body(GOOD, "Hi")).status == 200
        system.postgres.stop()
        try:
            # A key in the cache works on; one that is not known is 503, since nobody can say whether it is wrong.
            known = system.chat(chat_body(GOOD, "Hi"))
            assert known.status == 200, known.body
            expect(system.chat(chat_body(GOOD, "Hi"), key="sk-" + "1" * 48), 503)
        finally:
            system.postgres.start()
        assert known.request_id
        assert system.row(known.request_id).status == 200
        eventually(
            lambda: system.chat(chat_body(GOOD, "Hi"), key="sk-" + "1" * 48).status == 401,
            what="unknown keys to be told apart again",
        )

    def test_the_chain_goes_and_comes_back(self, system: System) -> None:
        system.devnet.process.kill()
        try:
            for _ in range(3):
                assert system.chat(chat_body(GOOD, "Hi")).status == 200
        finally:
            system.devnet.process.start()
        assert system.chat(chat_body(GOOD, "Hi")).status == 200

    def test_both_are_away_at_the_start(self, system: System, tmp_path: Path, postgres: PostgresCluster) -> None:
        store = postgres.create_database()
        devnet = Devnet(tmp_path, [Subnet(1, [VALIDATOR, Neuron("//Late", system.miners[GOOD].address)])])
        gateway = Gateway(
            tmp_path, name="late", chain_url=devnet.url, store=store, subnets=[subnet(1)], models=[model(GOOD, 1)]
        )
        postgres.stop()
        try:
            with gateway.start(until_ready=False):
                assert http.ask(gateway.port, "/health").status == 200
                assert http.ask(gateway.port, "/ready").status == 503
                expect(gateway.chat(chat_body(GOOD, "Hi"), key="sk-" + "1" * 48), 503)
                postgres.start()
                key = gateway.create_key("late")
                answer = eventually(
                    lambda: (found := gateway.chat(chat_body(GOOD, "Hi"), key=key)).request_id and found,
                    what="an answer with the database back",
                )
                assert answer.status == 503, "there is no metagraph yet"
                with devnet:
                    eventually(
                        lambda: gateway.chat(chat_body(GOOD, "Hi"), key=key).status == 200,
                        what="an answer with the chain back",
                        within=30,
                    )
                    gateway.wait_until_ready()
        finally:
            if not postgres.process.is_running:
                postgres.start()
