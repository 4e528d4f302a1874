"""The chat synapses the gateway's `dendrite` dialect speaks, as a subnet on bittensor 10 would declare them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, ClassVar

import bittensor as bt


class ChatSynapse(bt.Synapse):
    """One chat completion, answered whole."""

    messages: list[dict]
    model: str = ""
    max_tokens: int | None = None
    temperature: float | None = None
    seed: int | None = None
    completion: str | None = None
    finish_reason: str | None = None

    required_hash_fields: ClassVar[tuple[str, ...]] = ("messages",)


class ChatStreamSynapse(bt.StreamingSynapse):
    """One chat completion, streamed as raw UTF-8 text."""

    messages: list[dict]
    model: str = ""
    max_tokens: int | None = None
    temperature: float | None = None
    seed: int | None = None
    completion: str | None = None

    required_hash_fields: ClassVar[tuple[str, ...]] = ("messages",)

    async def process_streaming_response(self, response: Any) -> AsyncIterator[str]:
        self.completion = ""
        async for chunk in response.content.iter_any():
            text = chunk.decode()
            self.completion += text
            yield text

    def extract_response_json(self, response: Any) -> dict:
        return {"messages": self.messages, "completion": self.completion}

    def deserialize(self) -> str | None:
        return self.completion


class EmbeddingSynapse(bt.Synapse):
    """Embeddings of the texts, in their order."""

    input: list[str]
    model: str = ""
    dimensions: int | None = None
    embeddings: list[list[float]] | None = None

    required_hash_fields: ClassVar[tuple[str, ...]] = ("input",)
