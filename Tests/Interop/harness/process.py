"""One started program: its log kept in a file, its process group ended at the end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from .waiting import accepts_connections, eventually

_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE")


def clean_environment(home: Path) -> dict[str, str]:
    """The variables a test process sees: a home of its own, so that no SDK reads or writes the user's."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return kept | {
        "HOME": str(home),
        "BT_NO_PARSE_CLI_ARGS": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_PROXY": "*",
    }


class ManagedProcess:
    """A program in a process group of its own; `with` starts and stops it."""

    running: ClassVar[list[ManagedProcess]] = []
    """Those started and not stopped by us; one that crashed stays."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str | os.PathLike[str]],
        *,
        log_directory: Path,
        environment: dict[str, str] | None = None,
        port: int | None = None,
        user: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        """`port`, where given, is where the program must accept connections before `start` returns.

        `user` runs it under another account (only possible as root)."""
        self.name = name
        self.arguments = [os.fspath(argument) for argument in arguments]
        self.environment = environment
        self.port = port
        self.user = user
        self.stop_signal = stop_signal
        self.log_path = log_directory / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, within: float = 60.0) -> ManagedProcess:
        assert not self.is_running, f"{self.name} runs already"
        account = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        home = Path(tempfile.gettempdir())
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self.arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment or clean_environment(home),
                cwd=home,
                start_new_session=True,
                **account,
            )
        ManagedProcess.running.append(self)
        if self.port is not None:
            self.wait_until(
                lambda: accepts_connections(self.port), what=f"connections on port {self.port}", within=within
            )
        return self

    def wait_until(self, check, *, what: str, within: float = 30.0):
        """Waits like `eventually`, and gives up at once, with the log, when the program ends."""

        def check_while_alive():
            if not self.is_running:
                raise SystemExit  # not an Exception: leaves the polling
            return check()

        try:
            return eventually(check_while_alive, what=f"{self.name}: {what}", within=within)
        except SystemExit:
            raise AssertionError(
                f"{self.name} ended with status {self.return_code} while waiting for {what}\n{self.log_tail()}"
            ) from None

    def wait_for_log(self, pattern: str, *, within: float = 30.0) -> re.Match[str]:
        """The first match of a regular expression in the log."""
        return self.wait_until(lambda: re.search(pattern, self.log()), what=f"/{pattern}/ in its log", within=within)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def return_code(self) -> int | None:
        return self._process.poll() if self._process else None

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} was not started"
        return self._process.pid

    def signal(self, number: signal.Signals) -> None:
        """Signals the whole group; no error when it is gone."""
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            pass

    def kill(self) -> None:
        """kill -9, as a crash or the kernel would end it."""
        self.signal(signal.SIGKILL)
        if self._process:
            self._process.wait()
        self._forget()

    def stop(self, *, grace: float = 15.0) -> int | None:
        """The program's stop signal, then SIGKILL after `grace` seconds; the exit status."""
        if self._process is None:
            return None
        if self.is_running:
            self.signal(self.stop_signal)
            try:
                self._process.wait(timeout=grace)
            except subprocess.TimeoutExpired:
                pass
        self.kill()  # whatever of the group is left
        return self.return_code

    def _forget(self) -> None:
        if self in ManagedProcess.running:
            ManagedProcess.running.remove(self)

    @property
    def state(self) -> str:
        return "running" if self.is_running else f"ended by itself with status {self.return_code}"

    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def log_tail(self, lines: int = 60) -> str:
        return "\n".join(self.log().splitlines()[-lines:])

    def __enter__(self) -> ManagedProcess:
        return self if self.is_running else self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
