"""Small miners inside the test process: a well-behaved one, and one for each way to misbehave.

They speak OpenAI's API as a `btauth` subnet's miners do, and do not check signatures (the SDK's miners do that)."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_PAUSE_SECONDS = 0.02
TIMED_EVENTS = 50
TOOL_ARGUMENTS = json.dumps({"text": " ".join(f"word{number}" for number in range(50))})


class Behaviour(Enum):
    GOOD = "good"
    """Answers at once; streams ten words, one every 20 ms."""
    FAILING = "failing"
    """Status 500."""
    SILENT = "silent"
    """Accepts the request and never answers."""
    GARBAGE = "garbage"
    """Answers bytes that are not HTTP."""
    NONSENSE = "nonsense"
    """Answers status 200 and a body that is not JSON."""
    TRUNCATED = "truncated"
    """Announces a longer body than it sends."""
    ENDLESS_HEAD = "endless head"
    """Sends header lines forever."""
    ENDLESS_BODY = "endless body"
    """Sends an answer that never ends, as fast as it is read."""
    REDIRECT = "redirect"
    """Sends the caller elsewhere."""
    TRICKLE = "trickle"
    """A well-formed stream that never ends, a word every 20 ms."""
    FLOOD = "flood"
    """A well-formed stream that never ends, as fast as it is read."""
    TOOLS = "tools"
    """Answers with the call of a tool, `TOOL_ARGUMENTS` and no text."""
    TIMED = "timed"
    """Streams 50 events, one every 20 ms; each says when it was sent, as `time.monotonic_ns()`."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """Callers that are killed reset their connections; that is what these tests are about."""


class LoopbackMiner:
    """One miner on a free port; counts requests and open connections."""

    def __init__(self, behaviour: Behaviour = Behaviour.GOOD, name: str = "miner") -> None:
        self.behaviour = behaviour
        self.name = name
        self.requests = 0
        self.sent_events = 0
        """By `FLOOD`: stands still while the caller takes nothing."""
        self.disconnects = 0
        """Answers whose reader left before the end."""
        self._stopping = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler_for(self))
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def stop(self) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> LoopbackMiner:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def answer_of(name: str) -> str:
    """What a good miner of that name answers to everything, whole or streamed."""
    return " ".join([name] + [f"word{number}" for number in range(9)])


def _handler_for(miner: LoopbackMiner) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: Any) -> None:
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
            miner.requests += 1
            try:
                self._answer(body)
            except ConnectionError:
                miner.disconnects += 1
                self.close_connection = True

        def _answer(self, body: dict[str, Any]) -> None:
            match miner.behaviour:
                case Behaviour.GOOD | Behaviour.TRICKLE if self.path.endswith("/embeddings"):
                    self._send_json(_embeddings(body))
                case Behaviour.GOOD | Behaviour.TRICKLE if body.get("stream"):
                    self._stream(body)
                case Behaviour.GOOD | Behaviour.TRICKLE:
                    self._send_json(_completion(body, miner.name))
                case Behaviour.TOOLS:
                    self._call_a_tool(body)
                case Behaviour.TIMED:
                    self._stream_times(body)
                case Behaviour.FLOOD:
                    self._flood(body)
                case Behaviour.FAILING:
                    self._send_json({"error": {"message": "out of memory"}}, status=500)
                case Behaviour.SILENT:
                    self._wait_for_the_caller_to_leave()
                case Behaviour.GARBAGE:
                    self.wfile.write(bytes(range(256)) * 16)
                    self.close_connection = True
                case Behaviour.NONSENSE:
                    self._send(b'{"choices": [{"mess', "application/json")
                case Behaviour.TRUNCATED:
                    self._send(b'{"choices": []', "application/json", announced=4096)
                    self.close_connection = True
                case Behaviour.ENDLESS_HEAD:
                    self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                    while not miner.is_stopping:
                        self.wfile.write(b"X-More: " + b"a" * 1000 + b"\r\n")
                case Behaviour.ENDLESS_BODY:
                    self._start_chunked("application/json")
                    while not miner.is_stopping:
                        self._send_chunk(b'{"choices": [' + b" " * 65_536)
                case Behaviour.REDIRECT:
                    self.send_response(307)
                    self.send_header("Location", "http://127.0.0.1:1/v1/chat/completions")
                    self.send_header("Content-Length", "0")
                    self.end_headers()

        def _wait_for_the_caller_to_leave(self) -> None:
            self.close_connection = True
            while not miner.is_stopping:
                readable, _, _ = select.select([self.connection], [], [], 0.05)
                if readable and not self.connection.recv(1, socket.MSG_PEEK):
                    raise ConnectionResetError

        def _send_json(self, value: dict[str, Any], status: int = 200) -> None:
            self._send(json.dumps(value).encode(), "application/json", status=status)

        def _send(self, body: bytes, content_type: str, status: int = 200, announced: int | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(announced or len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _start_chunked(self, content_type: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()

        def _send_chunk(self, data: bytes) -> None:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()

        def _stream(self, body: dict[str, Any]) -> None:
            self._start_chunked("text/event-stream")
            words = [word + " " for word in answer_of(miner.name).split(" ")]
            self._send_event(body, {"role": "assistant", "content": ""})
            position = 0
            while position < len(words) or miner.behaviour is Behaviour.TRICKLE:
                if miner.is_stopping:
                    self.close_connection = True
                    return
                self._send_event(body, {"content": words[position % len(words)]})
                position += 1
                time.sleep(_PAUSE_SECONDS)
            self._send_event(body, {}, "stop")
            self._send_chunk(b"data: [DONE]\n\n")
            self._send_chunk(b"")

        def _call_a_tool(self, body: dict[str, Any]) -> None:
            calls = [{"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": TOOL_ARGUMENTS}}]
            if not body.get("stream"):
                message = {"role": "assistant", "content": None, "tool_calls": calls}
                choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "tool_calls"}
                return self._send_json(_head(body, "chat.completion") | {"choices": [choice]})
            self._start_chunked("text/event-stream")
            self._send_event(body, {"role": "assistant", "tool_calls": calls})
            self._send_event(body, {}, "tool_calls")
            self._send_chunk(b"data: [DONE]\n\n")
            self._send_chunk(b"")

        def _stream_times(self, body: dict[str, Any]) -> None:
            self._start_chunked("text/event-stream")
            for _ in range(TIMED_EVENTS):
                time.sleep(_PAUSE_SECONDS)
                self._send_event(body, {"content": f"{time.monotonic_ns()} "})
            self._send_event(body, {}, "stop")
            self._send_chunk(b"data: [DONE]\n\n")
            self._send_chunk(b"")

        def _flood(self, body: dict[str, Any]) -> None:
            self._start_chunked("text/event-stream")
            while not miner.is_stopping:
                self._send_event(body, {"content": "word " * 200})
                miner.sent_events += 1

        def _send_event(self, body: dict[str, Any], delta: dict[str, Any], finish: str | None = None) -> None:
            choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
            event = _head(body, "chat.completion.chunk") | {"choices": [choice]}
            self._send_chunk(f"data: {json.dumps(event)}\n\n".encode())

    return Handler


def _head(body: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": body.get("model", "")}


def _completion(body: dict[str, Any], name: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": answer_of(name)}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return _head(body, "chat.completion") | {
        "choices": [choice],
        "usage": {"prompt_tokens": 1, "completion_tokens": 10, "total_tokens": 11},
    }


def _embeddings(body: dict[str, Any]) -> dict[str, Any]:
    texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
    data = [
        {"object": "embedding", "index": index, "embedding": [float(len(text)), 1.0, 0.5, -0.25]}
        for index, text in enumerate(texts)
    ]
    return {
        "object": "list",
        "model": body.get("model", ""),
        "data": data,
        "usage": {"prompt_tokens": 1, "total_tokens": 1},
    }


def closed_port() -> int:
    """A port that refuses connections: bound, never listening, for as long as the process lives."""
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    _held.append(holder)
    return holder.getsockname()[1]


_held: list[socket.socket] = []
