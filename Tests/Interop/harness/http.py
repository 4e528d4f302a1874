"""HTTP as it is on the wire, for what the `openai` client would hide: status, headers, bytes."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def request_id(self) -> str | None:
        return self.headers["x-request-id"]

    @property
    def error(self) -> dict[str, Any]:
        """The `error` object of OpenAI's envelope, checked to be whole."""
        error = self.json()["error"]
        assert {"message", "type", "param", "code"} <= error.keys(), f"not OpenAI's envelope: {error}"
        assert isinstance(error["message"], str) and error["message"]
        assert isinstance(error["type"], str)
        assert error["param"] is None or isinstance(error["param"], str)
        assert error["code"] is None or isinstance(error["code"], str)
        return error


def ask(
    port: int,
    path: str,
    body: Any = None,
    *,
    key: str | None = None,
    method: str | None = None,
    headers: dict[str, str] | None = None,
    timeout: float = 30.0,
    authority: Path | None = None,
) -> Answer:
    """One request on a connection of its own. `body` is sent as JSON unless it is bytes; `authority` means TLS."""
    if authority is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    else:
        context = ssl.create_default_context(cafile=authority)
        connection = http.client.HTTPSConnection("localhost", port, timeout=timeout, context=context)
    try:
        _send(connection, path, body, key, method, headers)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


@contextmanager
def open_stream(
    port: int,
    path: str,
    body: Any,
    *,
    key: str | None = None,
    headers: dict[str, str] | None = None,
    timeout: float = 30.0,
) -> Iterator[http.client.HTTPResponse]:
    """A response read as it comes; leaving the block closes the connection, as a client that walks away does."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        _send(connection, path, body, key, None, headers)
        yield connection.getresponse()
    finally:
        connection.close()


def _send(
    connection: http.client.HTTPConnection,
    path: str,
    body: Any,
    key: str | None,
    method: str | None,
    headers: dict[str, str] | None,
) -> None:
    payload = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    sent = dict(headers or {})
    if payload is not None:
        sent.setdefault("Content-Type", "application/json")
    if key is not None:
        sent.setdefault("Authorization", f"Bearer {key}")
    connection.request(method or ("GET" if payload is None else "POST"), path, payload, sent)


def events(response: http.client.HTTPResponse) -> Iterator[str]:
    """The `data` of each server-sent event, until the stream ends."""
    data: list[str] = []
    for raw in response:
        line = raw.decode().rstrip("\r\n")
        if line.startswith("data:"):
            data.append(line.removeprefix("data:").removeprefix(" "))
        elif not line and data:
            yield "\n".join(data)
            data = []


def chat_body(model: str, text: str, **fields: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": text}]} | fields
