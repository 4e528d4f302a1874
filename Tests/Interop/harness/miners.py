"""Miners as programs of their own: the SDKs' axons and servers, and `thalamus miner`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from . import thalamus
from .process import ManagedProcess
from .waiting import free_port

_SCRIPTS = Path(__file__).resolve().parents[1] / "axons"


def bittensor_10_python() -> str:
    """The interpreter whose packages hold bittensor 10, which the tests themselves run in."""
    return sys.executable


def bittensor_11_python() -> str:
    """The interpreter of the virtual environment with bittensor 11 (`THALAMUS_BT11_PYTHON`)."""
    path = os.environ.get("THALAMUS_BT11_PYTHON", "")
    assert Path(path).exists(), "THALAMUS_BT11_PYTHON names no interpreter: run the tests by Tests/run.sh"
    return path


class Miner:
    """A running miner and the key it answers for."""

    def __init__(self, hotkey_uri: str, process: ManagedProcess) -> None:
        self.hotkey_uri = hotkey_uri
        self.process = process

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.process.port}"

    def __enter__(self) -> Miner:
        self.process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stop(grace=3)


def chat_axon(hotkey_uri: str, mode: str, directory: Path, *, only: str | None = None) -> Miner:
    """A bittensor 10 Axon; see axons/chat_axon.py for the modes."""
    options = ["--only", only] if only else []
    return _script("chat_axon.py", bittensor_10_python(), hotkey_uri, mode, directory, options)


def btauth_server(hotkey_uri: str, mode: str, directory: Path) -> Miner:
    """A btauth server checked by bittensor 11; see axons/btauth_server.py for the modes."""
    return _script("btauth_server.py", bittensor_11_python(), hotkey_uri, mode, directory, [])


def _script(name: str, python: str, hotkey_uri: str, mode: str, directory: Path, options: list[str]) -> Miner:
    port = free_port()
    arguments = [python, _SCRIPTS / name, "--port", str(port), "--hotkey-uri", hotkey_uri, "--mode", mode, *options]
    title = f"{Path(name).stem}-{hotkey_uri.strip('/')}"
    return Miner(hotkey_uri, ManagedProcess(title, arguments, log_directory=directory, port=port))


def thalamus_miner(hotkey_uri: str, directory: Path, *options: str) -> Miner:
    """`thalamus miner` with its built-in model, or what `options` say."""
    port = free_port()
    arguments = [thalamus.binary(), "miner", "--hotkey-uri", hotkey_uri, "--port", str(port), *options]
    title = f"thalamus-miner-{hotkey_uri.strip('/')}"
    return Miner(hotkey_uri, ManagedProcess(title, arguments, log_directory=directory, port=port))
