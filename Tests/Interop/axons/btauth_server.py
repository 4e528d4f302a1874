"""A miner of bittensor 11: an OpenAI-compatible server whose callers sign with btauth/1, checked by the SDK.

usage: btauth_server.py --port PORT --hotkey-uri //Miner4 [--mode good|slow|wrong]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from bittensor import http_auth
from bittensor.sp_core import Keypair
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

import answers

SLOW_SECONDS = 1.5
CHUNK_SECONDS = 0.01


def make_app(hotkey_ss58: str, mode: str) -> FastAPI:
    app = FastAPI()
    is_wrong = mode == "wrong"
    delay = SLOW_SECONDS if mode == "slow" else 0.0

    async def verified_body(request: Request) -> dict[str, Any] | JSONResponse:
        """The parsed body of a request whose signature the SDK accepts, else the refusal to send."""
        raw = await request.body()
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        try:
            http_auth.verify(request.headers, raw, method=request.method, path=target, self_hotkey_ss58=hotkey_ss58)
        except http_auth.AuthError as error:
            message = f"{type(error).__name__}: {error}"
            return JSONResponse({"error": {"message": message, "type": "authentication_error"}}, status_code=401)
        return json.loads(raw)

    @app.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:
        body = await verified_body(request)
        if isinstance(body, JSONResponse):
            return body
        await asyncio.sleep(delay)
        limit = body.get("max_completion_tokens") or body.get("max_tokens")
        text, finish_reason = answers.cut(answers.answer(body["messages"], is_wrong=is_wrong), limit)
        if body.get("stream"):
            return StreamingResponse(completion_events(body, text, finish_reason), media_type="text/event-stream")
        return JSONResponse(
            completion(body, "chat.completion")
            | {
                "choices": [
                    {
                        "index": 0,
                        "message": {"role": "assistant", "content": text},
                        "logprobs": None,
                        "finish_reason": finish_reason,
                    }
                ],
                "usage": usage(body, text),
            }
        )

    @app.post("/v1/embeddings")
    async def embeddings(request: Request) -> Response:
        body = await verified_body(request)
        if isinstance(body, JSONResponse):
            return body
        inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
        vectors = [
            [-value for value in answers.embedding(text)] if is_wrong else answers.embedding(text) for text in inputs
        ]
        tokens = sum(len(text.split()) for text in inputs)
        return JSONResponse(
            {
                "object": "list",
                "model": body.get("model", ""),
                "data": [
                    {"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)
                ],
                "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
            }
        )

    return app


def completion(body: dict[str, Any], kind: str) -> dict[str, Any]:
    """What a completion and each of its chunks have in common."""
    return {
        "id": f"chatcmpl-{time.time_ns()}",
        "object": kind,
        "created": int(time.time()),
        "model": body.get("model", ""),
    }


def usage(body: dict[str, Any], text: str) -> dict[str, int]:
    prompt = sum(len(str(message.get("content", "")).split()) for message in body["messages"])
    return {"prompt_tokens": prompt, "completion_tokens": len(text.split()), "total_tokens": prompt + len(text.split())}


async def completion_events(body: dict[str, Any], text: str, finish_reason: str) -> AsyncIterator[str]:
    """OpenAI's event stream for the text, a word at a time."""
    head = completion(body, "chat.completion.chunk")

    def event(delta: dict[str, Any], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return f"data: {json.dumps(head | {'choices': [choice]})}\n\n"

    yield event({"role": "assistant", "content": ""})
    for chunk in answers.chunks(text):
        yield event({"content": chunk})
        await asyncio.sleep(CHUNK_SECONDS)
    yield event({}, finish_reason)
    if (body.get("stream_options") or {}).get("include_usage"):
        yield f"data: {json.dumps(head | {'choices': [], 'usage': usage(body, text)})}\n\n"
    yield "data: [DONE]\n\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--hotkey-uri", required=True)
    parser.add_argument("--mode", choices=["good", "slow", "wrong"], default="good")
    arguments = parser.parse_args()
    hotkey_ss58 = Keypair.create_from_uri(arguments.hotkey_uri).ss58_address
    print(f"btauth miner {hotkey_ss58} on port {arguments.port}, {arguments.mode}", flush=True)
    uvicorn.run(make_app(hotkey_ss58, arguments.mode), host="127.0.0.1", port=arguments.port, log_level="warning")


if __name__ == "__main__":
    main()
