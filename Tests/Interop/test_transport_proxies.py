"""nginx, HAProxy and Caddy in front, as Debian configures them: answers, streams without delay, no desync."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from pathlib import Path

import openai
import pytest

from harness import delays, http
from harness.curl import curl
from harness.loopback_miner import TIMED_EVENTS, answer_of
from harness.proxies import Caddy, HAProxy, Nginx, NoDelayHAProxy, PoolingNginx, Proxy
from harness.tls import Authority
from harness.transport import CHAT, TRICKLE, TransportSystem
from harness.waiting import eventually

PROXIES = [Nginx, PoolingNginx, HAProxy, NoDelayHAProxy, Caddy]
ADDED_MILLISECONDS = 20
"""What a proxy may add to an event's way."""


class Way(Enum):
    """How the client speaks to the proxy."""

    PLAIN = "HTTP/1.1"
    TLS = "HTTP/1.1 over TLS"
    H2 = "HTTP/2 over TLS"

    def base(self, proxy: Proxy) -> str:
        return f"http://127.0.0.1:{proxy.port}" if self is Way.PLAIN else f"https://localhost:{proxy.tls_port}"


@pytest.fixture(scope="module")
def system(directory: Path) -> Iterator[TransportSystem]:
    with TransportSystem(directory) as system:
        yield system


@pytest.fixture(scope="module")
def authority(directory: Path) -> Authority:
    return Authority(directory)


@pytest.fixture(scope="module", params=PROXIES, ids=lambda kind: kind.name)
def proxy(
    request: pytest.FixtureRequest, system: TransportSystem, authority: Authority, directory: Path
) -> Iterator[Proxy]:
    with request.param(directory, f"127.0.0.1:{system.port}", authority) as proxy:
        yield proxy


@pytest.fixture
def client(system: TransportSystem, proxy: Proxy) -> openai.OpenAI:
    return system.gateway.client(system.key, base_url=f"http://127.0.0.1:{proxy.port}/v1")


def test_plain_and_streamed_chat(client: openai.OpenAI) -> None:
    messages = [{"role": "user", "content": "Hello"}]
    whole = client.chat.completions.create(model=CHAT, messages=messages)
    assert whole.choices[0].message.content == answer_of(CHAT)
    chunks = list(client.chat.completions.create(model=CHAT, messages=messages, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks).strip() == answer_of(CHAT)
    assert len(chunks) >= 10


def test_errors_keep_their_envelope(system: TransportSystem, proxy: Proxy) -> None:
    unknown = http.ask(proxy.port, "/nowhere")
    assert (unknown.status, unknown.error["code"]) == (404, "unknown_url")
    keyless = http.ask(proxy.port, "/v1/models")
    assert (keyless.status, keyless.error["type"]) == (401, "invalid_request_error")


def test_a_chunked_upload(system: TransportSystem, proxy: Proxy) -> None:
    seen = curl(
        f"http://127.0.0.1:{proxy.port}/v1/chat/completions",
        "-H", f"Authorization: Bearer {system.key}", "-H", "Content-Type: application/json",
        "-H", "Transfer-Encoding: chunked",
        data=json.dumps(http.chat_body(CHAT, "Hello " * 20_000)).encode(),
    )  # fmt: skip
    assert seen.status == 200, seen.body


@pytest.mark.parametrize("way", Way)
def test_events_are_not_delayed(
    system: TransportSystem, proxy: Proxy, way: Way, request: pytest.FixtureRequest
) -> None:
    if way is Way.PLAIN and proxy.holds_back_plain_streams:
        reason = "HAProxy corks plain connections unless it has `option http-no-delay`: see haproxy-no-delay"
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True, raises=AssertionError))

    def attempt() -> bool:
        # Both at the same time, so that whatever else the machine does slows both.
        with ThreadPoolExecutor(2) as pool:
            other = pool.submit(delays.measure, f"http://127.0.0.1:{system.port}", system.key)
            through = delays.measure(way.base(proxy), system.key, verify=proxy.authority, http2=way is Way.H2)
            direct = other.result()
        print(f"direct: {direct}; {proxy.name} {way.value}: {through}")
        assert len(through.values) == len(direct.values) == TIMED_EVENTS
        assert through.median - direct.median < ADDED_MILLISECONDS
        return through.p99 - direct.p99 < ADDED_MILLISECONDS

    eventually(attempt, what=f"a stream through {proxy.name} whose slowest events are in time", within=5)


def test_a_client_that_leaves_ends_the_miners_work(system: TransportSystem, proxy: Proxy) -> None:
    miner = system.miners[TRICKLE]
    before = miner.disconnects
    body = http.chat_body(TRICKLE, "Go on", stream=True)
    with http.open_stream(proxy.port, "/v1/chat/completions", body, key=system.key) as response:
        assert response.status == 200
        next(http.events(response))
    eventually(lambda: miner.disconnects > before, what="the miner's stream to end", within=5)
