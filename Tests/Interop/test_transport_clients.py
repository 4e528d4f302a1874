"""Independent clients at the gateway itself, plain and over TLS: curl, h2load and nghttp."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import zlib
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import pytest

from harness import http
from harness.curl import Seen, curl
from harness.loopback_miner import answer_of
from harness.process import clean_environment
from harness.tls import Authority
from harness.transport import CHAT, TransportSystem

MODELS = 64
"""More names in the list of models, which makes it worth compressing."""


class Way(Enum):
    """How a client speaks to the gateway, and curl's options for that."""

    H1 = ("--http1.1",)
    H2C = ("--http2-prior-knowledge",)
    TLS_H1 = ("--http1.1", "--tlsv1.2")
    TLS_H2 = ("--http2", "--tlsv1.2")

    @property
    def is_tls(self) -> bool:
        return self in (Way.TLS_H1, Way.TLS_H2)

    @property
    def version(self) -> str:
        return "2" if self in (Way.H2C, Way.TLS_H2) else "1.1"


@pytest.fixture(scope="module")
def authority(directory: Path) -> Authority:
    return Authority(directory)


@pytest.fixture(scope="module")
def plain(directory: Path) -> Iterator[TransportSystem]:
    with TransportSystem(directory, name="plain", models=MODELS) as system:
        yield system


@pytest.fixture(scope="module")
def secure(directory: Path, authority: Authority) -> Iterator[TransportSystem]:
    with TransportSystem(directory, name="secure", models=MODELS, authority=authority) as system:
        yield system


@pytest.fixture(params=[False, True], ids=["plain", "TLS"])
def system(request: pytest.FixtureRequest) -> TransportSystem:
    return request.getfixturevalue("secure" if request.param else "plain")


@pytest.fixture(params=Way, ids=lambda way: way.name)
def way(request: pytest.FixtureRequest) -> Way:
    return request.param


@pytest.fixture
def asked(way: Way, request: pytest.FixtureRequest) -> Asked:
    return Asked(request.getfixturevalue("secure" if way.is_tls else "plain"), way)


class Asked:
    """curl at one of the gateways."""

    def __init__(self, system: TransportSystem, way: Way) -> None:
        self.system = system
        self.way = way

    def __call__(self, path: str, *options: str, data: bytes | None = None, is_unsized: bool = False) -> Seen:
        trust = ["--cacert", self.system.authority] if self.system.authority else []
        key = ["-H", f"Authorization: Bearer {self.system.key}"]
        all_options = [*self.way.value, *trust, *key, *options]
        seen = curl(self.system.url + path, *all_options, data=data, is_unsized=is_unsized, timeout=15)
        assert seen.exit_code == 0, seen.messages
        assert seen.version == self.way.version
        return seen

    @property
    def loses_early_answers(self) -> bool:
        """curl 7.88 reports an error in place of an HTTP/2 answer that a RST_STREAM (NO_ERROR) follows, nginx's as well;
        `test_transport_http2.py` looks at those."""
        return self.way.version == "2"

    def chat(self, *options: str, data: bytes | None = None, is_unsized: bool = False, **fields: object) -> Seen:
        kind = ["-H", "Content-Type: application/json"]
        return self("/v1/chat/completions", *kind, *options, data=data or chat(**fields), is_unsized=is_unsized)


def chat(text: str = "Hello", **fields: object) -> bytes:
    return json.dumps(http.chat_body(CHAT, text, **fields)).encode()


def content_of(seen: Seen) -> str:
    assert seen.status == 200, seen.body
    return seen.json()["choices"][0]["message"]["content"]


# curl


def test_curl_gets_posts_and_streams(asked: Asked) -> None:
    assert asked("/health").json() == {"status": "ok"}
    assert content_of(asked.chat()) == answer_of(CHAT)
    streamed = asked.chat("-N", "--compressed", stream=True)
    assert streamed.headers["content-type"].startswith("text/event-stream")
    assert "content-encoding" not in streamed.headers
    assert streamed.body.endswith(b"data: [DONE]\n\n")


def test_curl_asks_for_heads(asked: Asked) -> None:
    whole = asked("/v1/models")
    head = asked("/v1/models", "-I")
    assert (head.status, head.report["size_download"]) == (200, 0)
    assert int(head.headers["content-length"]) == len(whole.body)


def test_curl_expects_to_continue(asked: Asked) -> None:
    seen = asked.chat("-H", "Expect: 100-continue")
    assert seen.interim == [100]
    assert content_of(seen) == answer_of(CHAT)


def test_curl_is_refused_before_it_sends(asked: Asked) -> None:
    assert asked.chat("-H", "Expect: 200-ok").status == 417
    if asked.loses_early_answers:
        return
    seen = asked.chat("-H", "Expect: 100-continue", data=chat("x" * 5_000_000))
    assert seen.status == 413
    assert seen.interim == []
    assert seen.report["size_upload"] == 0


def test_curl_uploads_without_a_length(asked: Asked) -> None:
    assert content_of(asked.chat(data=chat("Hello " * 50_000), is_unsized=True)) == answer_of(CHAT)
    if not asked.loses_early_answers:
        assert asked.chat(data=chat("x" * 5_000_000), is_unsized=True).status == 413


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", None])
def test_curl_takes_compressed_answers(asked: Asked, coding: str | None) -> None:
    plain = asked("/v1/models")
    assert "content-encoding" not in plain.headers and len(plain.body) > 1_024
    asks = ["--compressed"] + (["-H", f"Accept-Encoding: {coding}"] if coding else [])
    packed = asked("/v1/models", *asks)
    assert packed.body == plain.body
    assert packed.headers["content-encoding"] == coding or coding is None
    assert packed.report["size_download"] < len(plain.body) / 4
    assert "accept-encoding" in packed.headers["vary"].lower()


@pytest.mark.parametrize(
    ("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)], ids=["gzip", "deflate"]
)
def test_curl_sends_compressed_requests(asked: Asked, coding: str, pack) -> None:
    packed = pack(chat("Hello " * 10_000))
    assert content_of(asked.chat("-H", f"Content-Encoding: {coding}", data=packed)) == answer_of(CHAT)
    if asked.loses_early_answers:
        return
    bomb = pack(b" " * 50_000_000)
    assert asked.chat("-H", f"Content-Encoding: {coding}", data=bomb).status == 413
    unknown = asked.chat("-H", "Content-Encoding: lzma", data=packed)
    assert unknown.status == 415 and coding in unknown.headers["accept-encoding"]


# nghttp2's clients


@pytest.mark.parametrize("streams", [1, 16])
@pytest.mark.parametrize("version", ["h2", "h1"])
def test_h2load_loses_no_answer(system: TransportSystem, directory: Path, version: str, streams: int) -> None:
    body = directory / "h2load.json"
    body.write_bytes(chat())
    options = ["--h1"] if version == "h1" else []
    common = ["-c", "8", "-m", str(streams), *options, "-H", f"authorization: Bearer {system.key}"]
    for count, more in ((2_000, ["/health"]), (200, ["-d", str(body), "/v1/chat/completions"])):
        *extra, path = more
        text = run(["h2load", "-n", str(count), *common, *extra, system.url + path])
        assert f"{count} succeeded, 0 failed, 0 errored, 0 timeout" in text, text
        assert f"status codes: {count} 2xx" in text, text


@pytest.mark.parametrize(
    "options",
    [[], ["--no-dep"], ["--continuation"], ["--padding=200"], ["--expect-continue"], ["--no-content-length"],
     ["--trailer", "x-checked: yes"], ["--header-table-size=0"], ["--window-bits=4"], ["-m", "40"]],
    ids=lambda options: options[0] if options else "plainly",
)  # fmt: skip
def test_nghttp_is_answered(system: TransportSystem, directory: Path, options: list[str]) -> None:
    body = directory / "nghttp.json"
    body.write_bytes(chat("Hello " * 100))
    headers = ["-H", f"authorization: Bearer {system.key}", "-H", "content-type: application/json"]
    text = run(["nghttp", "-nv", "-y", "--no-push", *options, *headers, "-d", str(body), system.url + "/v1/chat/completions"])
    expected = 40 if "-m" in options else 1
    assert len(re.findall(r"recv .*:status: 200", text)) == expected, text
    assert not re.search(r"recv RST_STREAM", text), text
    assert not re.search(r"recv GOAWAY(?s:.{0,200})error_code=(?!NO_ERROR)", text), text
    if "--expect-continue" in options:
        assert re.search(r"recv .*:status: 100", text), text


def run(command: list[str]) -> str:
    """What a program prints, which must succeed."""
    result = subprocess.run(command, capture_output=True, text=True, timeout=30, env=clean_environment(Path("/tmp")))
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout
