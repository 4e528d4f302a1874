"""Reverse proxies in front of the gateway: nginx, HAProxy and Caddy as Debian ships them.

Each is started on free loopback ports with a folder of its own and the distribution's own configuration, to which only
the listener and the address of the gateway are added. `logged()` is what the proxy says it forwarded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .process import ManagedProcess, clean_environment
from .tls import Authority
from .waiting import free_ports


@dataclass(frozen=True)
class Forwarded:
    """One request in a proxy's access log."""

    target: str
    status: int
    request_id: str | None
    """The gateway's `x-request-id`; None when the answer was the proxy's own, or the gateway's refusal of a head."""


class Proxy:
    """A running proxy with a plain port and one with TLS, where it speaks HTTP/2 too."""

    name = ""
    pools = False
    """Whether clients share kept connections to the gateway."""

    holds_back_plain_streams = False
    """Whether a plain connection's events wait for one another."""

    def __init__(self, directory: Path, upstream: str, authority: Authority) -> None:
        """`upstream` is the gateway's `host:port`; `authority` signs the proxy's certificate, for `localhost`."""
        self.port, self.tls_port = free_ports(2)
        self.directory = directory / f"{self.name}-{self.port}"
        self.directory.mkdir()
        self.upstream = upstream
        self.authority = authority.certificate
        self.certificate, self.key = authority.issue_files(f"{self.name}-{self.port}", "localhost")
        self.process = ManagedProcess(
            f"{self.name}-{self.port}",
            self.command(),
            log_directory=directory,
            port=self.port,
            environment=clean_environment(self.directory),
        )

    def command(self) -> list[str | Path]:
        raise NotImplementedError

    def logged(self) -> list[Forwarded]:
        raise NotImplementedError

    def write(self, name: str, text: str) -> Path:
        path = self.directory / name
        path.write_text(text)
        return path

    def __enter__(self) -> Proxy:
        self.process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stop(grace=5)


class Nginx(Proxy):
    """Debian's nginx.conf and a `proxy_pass`: HTTP/1.0 to the gateway, a connection for each request."""

    name = "nginx"
    location = "proxy_pass http://{upstream};"
    blocks = ""

    def command(self) -> list[str | Path]:
        stock = re.sub(r"(?m)#.*$", "", Path("/etc/nginx/nginx.conf").read_text())
        # Paths that need root or belong to the machine's own nginx move into the folder; `user` has no use there.
        kept = re.sub(r"(?m)^\s*(user|pid|error_log|access_log|include\s+/etc/nginx/(modules|sites|conf)\S*)\s?.*;", "", stock)
        location = self.location.format(upstream=self.upstream)
        added = f"""
            log_format forwarded escape=json '{{"target":"$request_uri","status":"$status","id":"$upstream_http_x_request_id"}}';
            access_log access.log forwarded;
            client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            {self.blocks.format(upstream=self.upstream)}
            server {{
                listen 127.0.0.1:{self.port};
                listen 127.0.0.1:{self.tls_port} ssl http2;
                ssl_certificate {self.certificate};
                ssl_certificate_key {self.key};
                location / {{ {location} }}
            }}
        }}"""
        start, _ = kept.rstrip().rsplit("}", 1)
        path = self.write("nginx.conf", f"daemon off; master_process off; pid nginx.pid;\n{start}{added}\n")
        return ["/usr/sbin/nginx", "-p", self.directory, "-c", path, "-e", "stderr"]

    def logged(self) -> list[Forwarded]:
        lines = (self.directory / "access.log").read_text(errors="replace").splitlines()
        return [Forwarded(line["target"], int(line["status"]), line["id"] or None) for line in map(json.loads, lines)]


class PoolingNginx(Nginx):
    """nginx with the usual three lines for kept connections; all clients share one."""

    name = "nginx-pooling"
    pools = True
    blocks = "upstream gateway {{ server {upstream}; keepalive 1; }}"
    location = 'proxy_pass http://gateway; proxy_http_version 1.1; proxy_set_header Connection "";'


class HAProxy(Proxy):
    """Debian's haproxy.cfg with a frontend and a backend."""

    name = "haproxy"
    backend = ""
    holds_back_plain_streams = True

    def command(self) -> list[str | Path]:
        stock = Path("/etc/haproxy/haproxy.cfg").read_text()
        kept = re.sub(r"(?m)^\s*(log\s+/dev/log|chroot|stats|user|group|daemon)\b.*$", "", stock)
        both = self.write("both.pem", self.certificate.read_text() + self.key.read_text())
        kept = kept.replace("global\n", "global\n\tlog stdout format raw local0\n", 1)
        added = f"""
frontend clients
    bind 127.0.0.1:{self.port}
    bind 127.0.0.1:{self.tls_port} ssl crt {both} alpn h2,http/1.1
    log-format '{{"target":"%[capture.req.uri,json]","status":%ST,"id":"%[capture.res.hdr(0)]"}}'
    declare capture response len 64
    http-response capture res.hdr(x-request-id) id 0
    default_backend gateway

backend gateway
    server gateway {self.upstream}
{self.backend}
"""
        return ["/usr/sbin/haproxy", "-db", "-f", self.write("haproxy.cfg", kept + added)]

    def logged(self) -> list[Forwarded]:
        return list(self._parsed(self.process.log().splitlines()))

    @staticmethod
    def _parsed(lines: Iterable[str]) -> Iterable[Forwarded]:
        for line in lines:
            if line.startswith('{"target"'):
                entry = json.loads(line)
                yield Forwarded(entry["target"], entry["status"], entry["id"].strip("-") or None)


class NoDelayHAProxy(HAProxy):
    """HAProxy told that answers are interactive."""

    name = "haproxy-no-delay"
    backend = "    option http-no-delay"
    holds_back_plain_streams = False


class PoolingHAProxy(HAProxy):
    """HAProxy sharing kept connections as freely as it can."""

    name = "haproxy-pooling"
    pools = True
    backend = "    http-reuse always"


class Caddy(Proxy):
    """A Caddyfile with `reverse_proxy`; Caddy keeps and shares connections by itself."""

    name = "caddy"
    pools = True

    def command(self) -> list[str | Path]:
        site = f"""{{
    bind 127.0.0.1
    log
    reverse_proxy {self.upstream}
"""
        text = f"""{{
    admin off
    auto_https off
}}
http://:{self.port} {site}}}
https://localhost:{self.tls_port} {site}    tls {self.certificate} {self.key}
}}
"""
        return ["/usr/bin/caddy", "run", "--adapter", "caddyfile", "--config", self.write("Caddyfile", text)]

    def logged(self) -> list[Forwarded]:
        lines = [line for line in self.process.log().splitlines() if line.startswith("{")]
        return [self._entry(line) for line in map(json.loads, lines) if line.get("msg") == "handled request"]

    @staticmethod
    def _entry(line: dict) -> Forwarded:
        (identifier, *_) = line["resp_headers"].get("X-Request-Id", [None])
        return Forwarded(line["request"]["uri"], line["status"], identifier)
