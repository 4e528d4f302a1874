"""The `openai` client, synchronous and asynchronous, against the gateway in front of the SDKs' miners."""

from __future__ import annotations

import asyncio
import base64
import struct
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import openai
import pytest

from harness.devnet import VALIDATOR, Devnet, Neuron, Subnet
from harness.gateway import Gateway, model, subnet
from harness.miners import btauth_server, chat_axon

DIALECTS = {"dendrite": 1, "btauth": 2}
QUESTION = [{"role": "user", "content": "What is 17 + 25?"}]
TOPIC = [{"role": "user", "content": "Tell me about the sea."}]
TOPIC_ANSWER = "You asked about Tell me about the sea."


@pytest.fixture(scope="module")
def gateway(directory: Path) -> Iterator[Gateway]:
    with ExitStack() as stack:
        axon = stack.enter_context(chat_axon("//Axon", "good", directory))
        server = stack.enter_context(btauth_server("//Server", "good", directory))
        devnet = stack.enter_context(
            Devnet(
                directory,
                [
                    Subnet(1, [VALIDATOR, Neuron(axon.hotkey_uri, axon.address)]),
                    Subnet(2, [VALIDATOR, Neuron(server.hotkey_uri, server.address)]),
                ],
            )
        )
        gateway = Gateway(
            directory,
            chain_url=devnet.url,
            store=str(directory / "ledger.sqlite"),
            subnets=[subnet(netuid, dialect=dialect) for dialect, netuid in DIALECTS.items()],
            models=[model(f"chat-{dialect}", netuid) for dialect, netuid in DIALECTS.items()]
            + [model(f"org/embedding-{dialect}", netuid, task="embedding") for dialect, netuid in DIALECTS.items()],
        )
        yield stack.enter_context(gateway)


@pytest.fixture(scope="module")
def key(gateway: Gateway) -> str:
    return gateway.create_key("client")


@pytest.fixture(scope="module")
def client(gateway: Gateway, key: str) -> openai.OpenAI:
    return gateway.client(key)


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    return request.param


class TestChat:
    def test_plain(self, client: openai.OpenAI, dialect: str) -> None:
        completion = client.chat.completions.create(model=f"chat-{dialect}", messages=QUESTION)
        assert completion.object == "chat.completion"
        assert completion.id.startswith("chatcmpl-")
        assert completion.model == f"chat-{dialect}"
        (choice,) = completion.choices
        assert (choice.index, choice.finish_reason) == (0, "stop")
        assert (choice.message.role, choice.message.content) == ("assistant", "42")
        assert completion.usage is not None and completion.usage.completion_tokens > 0
        assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens

    def test_ids_differ(self, client: openai.OpenAI) -> None:
        ids = {client.chat.completions.create(model="chat-btauth", messages=QUESTION).id for _ in range(3)}
        assert len(ids) == 3

    def test_length(self, client: openai.OpenAI, dialect: str) -> None:
        completion = client.chat.completions.create(model=f"chat-{dialect}", messages=TOPIC, max_tokens=2)
        assert completion.choices[0].finish_reason == "length"
        assert completion.usage is not None and completion.usage.completion_tokens <= 2

    def test_content_parts(self, client: openai.OpenAI, dialect: str) -> None:
        parts = [{"type": "text", "text": "What is 17"}, {"type": "text", "text": "+ 25?"}]
        completion = client.chat.completions.create(
            model=f"chat-{dialect}", messages=[{"role": "user", "content": parts}]
        )
        assert completion.choices[0].message.content == "42"

    @pytest.mark.parametrize("text", ["naïve 日本語 🙂", 'it\'s "quoted" \\ back', "\u00a0\u200b\u2028", "a\tb\nc"])
    def test_any_text_is_signed_right(self, client: openai.OpenAI, dialect: str, text: str) -> None:
        messages = [{"role": "system", "content": text}, *QUESTION]
        completion = client.chat.completions.create(model=f"chat-{dialect}", messages=messages, temperature=0.5, seed=7)
        assert completion.choices[0].message.content == "42"

    def test_stream(self, client: openai.OpenAI, dialect: str) -> None:
        chunks = list(client.chat.completions.create(model=f"chat-{dialect}", messages=TOPIC, stream=True))
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == TOPIC_ANSWER
        assert len(chunks) > 4
        assert len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}) == 1
        assert chunks[0].choices[0].delta.role == "assistant"
        assert [chunk.choices[0].finish_reason for chunk in chunks[-2:]] == [None, "stop"]
        assert all(chunk.usage is None for chunk in chunks)

    def test_stream_with_usage(self, client: openai.OpenAI, dialect: str) -> None:
        chunks = list(
            client.chat.completions.create(
                model=f"chat-{dialect}", messages=TOPIC, stream=True, stream_options={"include_usage": True}
            )
        )
        *told, last = chunks
        assert last.choices == [] and last.usage is not None
        assert all(chunk.usage is None and chunk.choices for chunk in told)
        assert last.usage.total_tokens == last.usage.prompt_tokens + last.usage.completion_tokens
        plain = client.chat.completions.create(model=f"chat-{dialect}", messages=TOPIC)
        assert plain.usage is not None
        assert (last.usage.prompt_tokens, last.usage.completion_tokens) == (
            plain.usage.prompt_tokens,
            plain.usage.completion_tokens,
        )

    def test_stream_helper(self, client: openai.OpenAI) -> None:
        with client.chat.completions.stream(model="chat-btauth", messages=TOPIC) as stream:
            assert stream.get_final_completion().choices[0].message.content == TOPIC_ANSWER


class TestEmbeddings:
    def test_one_and_several(self, client: openai.OpenAI, dialect: str) -> None:
        name = f"org/embedding-{dialect}"
        several = client.embeddings.create(model=name, input=["sea", "shell"], encoding_format="float")
        assert [item.index for item in several.data] == [0, 1]
        assert several.data[0].embedding != several.data[1].embedding
        assert several.usage.total_tokens == several.usage.prompt_tokens > 0
        one = client.embeddings.create(model=name, input="shell", encoding_format="float")
        assert one.data[0].embedding == pytest.approx(several.data[1].embedding, abs=1e-6)

    def test_the_clients_default_is_base64(self, client: openai.OpenAI, dialect: str) -> None:
        name = f"org/embedding-{dialect}"
        floats = client.embeddings.create(model=name, input="sea", encoding_format="float").data[0].embedding
        assert client.embeddings.create(model=name, input="sea").data[0].embedding == pytest.approx(floats, abs=1e-6)
        raw = client.embeddings.with_raw_response.create(model=name, input="sea", encoding_format="base64")
        packed = base64.b64decode(raw.http_response.json()["data"][0]["embedding"])
        assert list(struct.unpack(f"<{len(packed) // 4}f", packed)) == pytest.approx(floats, abs=1e-6)


class TestModels:
    def test_list(self, client: openai.OpenAI) -> None:
        models = client.models.list().data
        expected = {f"chat-{name}" for name in DIALECTS} | {f"org/embedding-{name}" for name in DIALECTS}
        assert {entry.id for entry in models} == expected
        assert all(entry.object == "model" and isinstance(entry.created, int) and entry.owned_by for entry in models)

    @pytest.mark.parametrize("name", ["chat-btauth", "org/embedding-btauth"])
    def test_one(self, client: openai.OpenAI, name: str) -> None:
        assert client.models.retrieve(name).id == name


class TestErrors:
    def test_wrong_key(self, gateway: Gateway) -> None:
        with pytest.raises(openai.AuthenticationError) as raised:
            gateway.client("sk-wrong").models.list()
        assert raised.value.code == "invalid_api_key"
        assert raised.value.request_id

    def test_unknown_model(self, client: openai.OpenAI) -> None:
        with pytest.raises(openai.NotFoundError) as raised:
            client.chat.completions.create(model="gpt-none", messages=QUESTION)
        assert (raised.value.code, raised.value.type) == ("model_not_found", "invalid_request_error")
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("gpt-none")

    def test_bad_field(self, client: openai.OpenAI) -> None:
        with pytest.raises(openai.BadRequestError) as raised:
            client.chat.completions.create(model="chat-btauth", messages=[])
        assert raised.value.param == "messages"

    def test_empty_embedding_input(self, client: openai.OpenAI) -> None:
        with pytest.raises(openai.BadRequestError) as raised:
            client.embeddings.create(model="org/embedding-btauth", input="")
        assert raised.value.param == "input"

    def test_rate_limit(self, gateway: Gateway) -> None:
        client = gateway.client(gateway.create_key("slow", requests_per_minute=1))
        client.chat.completions.create(model="chat-btauth", messages=QUESTION)
        with pytest.raises(openai.RateLimitError) as raised:
            client.chat.completions.create(model="chat-btauth", messages=QUESTION)
        assert raised.value.response.headers["retry-after"]

    def test_every_answer_has_a_request_id(self, client: openai.OpenAI) -> None:
        raw = client.chat.completions.with_raw_response.create(model="chat-btauth", messages=QUESTION)
        assert raw.headers["x-request-id"]


class TestAsync:
    def test_many_at_once(self, gateway: Gateway, key: str) -> None:
        async def ask_all() -> list[str | None]:
            async with gateway.async_client(key) as client:
                answers = await asyncio.gather(
                    *(
                        client.chat.completions.create(
                            model=f"chat-{list(DIALECTS)[number % 2]}",
                            messages=[{"role": "user", "content": f"What is {number} + 25?"}],
                        )
                        for number in range(40)
                    )
                )
                return [answer.choices[0].message.content for answer in answers]

        assert asyncio.run(ask_all()) == [str(number + 25) for number in range(40)]

    def test_stream(self, gateway: Gateway, key: str, dialect: str) -> None:
        async def ask() -> str:
            async with gateway.async_client(key) as client:
                stream = await client.chat.completions.create(model=f"chat-{dialect}", messages=TOPIC, stream=True)
                return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

        assert asyncio.run(ask()) == TOPIC_ANSWER
