"""`thalamus miner` before the SDKs' own clients, and before requests that someone changed on the way."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import btauth, dendrite, http
from harness.keys import ss58
from harness.loopback_miner import LoopbackMiner, answer_of
from harness.miners import Miner, thalamus_miner

CALLER = "//Validator"
QUESTION = "What is 17 + 25?"
BTAUTH_PATH = "/v1/chat/completions"


@pytest.fixture(scope="module")
def miner(directory: Path) -> Iterator[Miner]:
    with thalamus_miner("//Miner1", directory, "--quality", "1.0") as started:
        yield started


@pytest.fixture
def axon(miner: Miner):
    return dendrite.axon_info(miner.hotkey_uri, miner.process.port)


def chat_synapse(text: str = QUESTION) -> dendrite.ChatSynapse:
    return dendrite.ChatSynapse(messages=dendrite.messages(text), model="sample", max_tokens=64)


class TestDendrite:
    """bittensor 10.5.0's Dendrite."""

    def test_is_answered_whole(self, axon) -> None:
        answered = dendrite.query(CALLER, axon, chat_synapse())
        assert (answered.dendrite.status_code, answered.dendrite.status_message) == (200, "Success")
        assert "42" in answered.completion
        assert answered.finish_reason == "stop"

    @pytest.mark.parametrize(
        "text", ['it\'s a "test"', "naïve 日本語 🙂", "tab\tnewline\n back\\slash", "\u00a0\u200b"]
    )
    def test_agrees_on_the_body_hash_of_any_text(self, axon, text: str) -> None:
        answered = dendrite.query(CALLER, axon, chat_synapse(text))
        assert answered.dendrite.status_code == 200, answered.dendrite.status_message
        assert answered.completion

    def test_is_answered_in_a_stream(self, axon) -> None:
        synapse = dendrite.ChatStreamSynapse(messages=dendrite.messages("Tell me about the sea."), max_tokens=64)
        chunks, answered = dendrite.query_stream(CALLER, axon, synapse)
        assert answered.dendrite.status_code == 200, answered.dendrite.status_message
        assert len(chunks) > 1
        assert "".join(chunks) == answered.completion

    def test_keeps_a_rising_nonce_over_many_requests(self, axon) -> None:
        for _ in range(3):
            assert dendrite.query(CALLER, axon, chat_synapse()).dendrite.status_code == 200


class TestTamperedDendriteRequest:
    """Requests the SDK signed, changed before they arrive."""

    def send(self, miner: Miner, axon, **headers: str) -> http.Answer:
        request = dendrite.signed_request(CALLER, axon, chat_synapse())
        request.headers |= headers
        return request.send(miner.process.port)

    def test_an_untouched_one_is_answered(self, miner: Miner, axon) -> None:
        assert self.send(miner, axon).status == 200

    def test_a_changed_signature_is_refused(self, miner: Miner, axon) -> None:
        answer = self.send(miner, axon, bt_header_dendrite_signature="0x" + "11" * 63 + "91")
        assert answer.status == 401

    def test_a_changed_nonce_is_refused(self, miner: Miner, axon) -> None:
        assert self.send(miner, axon, bt_header_dendrite_nonce=str(time.time_ns())).status == 401

    def test_another_caller_is_refused(self, miner: Miner, axon) -> None:
        assert self.send(miner, axon, bt_header_dendrite_hotkey=ss58("//Mallory")).status == 401

    def test_a_changed_body_is_refused(self, miner: Miner, axon) -> None:
        request = dendrite.signed_request(CALLER, axon, chat_synapse())
        request.body["messages"] = dendrite.messages("What is 1 + 1?")
        answer = request.send(miner.process.port)
        assert answer.status == 500  # the SDK's Axon answers this to a hash that does not match
        assert b"completion" not in answer.body

    def test_one_for_another_receiver_is_refused(self, miner: Miner) -> None:
        elsewhere = dendrite.axon_info("//Miner2", miner.process.port)
        assert dendrite.signed_request(CALLER, elsewhere, chat_synapse()).send(miner.process.port).status == 401

    def test_a_replayed_one_is_refused(self, miner: Miner, axon) -> None:
        request = dendrite.signed_request(CALLER, axon, chat_synapse())
        assert request.send(miner.process.port).status == 200
        assert request.send(miner.process.port).status == 401

    def test_an_unknown_synapse_is_not_found(self, miner: Miner, axon) -> None:
        request = dendrite.signed_request(CALLER, axon, chat_synapse())
        request.path = "/NoSuchSynapse"
        assert request.send(miner.process.port).status == 404


class TestBTAuth:
    """Requests signed by bittensor 11.3.0."""

    def body(self, text: str = QUESTION, **fields) -> bytes:
        return json.dumps(http.chat_body("sample", text, max_tokens=64, **fields)).encode()

    def send(self, miner: Miner, body: bytes, *, signed_body: bytes | None = None, receiver: str | None = None,
             nonce: int | None = None, **headers: str) -> http.Answer:  # fmt: skip
        signed = btauth.signed_headers(
            CALLER, receiver or ss58(miner.hotkey_uri), BTAUTH_PATH, signed_body or body, nonce=nonce
        )
        return http.ask(miner.process.port, BTAUTH_PATH, body, headers=signed | headers)

    def test_is_answered_whole(self, miner: Miner) -> None:
        answer = self.send(miner, self.body())
        assert answer.status == 200
        assert "42" in answer.json()["choices"][0]["message"]["content"]

    def test_is_answered_in_a_stream(self, miner: Miner) -> None:
        answer = self.send(miner, self.body("Tell me about the sea.", stream=True))
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = [line for line in answer.body.decode().split("\n\n") if line]
        assert events[-1] == "data: [DONE]"
        text = "".join(
            choice["delta"].get("content") or ""
            for event in events[:-1]
            for choice in json.loads(event.removeprefix("data: "))["choices"]
        )
        assert text

    def test_a_changed_body_is_refused(self, miner: Miner) -> None:
        assert self.send(miner, self.body("What is 1 + 1?"), signed_body=self.body()).status == 401

    def test_a_changed_signature_is_refused(self, miner: Miner) -> None:
        assert self.send(miner, self.body(), **{"X-Bittensor-Signature": "0x" + "11" * 63 + "91"}).status == 401

    def test_another_receiver_is_refused(self, miner: Miner) -> None:
        assert self.send(miner, self.body(), receiver=ss58("//Miner2")).status in (401, 403)

    def test_an_old_one_is_refused(self, miner: Miner) -> None:
        assert self.send(miner, self.body(), nonce=time.time_ns() - 11_000_000_000).status == 401

    def test_a_replayed_one_is_refused(self, miner: Miner) -> None:
        nonce = time.time_ns()
        assert self.send(miner, self.body(), nonce=nonce).status == 200
        assert self.send(miner, self.body(), nonce=nonce).status == 401

    def test_an_unsigned_one_is_refused(self, miner: Miner) -> None:
        assert http.ask(miner.process.port, BTAUTH_PATH, self.body()).status == 401


def test_stands_in_front_of_an_openai_compatible_server(directory: Path) -> None:
    with LoopbackMiner(name="upstream") as upstream:
        options = ["--upstream", f"http://{upstream.address}/v1", "--upstream-model", "inner"]
        with thalamus_miner("//Miner5", directory, *options) as miner:
            axon = dendrite.axon_info(miner.hotkey_uri, miner.process.port)
            answered = dendrite.query(CALLER, axon, chat_synapse())
            assert answered.completion.strip() == answer_of("upstream")
            chunks, _ = dendrite.query_stream(
                CALLER, axon, dendrite.ChatStreamSynapse(messages=dendrite.messages("Tell me."), max_tokens=64)
            )
            assert "".join(chunks).strip() == answer_of("upstream")
            assert upstream.requests == 2
