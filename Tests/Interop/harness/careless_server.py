"""A server that takes every request for one without a body: what smuggling tests must find."""

from __future__ import annotations

import itertools
import socketserver
import threading


class CarelessServer:
    """Answers 404 to whatever ends in an empty line."""

    def __init__(self) -> None:
        self.answered: list[tuple[str, str]] = []
        """The route and id of each request, as the gateway logs them."""
        self._numbers = itertools.count()
        self._server = _Server(("127.0.0.1", 0), _handler_for(self))
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def answer(self, head: bytes) -> bytes:
        route = " ".join(head.decode("latin-1").split()[:2])
        identifier = f"req_{next(self._numbers)}"
        self.answered.append((route, identifier))
        return (
            f"HTTP/1.1 404 Not Found\r\nX-Request-Id: {identifier}\r\nContent-Length: {len(route)}\r\n\r\n{route}"
        ).encode()

    def __enter__(self) -> CarelessServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


def _handler_for(server: CarelessServer) -> type[socketserver.BaseRequestHandler]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            pending = b""
            try:
                while received := self.request.recv(65_536):
                    pending += received
                    while b"\r\n\r\n" in pending:
                        head, pending = pending.split(b"\r\n\r\n", 1)
                        self.request.sendall(server.answer(head))
            except ConnectionError:
                pass

    return Handler
