"""A test authority, and a TLS front for a plain port."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import threading
from pathlib import Path


class Authority:
    """Makes certificates with `openssl`, all in one folder."""

    def __init__(self, directory: Path, name: str = "authority") -> None:
        self.directory = directory
        self.certificate = directory / f"{name}.pem"
        self._key = directory / f"{name}.key"
        self._openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self._key, "-out", self.certificate,
            "-days", "2", "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign",
        )  # fmt: skip

    def issue(self, name: str, host: str, *, is_expired: bool = False, is_self_signed: bool = False) -> ssl.SSLContext:
        """A server's context with a certificate for `host`."""
        files = self.issue_files(name, host, is_expired=is_expired, is_self_signed=is_self_signed)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
        return context

    def issue_files(
        self, name: str, host: str, *, is_expired: bool = False, is_self_signed: bool = False
    ) -> tuple[Path, Path]:
        """The PEM files of a certificate for `host` and of its key."""
        key, certificate = self.directory / f"{name}.key", self.directory / f"{name}.pem"
        extensions = self.directory / f"{name}.ext"
        extensions.write_text(f"subjectAltName=DNS:{host}\nbasicConstraints=CA:FALSE\n")
        request = self.directory / f"{name}.csr"
        self._openssl(
            "req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", f"/CN={name}"
        )  # fmt: skip
        signer = ["-signkey", key] if is_self_signed else ["-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial"]
        # A certificate of a day ago that lasted no time at all: `-days` takes a negative number.
        days = "-1" if is_expired else "2"
        self._openssl("x509", "-req", "-in", request, "-out", certificate, "-days", days, "-extfile", extensions, *signer)
        return certificate, key

    def _openssl(self, *arguments: str | Path) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, cwd=self.directory)


class TLSFront:
    """Takes TLS on a free loopback port and passes what is inside to `port`."""

    def __init__(self, context: ssl.SSLContext, port: int) -> None:
        self._context = context
        self._target = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.port = 0

    def __enter__(self) -> "TLSFront":
        self._thread.start()
        starting = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context), self._loop
        )
        self._server = starting.result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, ahead = await asyncio.open_connection("127.0.0.1", self._target)
        await asyncio.gather(self._pass(reader, ahead), self._pass(behind, writer), return_exceptions=True)

    @staticmethod
    async def _pass(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65_536):
                sink.write(data)
                await sink.drain()
        finally:
            sink.close()
