"""The chain as bittensor 10.5.0 reads it, to judge what Thalamus wrote there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import bittensor as bt
from bittensor_wallet import Keypair

_RECENT_BLOCKS = 60


@dataclass(frozen=True)
class Extrinsic:
    """A signed extrinsic as the SDK's decoder shows it."""

    block_hash: str
    value: dict[str, Any]

    @property
    def function(self) -> str:
        return self.value["call"]["call_function"]

    @property
    def signer(self) -> str:
        return self.value["address"]

    @property
    def arguments(self) -> dict[str, Any]:
        return {argument["name"]: argument["value"] for argument in self.value["call"]["call_args"]}


class Chain:
    """A connection of the SDK's to a node."""

    def __init__(self, url: str) -> None:
        self.subtensor = bt.Subtensor(network=url)
        self.substrate = self.subtensor.substrate

    def __enter__(self) -> Chain:
        return self

    def __exit__(self, *_: object) -> None:
        self.subtensor.close()

    def block_number(self) -> int:
        return self.subtensor.get_current_block()

    def uid(self, netuid: int, hotkey_ss58: str) -> int | None:
        return self.subtensor.get_uid_for_hotkey_on_subnet(hotkey_ss58, netuid)

    def weights(self, netuid: int, validator_uid: int) -> dict[int, int]:
        """Weight by uid, as that validator set them; empty when it set none."""
        return dict(dict(self.subtensor.weights(netuid)).get(validator_uid, []))

    def incentives(self, netuid: int) -> list[float]:
        """By uid; they sum to 1 once an epoch saw weights."""
        return [float(value) for value in self.subtensor.metagraph(netuid).incentive]

    def signed_extrinsics(self) -> Iterator[Extrinsic]:
        """The signed extrinsics of the last blocks, the newest block's first; a local chain forgets old ones."""
        head = self.block_number()
        for number in range(head, max(0, head - _RECENT_BLOCKS), -1):
            block = self.substrate.get_block(block_number=number)
            for extrinsic in block["extrinsics"]:
                value = extrinsic.value
                if "address" in value:
                    yield Extrinsic(block["header"]["hash"], value)

    def is_signature_valid(self, extrinsic: Extrinsic) -> bool:
        """Whether the signature is the signer's over what the SDK itself would have had signed for this call."""
        value = extrinsic.value
        call = self.substrate.compose_call(
            value["call"]["call_module"], extrinsic.function, extrinsic.arguments, block_hash=extrinsic.block_hash
        )
        payload = self.substrate.generate_signature_payload(
            call=call, era=self._era(extrinsic), nonce=value["nonce"], tip=value["tip"]
        )
        ((scheme, signature),) = value["signature"].items()
        assert scheme == "Sr25519", f"signed by {scheme}"
        return Keypair(ss58_address=extrinsic.signer).verify(bytes(payload.data), signature)

    def _era(self, extrinsic: Extrinsic) -> Any:
        """The era as the payload wants it: a mortal one is placed by the block the extrinsic is in."""
        era = extrinsic.value["era"]
        if era == "00":
            return era
        period, phase = era if isinstance(era, (tuple, list)) else (era["period"], era["phase"])
        return {"period": period, "phase": phase, "current": self.substrate.get_block_number(extrinsic.block_hash)}
