"""Request smuggling through nginx, HAProxy and Caddy, whose clients share connections to the gateway: no desync."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.careless_server import CarelessServer
from harness.desync import Onslaught, disagreements
from harness.proxies import Caddy, Nginx, PoolingHAProxy, PoolingNginx, Proxy
from harness.tls import Authority
from harness.transport import TransportSystem
from harness.waiting import eventually

PROXIES = [Nginx, PoolingNginx, PoolingHAProxy, Caddy]


@pytest.fixture(scope="module")
def system(directory: Path) -> Iterator[TransportSystem]:
    with TransportSystem(directory) as system:
        yield system


@pytest.fixture(scope="module")
def authority(directory: Path) -> Authority:
    return Authority(directory)


@pytest.fixture(params=PROXIES, ids=lambda kind: kind.name)
def proxy(
    request: pytest.FixtureRequest, system: TransportSystem, authority: Authority, directory: Path
) -> Iterator[Proxy]:
    with request.param(directory, f"127.0.0.1:{system.port}", authority) as proxy:
        yield proxy


def test_the_proxy_and_the_gateway_see_the_same_requests(system: TransportSystem, proxy: Proxy) -> None:
    marker = proxy.name.replace("-", "")
    onslaught = Onslaught(proxy, marker)
    onslaught.run()
    check(system, proxy, onslaught)


def test_nor_do_they_disagree_about_what_came_over_http2(system: TransportSystem, proxy: Proxy) -> None:
    onslaught = Onslaught(proxy, proxy.name.replace("-", "") + "h2")
    onslaught.run_h2()
    check(system, proxy, onslaught)


def test_the_check_finds_a_server_that_ignores_lengths(authority: Authority, directory: Path) -> None:
    with CarelessServer() as server, PoolingNginx(directory, f"127.0.0.1:{server.port}", authority) as proxy:
        onslaught = Onslaught(proxy, "careless")
        onslaught.run(only="CL.0")
        assert onslaught.faults
        assert disagreements(proxy.logged(), server.answered, onslaught.marker)


def check(system: TransportSystem, proxy: Proxy, onslaught: Onslaught) -> None:
    assert not onslaught.faults

    def is_settled() -> bool:
        """The logs are written a moment later than the answers."""
        last = f"canary-{onslaught.marker}-{onslaught.sent - 1}x"
        return any(last in entry.target for entry in proxy.logged()) and any(last in route for route, _ in system.answered())

    eventually(is_settled, what="the last canary in both logs")
    assert not disagreements(proxy.logged(), system.answered(), onslaught.marker)
    assert system.is_available()
