"""The chain as bittensor 10.5.0's own chain client reads it, to judge what Thalamus wrote there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator

from async_substrate_interface.sync_substrate import SubstrateInterface
from bittensor_wallet import Keypair


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
        self.substrate = SubstrateInterface(url, ss58_format=42)

    def __enter__(self) -> "Chain":
        return self

    def __exit__(self, *_: object) -> None:
        self.substrate.close()

    def block_number(self) -> int:
        return self.substrate.get_block_number(self.substrate.get_chain_head())

    def storage(self, item: str, *keys: Any) -> Any:
        """The decoded value of a storage item of pallet SubtensorModule at the head."""
        found = self.substrate.query("SubtensorModule", item, list(keys))
        return getattr(found, "value", found)

    def uid(self, netuid: int, hotkey_ss58: str) -> int | None:
        return self.storage("Uids", netuid, hotkey_ss58)

    def weights(self, netuid: int, validator_uid: int) -> dict[int, int]:
        """Weight by uid, as that validator set them; empty when it set none."""
        return {int(uid): int(weight) for uid, weight in self.storage("Weights", netuid, validator_uid) or []}

    def incentives(self, netuid: int) -> list[int]:
        return [int(value) for value in self.storage("Incentive", netuid) or []]

    def signed_extrinsics(self) -> Iterator[Extrinsic]:
        """Every signed extrinsic, the newest block's first."""
        for number in range(self.block_number(), 0, -1):
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
