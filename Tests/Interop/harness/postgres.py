"""A PostgreSQL server of the tests' own: a cluster in a temporary folder, on a free loopback port."""

from __future__ import annotations

import csv
import io
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from .process import ManagedProcess
from .waiting import free_port

_USER = "thalamus"
_PASSWORD = "loopback-only"


def server_program(name: str) -> str:
    """The path of `initdb`, `postgres` …; Debian keeps them out of PATH, one folder per version."""
    if path := shutil.which(name):
        return path
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    for folder in reversed(folders):
        if (folder / name).exists():
            return str(folder / name)
    raise AssertionError(f"no PostgreSQL server here ('{name}'): run deploy/install-dependencies.sh --tests")


def _server_account() -> str | None:
    """PostgreSQL refuses to run as root: the account to run it under, or None when we are nobody special."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class PostgresCluster:
    """One server that can be stopped and started again; its data lasts until `remove`."""

    def __init__(self) -> None:
        self.account = _server_account()
        # Not pytest's tmp_path: the server's account must be able to reach it.
        self.folder = Path(tempfile.mkdtemp(prefix="thalamus-postgres-"))
        self.port = free_port()
        self._databases = 0
        self._run_initdb()
        self.process = ManagedProcess(
            "postgres",
            [
                server_program("postgres"), "-D", self.folder / "data", "-p", str(self.port),
                "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off",
                "-c", "max_connections=60", "-c", "shared_buffers=32MB",
            ],
            log_directory=self.folder,
            user=self.account,
            stop_signal=signal.SIGQUIT,  # immediate shutdown; SIGTERM would wait for every client to leave
        )  # fmt: skip

    def _run_initdb(self) -> None:
        password_file = self.folder / "password"
        password_file.write_text(_PASSWORD)
        if self.account:
            entry = pwd.getpwnam(self.account)
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
            os.chown(password_file, entry.pw_uid, entry.pw_gid)
        options: dict = {"user": self.account, "group": self.account, "extra_groups": []} if self.account else {}
        result = subprocess.run(
            [
                server_program("initdb"), "-D", str(self.folder / "data"), "-U", _USER, "-A", "scram-sha-256",
                "--pwfile", str(password_file), "-E", "UTF8", "--locale=C", "--no-sync",
            ],
            cwd=self.folder, capture_output=True, text=True, **options,
        )  # fmt: skip
        assert result.returncode == 0, f"initdb failed:\n{result.stdout}{result.stderr}"

    def start(self) -> PostgresCluster:
        self.process.start()
        self.process.wait_until(lambda: self.query("select 1", "postgres") == [["1"]], what="an answer to 'select 1'")
        return self

    def stop(self) -> None:
        """Ends the server at once, open connections and all."""
        self.process.stop()

    def remove(self) -> None:
        self.process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def create_database(self) -> str:
        """An empty database; its URI."""
        self._databases += 1
        name = f"thalamus_{self._databases}"
        self.query(f"create database {name}", "postgres")
        return self.uri(name)

    def uri(self, database: str) -> str:
        return f"postgresql://{_USER}:{_PASSWORD}@127.0.0.1:{self.port}/{database}"

    def query(self, sql: str, database: str) -> list[list[str]]:
        return query(self.uri(database), sql)


def query(uri: str, sql: str) -> list[list[str]]:
    """The rows of a statement as text, by psql."""
    result = subprocess.run(
        ["psql", uri, "-X", "-q", "-t", "--csv", "-v", "ON_ERROR_STOP=1", "-c", sql],
        capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert result.returncode == 0, f"psql: {result.stderr.strip()}"
    return list(csv.reader(io.StringIO(result.stdout)))
