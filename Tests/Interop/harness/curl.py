"""curl, and what it saw."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .process import clean_environment


@dataclass(frozen=True)
class Seen:
    exit_code: int
    status: int
    """0 where there was no answer."""
    version: str
    """`1.1` or `2`."""
    interim: list[int]
    """The statuses before the last."""
    headers: dict[str, str]
    """Of the last head, by lower-case name."""
    body: bytes
    """Decoded where `--compressed` asked for that."""
    report: dict[str, Any]
    """curl's own `%{json}`."""
    messages: str

    def json(self) -> Any:
        return json.loads(self.body)


def curl(url: str, *options: str | Path, data: bytes | None = None, is_unsized: bool = False, timeout: float = 30.0) -> Seen:
    """Runs curl on a URL, with `data` as the body of a POST where it is given; `is_unsized` sends it without a length."""
    with tempfile.TemporaryDirectory() as folder:
        head, body = Path(folder, "head"), Path(folder, "body")
        arguments = ["curl", "-sS", "-m", f"{timeout:g}", "-D", head, "-o", body, "-w", "%{json}", *options]
        if data is not None:
            arguments += ["-X", "POST", "-T", "-"] if is_unsized else ["--data-binary", "@-"]
        result = subprocess.run(
            [*map(str, arguments), url],
            input=data or b"", capture_output=True, timeout=timeout + 10, env=clean_environment(Path(folder)),
        )  # fmt: skip
        heads = _heads(head.read_text(errors="replace") if head.exists() else "")
        content = body.read_bytes() if body.exists() else b""
    report = json.loads(result.stdout)
    statuses = [status for status, _ in heads]
    return Seen(
        exit_code=result.returncode,
        status=report["http_code"],
        version=report["http_version"],
        interim=statuses[:-1],
        headers=heads[-1][1] if heads else {},
        body=content,
        report=report,
        messages=result.stderr.decode(errors="replace"),
    )


def _heads(text: str) -> list[tuple[int, dict[str, str]]]:
    heads = []
    for part in text.replace("\r\n", "\n").split("\n\n"):
        first, *lines = part.strip().split("\n")
        if first.startswith("HTTP/"):
            fields = (line.partition(":") for line in lines)
            heads.append((int(first.split()[1]), {name.lower(): value.strip() for name, _, value in fields}))
    return heads
