"""Requests as bittensor 10.5.0's Dendrite makes them: sent by itself, or taken apart to be tampered with."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import http
from .keys import keypair, ss58

sys.path.append(str(Path(__file__).resolve().parents[1] / "axons"))

import bittensor as bt  # noqa: E402

import offline  # noqa: E402, F401
from synapses import ChatStreamSynapse, ChatSynapse  # noqa: E402


def axon_info(hotkey_uri: str, port: int) -> bt.AxonInfo:
    hotkey = ss58(hotkey_uri)
    return bt.AxonInfo(version=10_005_000, ip="127.0.0.1", port=port, ip_type=4, hotkey=hotkey, coldkey=hotkey)


def messages(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def query(caller_uri: str, axon: bt.AxonInfo, synapse: ChatSynapse, *, timeout: float = 10.0) -> ChatSynapse:
    """The filled synapse; its `dendrite` carries status and message."""

    async def ask() -> ChatSynapse:
        async with bt.Dendrite(wallet=keypair(caller_uri)) as dendrite:
            return await dendrite(axon, synapse, deserialize=False, timeout=timeout)

    return asyncio.run(ask())


def query_stream(
    caller_uri: str, axon: bt.AxonInfo, synapse: ChatStreamSynapse, *, timeout: float = 10.0
) -> tuple[list[str], ChatStreamSynapse]:
    """The chunks as they came, and the filled synapse."""

    async def ask() -> tuple[list[str], ChatStreamSynapse]:
        async with bt.Dendrite(wallet=keypair(caller_uri)) as dendrite:
            parts: list[Any] = []
            stream = await dendrite(axon, synapse, deserialize=False, timeout=timeout, streaming=True)
            async for part in stream:
                parts.append(part)
            return parts[:-1], parts[-1]

    return asyncio.run(ask())


@dataclass
class SignedRequest:
    """A request ready to be sent, or to be changed first."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    def send(self, port: int) -> http.Answer:
        return http.ask(port, self.path, json.dumps(self.body).encode(), headers=self.headers)


def signed_request(caller_uri: str, axon: bt.AxonInfo, synapse: ChatSynapse, *, timeout: float = 10.0) -> SignedRequest:
    """What the SDK would send, signed by it."""
    dendrite = bt.Dendrite(wallet=keypair(caller_uri))
    filled = dendrite.preprocess_synapse_for_request(axon, synapse, timeout)
    return SignedRequest(f"/{type(synapse).__name__}", dict(filled.to_headers()), filled.model_dump())
