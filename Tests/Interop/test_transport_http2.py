"""Python's clients of HTTP/2 at the gateway: h2, plain and over TLS; httpx and openai over TLS."""

from __future__ import annotations

import gzip
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest

from harness import http
from harness.h2_client import H2Client
from harness.loopback_miner import answer_of
from harness.tls import Authority
from harness.transport import CHAT, FLOOD, TRICKLE, TransportSystem
from harness.waiting import eventually

CHATS = "/v1/chat/completions"


@pytest.fixture(scope="module")
def plain(directory: Path) -> Iterator[TransportSystem]:
    with TransportSystem(directory, name="plain") as system:
        yield system


@pytest.fixture(scope="module")
def secure(directory: Path) -> Iterator[TransportSystem]:
    with TransportSystem(directory, name="secure", authority=Authority(directory)) as system:
        yield system


@pytest.fixture(params=["plain", "secure"])
def system(request: pytest.FixtureRequest) -> TransportSystem:
    return request.getfixturevalue(request.param)


@pytest.fixture
def key(system: TransportSystem) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {system.key}")]


# h2


def test_streams_share_a_connection(system: TransportSystem, key) -> None:
    with H2Client(system.port, system.authority) as client:
        endless = client.request("POST", CHATS, http.chat_body(TRICKLE, "Go on", stream=True), fields=key)
        client.wait(lambda: b"data:" in client.streams[endless].data, what="the first event")
        for _ in range(20):
            whole = client.answer(client.request("POST", CHATS, http.chat_body(CHAT, "Hello"), fields=key))
            assert whole.status == 200 and answer_of(CHAT).encode() in whole.data
        seen = len(client.streams[endless].data)
        client.wait(lambda: len(client.streams[endless].data) > seen, what="more events")
        client.connection.ping(b"checkers")
        client.flush()
        client.wait(lambda: client.acknowledged_pings == 1, what="the ping's acknowledgement")
        assert client.goaway is None


def test_a_reset_ends_the_miners_work(system: TransportSystem, key) -> None:
    miner = system.miners[TRICKLE]
    before = miner.disconnects
    with H2Client(system.port, system.authority) as client:
        stream = client.request("POST", CHATS, http.chat_body(TRICKLE, "Go on", stream=True), fields=key)
        client.wait(lambda: b"data:" in client.streams[stream].data, what="the first event")
        client.reset(stream)
        eventually(lambda: miner.disconnects > before, what="the miner's stream to end", within=5)
        assert client.answer(client.request("GET", "/health")).status == 200


def test_a_reader_without_room_holds_its_miner_and_nobody_else(system: TransportSystem, key) -> None:
    miner = system.miners[FLOOD]
    with H2Client(system.port, system.authority, window=1_000) as client:
        stream = client.request("POST", CHATS, http.chat_body(FLOOD, "Go on", stream=True), fields=key)
        client.wait(lambda: len(client.streams[stream].data) == 1_000, what="the window's fill")

        def stands_still() -> bool:
            sent = miner.sent_events
            assert client.answer(client.request("GET", "/health")).status == 200
            return miner.sent_events == sent

        eventually(stands_still, what="the miner to wait", within=10, every=0.2)
        assert len(client.streams[stream].data) == 1_000


def test_a_body_in_pieces_with_trailers_and_an_expectation(system: TransportSystem, key) -> None:
    body = b'{"model": "chat", "messages": [{"role": "user", "content": "' + b"x" * 200_000 + b'"}]}'
    with H2Client(system.port, system.authority) as client:
        fields = [*key, ("content-type", "application/json"), ("expect", "100-continue")]
        stream = client.request("POST", CHATS, fields=fields, is_whole=False)
        client.wait(lambda: client.streams[stream].interim == [100], what="100 (Continue)")
        client.send(stream, body[:1], end=False)
        client.send(stream, body[1:], end=False)
        client.trail(stream, [("x-checksum", "abc")])
        answer = client.answer(stream)
        assert answer.status == 200 and answer_of(CHAT).encode() in answer.data


@pytest.mark.parametrize("length", [50_000_000, 2**40, 2**63 - 1])
def test_a_body_that_is_too_large_is_refused_on_its_stream_alone(system: TransportSystem, key, length: int) -> None:
    with H2Client(system.port, system.authority) as client:
        fields = [*key, ("content-length", str(length))]
        stream = client.request("POST", CHATS, fields=fields, is_whole=False)
        assert client.answer(stream).status == 413
        assert client.answer(client.request("GET", "/health")).status == 200
        assert client.goaway is None


def test_a_body_whose_content_is_refused_is_so_on_its_stream_alone(system: TransportSystem, key) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    with H2Client(system.port, system.authority) as client:
        for coding, status in (("gzip", 413), ("lzma", 415)):
            stream = client.request("POST", CHATS, bomb, fields=[*key, ("content-encoding", coding)])
            assert client.answer(stream).status == status
        assert client.answer(client.request("GET", "/health")).status == 200
        assert client.goaway is None


# httpx and openai, which speak HTTP/2 over TLS only


@pytest.fixture
def client(secure: TransportSystem) -> Iterator[httpx.Client]:
    context = ssl.create_default_context(cafile=secure.authority)
    with httpx.Client(http1=False, http2=True, verify=context, trust_env=False, timeout=20) as client:
        yield client


def test_httpx_over_http2(secure: TransportSystem, client: httpx.Client) -> None:
    key = {"Authorization": f"Bearer {secure.key}"}
    health = client.get(f"{secure.url}/health")
    assert (health.http_version, health.json()) == ("HTTP/2", {"status": "ok"})
    head = client.head(f"{secure.url}/health")
    assert (head.status_code, head.content) == (200, b"")
    unknown = client.get(f"{secure.url}/nowhere")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "unknown_url")
    whole = client.post(f"{secure.url}{CHATS}", json=http.chat_body(CHAT, "Hello"), headers=key)
    assert whole.json()["choices"][0]["message"]["content"] == answer_of(CHAT)
    body = http.chat_body(CHAT, "Hello", stream=True)
    with client.stream("POST", f"{secure.url}{CHATS}", json=body, headers=key) as streamed:
        lines = [line for line in streamed.iter_lines() if line]
    assert len(lines) > 10 and lines[-1] == "data: [DONE]"


def test_openai_over_http2(secure: TransportSystem, client: httpx.Client) -> None:
    api = openai.OpenAI(api_key=secure.key, base_url=f"{secure.url}/v1", http_client=client, max_retries=0)
    messages = [{"role": "user", "content": "Hello"}]
    whole = api.chat.completions.with_raw_response.create(model=CHAT, messages=messages)
    assert whole.http_response.http_version == "HTTP/2"
    assert whole.parse().choices[0].message.content == answer_of(CHAT)
    chunks = list(api.chat.completions.create(model=CHAT, messages=messages, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks).strip() == answer_of(CHAT)
    assert CHAT in {model.id for model in api.models.list()}
    with pytest.raises(openai.NotFoundError):
        api.chat.completions.create(model="nobody", messages=messages)
