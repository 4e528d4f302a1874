"""A real bittensor 10 Axon with the chat synapses, verifying signatures as the SDK does by default.

usage: chat_axon.py --port PORT --hotkey-uri //Miner1 [--mode good|slow|wrong] [--only whole|stream]
"""

import argparse
import asyncio
import signal
import sys
import threading
from types import SimpleNamespace

import answers

SLOW_SECONDS = 1.5
CHUNK_SECONDS = 0.01


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--hotkey-uri", required=True)
    parser.add_argument("--mode", choices=["good", "slow", "wrong"], default="good")
    parser.add_argument(
        "--only", choices=["whole", "stream"], help="attach the whole or the streaming synapses; default both"
    )
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    sys.argv = sys.argv[:1]  # the SDK would parse it again
    import bittensor as bt
    from bittensor_wallet import Keypair

    import offline  # noqa: F401
    from synapses import ChatStreamSynapse, ChatSynapse, EmbeddingSynapse

    is_wrong = arguments.mode == "wrong"
    delay = SLOW_SECONDS if arguments.mode == "slow" else 0.0

    async def chat(synapse: ChatSynapse) -> ChatSynapse:
        await asyncio.sleep(delay)
        synapse.completion, synapse.finish_reason = answers.cut(
            answers.answer(synapse.messages, is_wrong=is_wrong), synapse.max_tokens
        )
        return synapse

    async def chat_stream(synapse: ChatStreamSynapse) -> ChatStreamSynapse.BTStreamingResponse:
        text, _ = answers.cut(answers.answer(synapse.messages, is_wrong=is_wrong), synapse.max_tokens)

        async def send_chunks(send) -> None:
            await asyncio.sleep(delay)
            for chunk in answers.chunks(text):
                await send({"type": "http.response.body", "body": chunk.encode(), "more_body": True})
                await asyncio.sleep(CHUNK_SECONDS)

        return synapse.create_streaming_response(send_chunks)

    async def embed(synapse: EmbeddingSynapse) -> EmbeddingSynapse:
        await asyncio.sleep(delay)
        sign = -1 if is_wrong else 1
        synapse.embeddings = [[sign * value for value in answers.embedding(text)] for text in synapse.input]
        return synapse

    hotkey = Keypair.create_from_uri(arguments.hotkey_uri)
    wallet = SimpleNamespace(name="test", hotkey_str="test", hotkey=hotkey, coldkeypub=hotkey)
    axon = bt.Axon(
        wallet=wallet, port=arguments.port, ip="127.0.0.1", external_ip="127.0.0.1", external_port=arguments.port
    )
    if arguments.only != "stream":
        axon.attach(forward_fn=chat).attach(forward_fn=embed)
    if arguments.only != "whole":
        axon.attach(forward_fn=chat_stream)

    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    axon.start()
    print(f"axon of {hotkey.ss58_address} on port {arguments.port}, {arguments.mode}", flush=True)
    stopped.wait()
    axon.stop()


if __name__ == "__main__":
    main()
