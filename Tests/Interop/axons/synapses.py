"""The chat synapses the gateway's `dendrite` dialect speaks, as a subnet on bittensor 10 would declare them."""

from __future__ import annotations

from typing import Any, AsyncIterator, ClassVar, Optional

import bittensor as bt


class ChatSynapse(bt.Synapse):
    """One chat completion, answered whole."""

    messages: list[dict]
    model: str = ""
    max_tokens: Optional[int] = None
    temperature: Optional[float] = None
    seed: Optional[int] = None
    completion: Optional[str] = None
    finish_reason: Optional[str] = None

    required_hash_fields: ClassVar[tuple[str, ...]] = ("messages",)


class ChatStreamSynapse(bt.StreamingSynapse):
    """One chat completion, streamed as raw UTF-8 text."""

    messages: list[dict]
    model: str = ""
    max_tokens: Optional[int] = None
    temperature: Optional[float] = None
    seed: Optional[int] = None
    completion: Optional[str] = None

    required_hash_fields: ClassVar[tuple[str, ...]] = ("messages",)

    async def process_streaming_response(self, response: Any) -> AsyncIterator[str]:
        self.completion = ""
        async for chunk in response.content.iter_any():
            text = chunk.decode()
            self.completion += text
            yield text

    def extract_response_json(self, response: Any) -> dict:
        return {"messages": self.messages, "completion": self.completion}

    def deserialize(self) -> Optional[str]:
        return self.completion


class EmbeddingSynapse(bt.Synapse):
    """Embeddings of the texts, in their order."""

    input: list[str]
    model: str = ""
    dimensions: Optional[int] = None
    embeddings: Optional[list[list[float]]] = None

    required_hash_fields: ClassVar[tuple[str, ...]] = ("input",)
