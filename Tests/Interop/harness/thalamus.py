"""The program under test."""

from __future__ import annotations

import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from .process import clean_environment

ROOT = Path(__file__).resolve().parents[3]


@cache
def binary() -> Path:
    """`THALAMUS_BIN`, else where `swift build` leaves it."""
    if path := os.environ.get("THALAMUS_BIN"):
        return Path(path)
    shown = subprocess.run(
        ["swift", "build", "--show-bin-path"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    path = Path(shown) / "thalamus"
    assert path.exists(), f"{path} is not built: run 'swift build --product thalamus' (Tests/run.sh does)"
    return path


def run(*arguments: str | os.PathLike[str], timeout: float = 60.0) -> str:
    """The standard output of a command that must succeed."""
    result = subprocess.run(
        [binary(), *arguments],
        capture_output=True, text=True, timeout=timeout, env=clean_environment(Path(tempfile.gettempdir())),
    )  # fmt: skip
    command = " ".join(os.fspath(argument) for argument in arguments)
    assert result.returncode == 0, f"thalamus {command}: status {result.returncode}\n{result.stderr}"
    return result.stdout
