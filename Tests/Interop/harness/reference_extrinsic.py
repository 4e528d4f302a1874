"""Run by the environment of bittensor 11.3.0: takes an extrinsic apart with bittensor-core and checks its signature.

Standard input is a JSON object; standard output is what bittensor-core made of it."""

from __future__ import annotations

import json
import sys

import bittensor_core

asked = json.load(sys.stdin)
with open(asked["metadata"], "rb") as file:
    runtime = bittensor_core.Runtime(file.read(), asked["spec_version"], 1)
extrinsic = bytes.fromhex(asked["extrinsic"][2:])
decoded = runtime.decode_extrinsic(extrinsic)
call = runtime.compose_call(
    decoded["call"]["call_module"],
    decoded["call"]["call_function"],
    {argument["name"]: argument["value"] for argument in decoded["call"]["call_args"]},
)
assert extrinsic.endswith(bytes(call)), "the call's bytes are not the reference's"
payload = runtime.signature_payload(
    call,
    era={"period": asked["period"], "current": asked["head"]},
    nonce=decoded["nonce"],
    tip=decoded["tip"],
    tip_asset_id=None,
    genesis_hash=bytes.fromhex(asked["genesis_hash"][2:]),
    era_block_hash=bytes.fromhex(asked["era_block_hash"][2:]),
)
signer = bittensor_core.Keypair(ss58_address=decoded["address"])
signature = bytes.fromhex(decoded["signature"]["Sr25519"][2:])
decoded["is_signature_valid"] = signer.verify(payload, signature)
decoded["is_other_signature_valid"] = signer.verify(bytes(payload) + b"x", signature)
json.dump(decoded, sys.stdout, default=str)
