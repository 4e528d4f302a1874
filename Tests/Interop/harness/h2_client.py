"""A client of HTTP/2 that does one thing at a time, on Python's `h2`."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h2.events
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.settings import SettingCodes

Fields = list[tuple[str, str]]


@dataclass
class Stream:
    """What has come on one stream."""

    interim: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    data: bytes = b""
    is_ended: bool = False
    reset: int | None = None

    @property
    def status(self) -> int:
        return int(self.headers.get(":status", 0))


class H2Client:
    """One connection; with an `authority` over TLS, else with prior knowledge."""

    def __init__(self, port: int, authority: Path | None = None, *, window: int | None = None) -> None:
        """`window` bytes of each stream are taken, and no more."""
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if authority is not None:
            context = ssl.create_default_context(cafile=authority)
            context.set_alpn_protocols(["h2"])
            self._socket = context.wrap_socket(self._socket, server_hostname="localhost")
            assert self._socket.selected_alpn_protocol() == "h2"
        self._scheme = "http" if authority is None else "https"
        self.streams: dict[int, Stream] = {}
        self.goaway: int | None = None
        self.acknowledged_pings = 0
        self._takes_all = window is None
        self.connection = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self.connection.initiate_connection()
        if window is not None:
            self.connection.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.flush()

    def request(
        self, method: str, path: str, body: Any = None, *, fields: Fields = [], is_whole: bool = True
    ) -> int:
        """The stream that a request was sent on; `body` is sent as JSON unless it is bytes."""
        stream = self.connection.get_next_available_stream_id()
        self.streams[stream] = Stream()
        pseudo = [(":method", method), (":scheme", self._scheme), (":authority", "localhost"), (":path", path)]
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        kind = [] if data is None else [("content-type", "application/json")]
        self.connection.send_headers(stream, pseudo + kind + fields, end_stream=data is None and is_whole)
        self.flush()
        if data is not None:
            self.send(stream, data, end=is_whole)
        return stream

    def send(self, stream: int, data: bytes, *, end: bool = True) -> None:
        """Sends as the server's windows allow."""
        while True:
            room = min(self.connection.local_flow_control_window(stream), self.connection.max_outbound_frame_size)
            part, data = data[:room], data[room:]
            if part or not data:
                self.connection.send_data(stream, part, end_stream=end and not data)
                self.flush()
            if not data:
                return
            self.wait(lambda: self.connection.local_flow_control_window(stream) > 0, what="room for a body")

    def trail(self, stream: int, fields: Fields) -> None:
        self.connection.send_headers(stream, fields, end_stream=True)
        self.flush()

    def answer(self, stream: int, *, within: float = 10) -> Stream:
        """Waits for the end of a stream."""
        self.wait(lambda: self.streams[stream].is_ended, what=f"the answer on stream {stream}", within=within)
        return self.streams[stream]

    def reset(self, stream: int) -> None:
        self.connection.reset_stream(stream, ErrorCodes.CANCEL)
        self.flush()

    def wait(self, check: Callable[[], bool], *, what: str, within: float = 10) -> None:
        """Reads until `check` holds."""
        deadline = time.monotonic() + within
        while not check():
            left = deadline - time.monotonic()
            assert left > 0, f"not within {within:g} s: {what}; {self.streams}, {self.goaway=}"
            self._socket.settimeout(left)
            try:
                data = self._socket.recv(65_536)
            except TimeoutError:
                continue
            assert data, f"closed while waiting for {what}; {self.streams}, {self.goaway=}"
            for event in self.connection.receive_data(data):
                self._receive(event)
            self.flush()

    def flush(self) -> None:
        if data := self.connection.data_to_send():
            self._socket.sendall(data)

    def _receive(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.InformationalResponseReceived():
                self.streams[event.stream_id].interim.append(int(dict(event.headers)[":status"]))
            case h2.events.ResponseReceived():
                self.streams[event.stream_id].headers = dict(event.headers)
            case h2.events.DataReceived():
                self.streams[event.stream_id].data += event.data
                if self._takes_all:
                    self.connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case h2.events.StreamEnded():
                self.streams[event.stream_id].is_ended = True
            case h2.events.StreamReset():
                self.streams[event.stream_id].reset = event.error_code
            case h2.events.PingAckReceived():
                self.acknowledged_pings += 1
            case h2.events.ConnectionTerminated():
                self.goaway = event.error_code

    def __enter__(self) -> H2Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
