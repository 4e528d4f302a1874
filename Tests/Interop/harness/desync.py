"""Sends what may confuse to a proxy, and compares what the proxy says it forwarded with what the gateway says it got."""

from __future__ import annotations

import re
import select
import socket
from collections import Counter
from dataclasses import dataclass, field

from . import http
from .h2_smuggling import h2_payloads, send_h2
from .proxies import Forwarded, Proxy
from .smuggling import payloads

_TAG = re.compile(r"(?:outer|hidden|canary)-[a-z0-9-]+x(?![a-z0-9])")
_REFUSALS = {400, 405, 408, 413, 414, 417, 431, 501, 505}
_QUIET_SECONDS = 0.1
"""Nothing for so long after a payload: the proxy waits for more, or has answered all there was."""


@dataclass
class Onslaught:
    """Every payload through one proxy, each followed by canaries on connections of their own."""

    proxy: Proxy
    marker: str
    """In every path, so that proxies in front of one gateway can be told apart."""
    canaries_per_payload: int = 2
    faults: list[str] = field(default_factory=list)
    sent: int = 0

    def run(self, only: str = "") -> None:
        """The payloads of HTTP/1.1, or those whose names begin with `only`."""
        for payload in payloads(f"outer-{self.marker}", f"hidden-{self.marker}"):
            if not payload.name.startswith(only):
                continue
            send(self.proxy.port, payload.data)
            self.check_canaries(payload.name)

    def run_h2(self) -> None:
        """The payloads of HTTP/2, over TLS."""
        for payload in h2_payloads(f"outer-{self.marker}", f"hidden-{self.marker}"):
            send_h2(self.proxy.tls_port, payload, self.proxy.authority)
            self.check_canaries(payload.name)

    def check_canaries(self, after: str) -> None:
        for _ in range(self.canaries_per_payload):
            path = f"/canary-{self.marker}-{self.sent}x"
            self.sent += 1
            try:
                answer = http.ask(self.proxy.port, path, timeout=10)
            except Exception as error:
                self.faults.append(f"{after}: the canary got no answer: {error!r}")
                continue
            if answer.status != 404 or path.encode() not in answer.body:
                self.faults.append(f"{after}: {path} was answered {answer.status} {answer.body[:300]!r}")


def send(port: int, data: bytes) -> bytes:
    """Sends bytes on a connection of their own and reads until it is closed or quiet."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            connection.sendall(data)
            while select.select([connection], [], [], _QUIET_SECONDS)[0]:
                piece = connection.recv(65_536)
                if not piece:
                    break
                received += piece
        except ConnectionError:
            pass
    return received


def disagreements(forwarded: list[Forwarded], answered: list[tuple[str, str]], marker: str) -> list[str]:
    """What the gateway answered that the proxy does not know of, or knows by another path.

    A request that its client left has no id in the proxy's log; its path must be there. The gateway logs no request that
    its parser refuses: those have an id in the proxy's log only."""
    faults = []
    by_id = {entry.request_id: _tags(entry.target) for entry in forwarded if entry.request_id}
    asked = Counter(tag for entry in forwarded for tag in _tags(entry.target))
    got: Counter[str] = Counter()
    for route, identifier in answered:
        tags = [tag for tag in _tags(route) if f"-{marker}-" in tag]
        got.update(tags)
        if identifier in by_id and tags != by_id[identifier]:
            faults.append(f"{route} has the id of {by_id[identifier]}")
    faults += [
        f"the gateway got {tag} {count} times, the proxy forwarded it {asked[tag]} times"
        for tag, count in got.items()
        if count > asked[tag]
    ]
    known = {identifier for _, identifier in answered} | {None}
    faults += [
        f"the gateway does not know {entry}"
        for entry in forwarded
        if entry.request_id not in known and entry.status not in _REFUSALS
    ]
    return faults


def _tags(target: str) -> list[str]:
    return _TAG.findall(target)
