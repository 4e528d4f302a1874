"""A gateway for tests of its transport: miners in the test process, no chain, any listeners."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from . import http
from .gateway import Gateway, model, subnet
from .keys import ss58
from .loopback_miner import Behaviour, LoopbackMiner
from .tls import Authority

CHAT, TRICKLE, TIMED, FLOOD = "chat", "trickle", "timed", "flood"
_BEHAVIOURS = {
    CHAT: Behaviour.GOOD,
    TRICKLE: Behaviour.TRICKLE,
    TIMED: Behaviour.TIMED,
    FLOOD: Behaviour.FLOOD,
}


class TransportSystem:
    """A gateway and a miner for each model; `with` starts and stops them."""

    def __init__(
        self,
        directory: Path,
        *,
        name: str = "gateway",
        models: int = 0,
        authority: Authority | None = None,
        **server: Any,
    ) -> None:
        """`server` are keys of the configuration's section of that name; `models` more names make a long list; with an
        `authority` it speaks TLS only, as `localhost`."""
        self.authority = authority.certificate if authority else None
        if authority:
            certificate, key = authority.issue_files(name, "localhost")
            server |= {"tls": {"certificate_file": str(certificate), "key_file": str(key)}}
        self._stack = ExitStack()
        self.miners = {
            name: self._stack.enter_context(LoopbackMiner(behaviour, name)) for name, behaviour in _BEHAVIOURS.items()
        }
        netuids = {name: number for number, name in enumerate(_BEHAVIOURS, start=1)}
        self.gateway = Gateway(
            directory,
            name=name,
            store=str(directory / f"{name}.sqlite"),
            miners=[
                {"netuid": netuids[name], "hotkey": ss58(f"//{name}"), "address": miner.address}
                for name, miner in self.miners.items()
            ],
            subnets=[subnet(netuid) for netuid in netuids.values()],
            models=[model(name, netuid, stream_timeout="600s", maximum_tokens=2**20) for name, netuid in netuids.items()]
            + [model(f"alias-{number}", netuids[CHAT]) for number in range(models)],
            server=server,
            authority=self.authority,
        )

    def __enter__(self) -> TransportSystem:
        self._stack.enter_context(self.gateway)
        self.key = self.gateway.create_key("transport")
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def port(self) -> int:
        return self.gateway.port

    @property
    def log(self) -> str:
        return self.gateway.process.log()

    def answered(self) -> list[tuple[str, str]]:
        """The route, and the path where no route was found, and the id of every request that the gateway says it
        answered, in order."""
        value = r'("[^"]*"|\S+)'
        line = re.compile(
            rf"Request answered .*?request\.id={value}(?:.*? request\.path={value})?.*? request\.route={value}"
        )
        return [(f"{route} {path}", identifier) for identifier, path, route in line.findall(self.log)]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}" if self.authority is None else f"https://localhost:{self.port}"

    def held_connections(self) -> int:
        """Established ones, of which the gateway holds an end. Source: Linux's `Documentation/networking/proc_net_tcp.rst`."""
        local, established = f":{self.port:04X}", "01"
        rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
        return sum(row[1].endswith(local) and row[3] == established for row in rows)

    def is_available(self, timeout: float = 5) -> bool:
        return http.ask(self.port, "/health", timeout=timeout, authority=self.authority).status == 200
