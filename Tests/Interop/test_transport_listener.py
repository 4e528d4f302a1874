"""The listener as operators set it up: certificates, client certificates, Unix sockets, proxies in front, limits, the end."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from harness import http, thalamus
from harness.curl import Seen, curl
from harness.process import ManagedProcess
from harness.proxies import Proxy
from harness.tls import Authority
from harness.transport import CHAT, TRICKLE, TransportSystem
from harness.waiting import eventually

BODY = json.dumps({"model": CHAT, "messages": [{"role": "user", "content": "hi"}]}).encode()


@pytest.fixture(scope="module")
def authority(directory: Path) -> Authority:
    return Authority(directory)


def tls_keys(authority: Authority, name: str) -> dict[str, str]:
    certificate, key = authority.issue_files(name, "localhost")
    return {"certificate_file": str(certificate), "key_file": str(key)}


def ask(system: TransportSystem, authority: Authority, *options: str | Path, path: str = "/health") -> Seen:
    return curl(f"https://localhost:{system.port}{path}", "--cacert", authority.certificate, *options)


# Certificates


@pytest.fixture(scope="module")
def secure(directory: Path, authority: Authority) -> Iterator[TransportSystem]:
    keys = tls_keys(authority, "served")
    system = TransportSystem(directory, name="secure", tls=keys | {"reload_interval": "1s"})
    system.gateway.process.start()
    eventually(lambda: ask(system, authority, path="/ready").status == 200, what="readiness")
    system.key = system.gateway.create_key("secure")
    with system.gateway:
        yield system


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_serves_https(secure: TransportSystem, authority: Authority, version: str, tls: str) -> None:
    options = [version, f"--tlsv{tls}", "--tls-max", tls, "-H", f"Authorization: Bearer {secure.key}"]
    seen = curl(
        f"https://localhost:{secure.port}/v1/chat/completions",
        "--cacert", authority.certificate, *options, "-H", "Content-Type: application/json", data=BODY,
    )  # fmt: skip
    assert seen.status == 200, seen
    assert seen.version == ("2" if version == "--http2" else "1.1")


def served_serial(system: TransportSystem) -> str:
    hello = subprocess.run(
        ["openssl", "s_client", "-connect", f"localhost:{system.port}", "-servername", "localhost"],
        input=b"", capture_output=True, timeout=30,
    )  # fmt: skip
    text = subprocess.run(["openssl", "x509", "-noout", "-serial"], input=hello.stdout, capture_output=True, timeout=30)
    return text.stdout.decode().strip()


def test_reads_a_renewed_certificate_again(secure: TransportSystem, authority: Authority, directory: Path) -> None:
    keys = yaml.safe_load(secure.gateway.configuration_path.read_text())["server"]["tls"]

    def install(name: str) -> None:
        certificate, key = authority.issue_files(name, "localhost")
        for source, target in [(key, keys["key_file"]), (certificate, keys["certificate_file"])]:
            shutil.copy(source, target + ".new")
            os.rename(target + ".new", target)

    first = served_serial(secure)
    install("renewed")
    eventually(lambda: served_serial(secure) != first, what="the renewed certificate")
    # Files that do not fit together leave the last good ones in force, and the log says so.
    second = served_serial(secure)
    Path(keys["key_file"]).write_text("nonsense")
    secure.gateway.process.wait_for_log("last good one stays in force")
    assert served_serial(secure) == second
    install("third")
    os.kill(secure.gateway.process.pid, signal.SIGHUP)
    eventually(lambda: served_serial(secure) != second, what="the third certificate")
    assert ask(secure, authority).status == 200


def test_asks_for_client_certificates(directory: Path, authority: Authority) -> None:
    clients = Authority(directory, "clients")
    certificate, key = clients.issue_files("client", "client")
    stranger, stranger_key = authority.issue_files("stranger", "client")
    system = TransportSystem(
        directory, name="mutual", tls=tls_keys(authority, "mutual") | {"client_ca_file": str(clients.certificate)}
    )
    with system.gateway.process:
        for version in ["1.2", "1.3"]:
            tls = [f"--tlsv{version}", "--tls-max", version]
            assert ask(system, authority, "--cert", certificate, "--key", key, *tls).status == 200
            assert ask(system, authority, *tls).status == 0
            assert ask(system, authority, "--cert", stranger, "--key", stranger_key, *tls).status == 0


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ({"tls": {"key_file": "x.pem"}}, "`server.tls.certificate_file` is missing"),
        ({"tls": {"certificate_file": "no.pem", "key_file": "no.pem"}}, "no.pem cannot be used"),
        ({"tls": {"certificate_file": "good.pem", "key_file": "locked.key"}}, "without a passphrase"),
        ({"tls": {"certificate_file": "good.pem", "key_file": "other.key"}}, "key values mismatch"),
        ({"tls": {"certificate_file": "good.pem", "key_file": "good.key", "minimum_version": "1.1"}}, "one of 1.2, 1.3"),
        ({"trusted_proxies": ["proxy.example"]}, "a list of addresses"),
        ({"trusted_proxies": ["10.0.0.1/8"]}, "a list of addresses"),
        ({"proxy_protocol": True}, "`server.trusted_proxies` is missing"),
        ({"forwarded_field": "forwarded"}, "`server.trusted_proxies` is missing"),
    ],
)
def test_says_what_is_wrong(directory: Path, authority: Authority, server: dict, expected: str) -> None:
    for name in ["good", "other"]:
        authority.issue_files(name, "localhost")
    subprocess.run(
        ["openssl", "rsa", "-aes256", "-passout", "pass:secret", "-in", "good.key", "-out", "locked.key"],
        cwd=directory, check=True, capture_output=True,
    )  # fmt: skip
    system = TransportSystem(directory, name="wrong", **server)
    result = subprocess.run(
        [thalamus.binary(), "config", "check", "--config", system.gateway.configuration_path],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert result.returncode != 0
    assert expected in result.stderr, result.stderr


# Sockets and proxies


def test_listens_on_a_unix_socket(directory: Path) -> None:
    path = directory / "api.sock"
    system = TransportSystem(directory, name="unix", unix_socket=str(path), trusted_proxies=["unix"])
    system.gateway.process.port = None
    with system.gateway.process as process:
        process.wait_until(path.exists, what="the socket")
        seen = curl("http://localhost/health", "--unix-socket", path)
        assert (seen.status, seen.version) == (200, "1.1")
        seen = curl("http://localhost/health", "--unix-socket", path, "--http2-prior-knowledge")
        assert (seen.status, seen.version) == (200, "2")
    assert not path.exists()


def key_for(system: TransportSystem, *addresses: str) -> str:
    arguments = ["keys", "create", "--config", system.gateway.configuration_path, "--name", "scoped", "--json"]
    for address in addresses:
        arguments += ["--address", address]
    return json.loads(thalamus.run(*arguments))["key"]


def test_believes_trusted_proxies_about_their_clients(directory: Path) -> None:
    with TransportSystem(directory, name="behind", trusted_proxies=["127.0.0.1"]) as system:
        key = key_for(system, "192.0.2.0/24")

        def status(**fields: str) -> int:
            headers = {name.replace("_", "-"): value for name, value in fields.items()}
            return http.ask(system.port, "/v1/models", key=key, headers=headers).status

        assert status() == 403
        assert status(x_forwarded_for="192.0.2.7") == 200
        assert status(x_forwarded_for="192.0.2.7, 203.0.113.1") == 403
        assert status(x_forwarded_for="203.0.113.1, 192.0.2.7") == 200
        assert status(forwarded="for=192.0.2.7") == 403
    with TransportSystem(directory, name="direct") as system:
        key = key_for(system, "192.0.2.0/24")
        assert http.ask(system.port, "/v1/models", key=key, headers={"x-forwarded-for": "192.0.2.7"}).status == 403


class Shipped(Proxy):
    """A proxy with the configuration that the project ships, on other ports."""

    file = ""

    def shipped(self, *changes: tuple[str, str]) -> Path:
        text = (Path(__file__).parents[2] / "deploy" / self.file).read_text()
        for old, new in [*changes, ("127.0.0.1:8080", self.upstream)]:
            assert old in text, f"{self.file} has no {old}"
            text = text.replace(old, new)
        return self.write(self.file, text)

    def logged(self) -> list:
        return []


class ShippedHAProxy(Shipped):
    name, file = "shipped-haproxy", "haproxy.cfg"

    def command(self) -> list[str | Path]:
        both = self.write("both.pem", self.certificate.read_text() + self.key.read_text())
        bind = (":443 ssl crt /etc/haproxy/certs/", f"127.0.0.1:{self.port}\n    bind 127.0.0.1:{self.tls_port} ssl crt {both}")
        return ["/usr/sbin/haproxy", "-db", "-f", self.shipped(bind)]


class ShippedNginx(Shipped):
    name, file = "shipped-nginx", "nginx.conf"

    def command(self) -> list[str | Path]:
        site = self.shipped(
            ("listen 443 ssl http2;", f"listen 127.0.0.1:{self.port}; listen 127.0.0.1:{self.tls_port} ssl http2;"),
            ("    listen [::]:443 ssl http2;\n", ""),
            ("/etc/letsencrypt/live/api.example.com/fullchain.pem", str(self.certificate)),
            ("/etc/letsencrypt/live/api.example.com/privkey.pem", str(self.key)),
        )
        folders = "".join(
            f"{kind}_temp_path {self.directory}/{kind};" for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        )
        main = f"daemon off; pid {self.directory}/pid; error_log stderr; events {{}}\nhttp {{ access_log off; {folders} include {site}; }}"
        return ["/usr/sbin/nginx", "-p", self.directory, "-c", self.write("main.conf", main)]


class ShippedCaddy(Shipped):
    name, file = "shipped-caddy", "Caddyfile"

    def command(self) -> list[str | Path]:
        site = self.shipped(("api.example.com {", f"http://127.0.0.1:{self.port} {{\n\tbind 127.0.0.1"))
        site.write_text("{\n\tadmin off\n}\n" + site.read_text())
        return ["/usr/bin/caddy", "run", "--adapter", "caddyfile", "--config", site]


@pytest.mark.parametrize("kind", [ShippedHAProxy, ShippedNginx, ShippedCaddy])
def test_the_shipped_proxy_configurations_tell_the_client(
    directory: Path, authority: Authority, kind: type[Shipped]
) -> None:
    keys = {"trusted_proxies": ["127.0.0.1"], "proxy_protocol": kind is ShippedHAProxy}
    system = TransportSystem(directory, name=f"behind-{kind.name}", **keys)
    system.gateway.process.start()
    with system.gateway.process, kind(directory, f"127.0.0.1:{system.port}", authority) as proxy:
        eventually(lambda: http.ask(proxy.port, "/ready").status == 200, what="readiness behind the proxy")
        # The client has another address than the proxies.
        inside, outside = key_for(system, "127.0.0.2"), key_for(system, "192.0.2.1")
        claims = ["-H", "X-Forwarded-For: 192.0.2.1", "-H", "Forwarded: for=192.0.2.1"]

        def status(key: str, *options: str) -> int:
            url = f"http://127.0.0.1:{proxy.port}/v1/models"
            return curl(url, "--interface", "127.0.0.2", "-H", f"Authorization: Bearer {key}", *options).status

        assert status(inside) == 200
        assert status(inside, *claims) == 200
        assert status(outside, *claims) == 403, "what a client claims by itself does not count"
        if keys["proxy_protocol"]:
            # Without the header nobody is served.
            with pytest.raises(OSError):
                http.ask(system.port, "/health", timeout=10)


# Limits


def test_lives_on_when_files_run_out(directory: Path) -> None:
    with TransportSystem(directory, name="files") as system:
        pid = system.gateway.process.pid
        used = len(os.listdir(f"/proc/{pid}/fd"))
        _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 8, hard))
        crowd = [socket.create_connection(("127.0.0.1", system.port)) for _ in range(40)]
        eventually(
            lambda: len(os.listdir(f"/proc/{pid}/fd")) >= used + 8, what="the last free file taken", within=30
        )
        assert system.gateway.process.is_running
        for connection in crowd:
            connection.close()
        eventually(system.is_available, what="an answer once files are free", within=30)


# The end


def test_ends_in_order(directory: Path) -> None:
    """Readiness falls first; streams outlast the listener and end with an error event; the ledger has them."""
    system = TransportSystem(directory, name="ending", drain_delay="1s", drain_grace="1s")
    with system:
        body = json.loads(BODY) | {"model": TRICKLE}
        with system.gateway.chat_stream(body, key=system.key) as response:
            assert response.status == 200
            assert response.readline().startswith(b"data: ")
            os.kill(system.gateway.process.pid, signal.SIGTERM)
            eventually(lambda: http.ask(system.port, "/ready").status == 503, what="readiness falls", within=1)
            text = response.read().decode()
        last = [line for line in text.splitlines() if line.startswith("data: ")][-1]
        error = json.loads(last.removeprefix("data: "))["error"]
        assert error["code"] == "shutting_down"
        assert "[DONE]" not in text
        eventually(lambda: system.gateway.process.return_code is not None, what="the end")
        assert system.gateway.process.return_code == 0
        assert system.gateway.usage_totals()[0] == 1


def test_survives_hangups(directory: Path) -> None:
    """SIGHUP ends no process that has no certificate to read again, not in a storm and not while it ends."""
    with TransportSystem(directory, name="hung-up", drain_delay="1s") as system:
        process = system.gateway.process
        for _ in range(200):
            os.kill(process.pid, signal.SIGHUP)
        assert http.ask(system.port, "/health").status == 200
        assert process.is_running
        os.kill(process.pid, signal.SIGTERM)
        process.wait_for_log("a second signal ends at once")
        for _ in range(200):
            os.kill(process.pid, signal.SIGHUP)
        eventually(lambda: process.return_code is not None, what="the end")
        assert process.return_code == 0


def test_a_second_signal_ends_at_once(directory: Path) -> None:
    system = TransportSystem(directory, name="hurried", drain_delay="60s", drain_grace="60s")
    with system:
        answers: list[str] = []

        def read() -> None:
            body = json.loads(BODY) | {"model": TRICKLE}
            with system.gateway.chat_stream(body, key=system.key) as response:
                response.readline()
                started.set()
                answers.append(response.read().decode())

        started = threading.Event()
        reader = threading.Thread(target=read)
        reader.start()
        assert started.wait(30)
        begun = time.monotonic()
        os.kill(system.gateway.process.pid, signal.SIGTERM)
        system.gateway.process.wait_for_log("a second signal ends at once")
        os.kill(system.gateway.process.pid, signal.SIGTERM)
        reader.join(30)
        eventually(lambda: system.gateway.process.return_code is not None, what="the end", within=30)
        assert time.monotonic() - begun < 30
        assert system.gateway.process.return_code == 0
        assert "shutting_down" in answers[0]
        assert system.gateway.usage_totals()[0] == 1
