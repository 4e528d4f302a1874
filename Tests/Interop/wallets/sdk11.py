"""Wallets of bittensor 11.3.0, in its own virtual environment: reads one JSON request, writes one JSON answer."""

from __future__ import annotations

import json
import sys

from bittensor.keyfiles import Keypair
from bittensor.wallet import Wallet


def keypair(wallet: Wallet, role: str, password: str) -> Keypair:
    return wallet.get_coldkey(password) if role == "coldkey" else wallet.get_hotkey()


def main() -> None:
    request = json.load(sys.stdin)
    wallet = Wallet(request["wallet"], path=request["path"])
    if request["do"] == "create":
        wallet.create_new_coldkey(suppress=True, coldkey_password=request["password"])
        wallet.create_new_hotkey(use_password=False, suppress=True)
    messages = [bytes.fromhex(text) for text in request["messages"]]
    answer = {}
    for role in ("coldkey", "hotkey"):
        pair = keypair(wallet, role, request["password"])
        answer[role] = {
            "address": pair.ss58_address,
            "public_address": getattr(wallet, role + "pub").ss58_address,
            "signatures": [bytes(pair.sign(message)).hex() for message in messages],
        }
    public = Keypair(ss58_address=request["signer"]) if request["signer"] else None
    answer["verified"] = [
        bool(public and public.verify(bytes.fromhex(message), bytes.fromhex(signature)))
        for message, signature in request["pairs"]
    ]
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
