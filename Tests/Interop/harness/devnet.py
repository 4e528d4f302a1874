"""A local chain: its subnets and neurons are given when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from . import thalamus
from .process import ManagedProcess
from .waiting import free_port


@dataclass
class Neuron:
    """A registered hotkey; with `axon` ("127.0.0.1:8091") one that serves."""

    hotkey_uri: str
    axon: str | None = None
    stake_tao: int = 10
    is_validator: bool = False


@dataclass
class Subnet:
    """A subnet's neurons, by uid."""

    netuid: int
    neurons: list[Neuron] = field(default_factory=list)


VALIDATOR = Neuron("//Validator", stake_tao=10_000, is_validator=True)


class Devnet:
    """`thalamus devnet` on a free port, the same port after a restart."""

    def __init__(
        self, directory: Path, subnets: list[Subnet], *, block_milliseconds: int = 250, tempo_blocks: int = 20
    ) -> None:
        self.port = free_port()
        self.tempo_blocks = tempo_blocks
        self.tempo_seconds = block_milliseconds * tempo_blocks / 1000
        self.subnets = subnets
        specification = directory / "devnet.yaml"
        specification.write_text(yaml.safe_dump(_specification(subnets, tempo_blocks), sort_keys=False))
        self.process = ManagedProcess(
            "devnet",
            [
                thalamus.binary(), "devnet", "--port", str(self.port), "--spec", specification,
                "--block-time", f"{block_milliseconds}ms",
            ],
            log_directory=directory,
            port=self.port,
        )  # fmt: skip

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def __enter__(self) -> Devnet:
        self.process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stop()


def _specification(subnets: list[Subnet], tempo_blocks: int) -> dict[str, Any]:
    return {
        "subnets": [
            {
                "netuid": subnet.netuid,
                "tempo": tempo_blocks,
                "neurons": [_neuron(neuron) for neuron in subnet.neurons],
            }
            for subnet in subnets
        ]
    }


def _neuron(neuron: Neuron) -> dict[str, Any]:
    described: dict[str, Any] = {"hotkey": neuron.hotkey_uri, "stake_tao": neuron.stake_tao}
    if neuron.is_validator:
        described["validator_permit"] = True
    if neuron.axon:
        described["axon"] = neuron.axon
    return described
