"""The wallets of both SDKs behind one face; ours is the command line."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bittensor_wallet import Keypair, Wallet

from . import thalamus
from .miners import bittensor_11_python
from .process import clean_environment

_SCRIPT = Path(__file__).resolve().parents[1] / "wallets" / "sdk11.py"
PASSWORD = "Correct horse 1!Aa"
SDKS = ("bittensor-wallet 4.1.1", "bittensor 11.3.0")


@dataclass
class Answer:
    """What an SDK says of a wallet: addresses by role, from the secret and the public file, and signatures."""

    addresses: dict[str, str]
    public_addresses: dict[str, str]
    signatures: dict[str, list[bytes]]
    verified: list[bool]


def ask(
    sdk: str,
    path: Path,
    wallet: str,
    *,
    create: bool = False,
    messages: list[bytes] = (),
    signer: str | None = None,
    pairs: list[tuple[bytes, bytes]] = (),
) -> Answer:
    """Opens the wallet with an SDK (or creates it there), signs `messages` with both keys and verifies `pairs`."""
    return (_ask_10 if sdk == SDKS[0] else _ask_11)(path, wallet, create, list(messages), signer, list(pairs))


def _ask_10(path, name, create, messages, signer, pairs) -> Answer:
    wallet = Wallet(name=name, hotkey="default", path=str(path))
    if create:
        wallet.create_new_coldkey(suppress=True, coldkey_password=PASSWORD)
        wallet.create_new_hotkey(use_password=False, suppress=True)
    keys = {"coldkey": wallet.get_coldkey(PASSWORD), "hotkey": wallet.get_hotkey()}
    public = Keypair(ss58_address=signer) if signer else None
    return Answer(
        {role: key.ss58_address for role, key in keys.items()},
        {"coldkey": wallet.coldkeypub.ss58_address, "hotkey": wallet.hotkeypub.ss58_address},
        {role: [bytes(key.sign(message)) for message in messages] for role, key in keys.items()},
        [bool(public and public.verify(message, signature)) for message, signature in pairs],
    )


def _ask_11(path, name, create, messages, signer, pairs) -> Answer:
    request = {
        "do": "create" if create else "open",
        "path": str(path),
        "wallet": name,
        "password": PASSWORD,
        "messages": [message.hex() for message in messages],
        "signer": signer,
        "pairs": [(message.hex(), signature.hex()) for message, signature in pairs],
    }
    result = subprocess.run(
        [bittensor_11_python(), str(_SCRIPT)],
        input=json.dumps(request), capture_output=True, text=True, timeout=120,
        env=clean_environment(Path(tempfile.gettempdir())),
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    roles = ("coldkey", "hotkey")
    return Answer(
        {role: answer[role]["address"] for role in roles},
        {role: answer[role]["public_address"] for role in roles},
        {role: [bytes.fromhex(text) for text in answer[role]["signatures"]] for role in roles},
        answer["verified"],
    )


def command(
    *arguments: str | Path, input: str | bytes | None = None, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`thalamus wallet …`, without a terminal; the caller judges its status."""
    text = input.decode() if isinstance(input, bytes) else input
    return subprocess.run(
        [thalamus.binary(), "wallet", *arguments],
        input="" if text is None else text, capture_output=True, text=True, timeout=120, start_new_session=True,
        env=clean_environment(Path(tempfile.gettempdir())) | (environment or {}),
    )  # fmt: skip


def sign(path: Path, wallet: str, messages: list[bytes], *options: str | Path) -> list[bytes]:
    lines = "".join(message.hex() + "\n" for message in messages)
    result = command("sign", "--wallet-path", path, "--wallet", wallet, "--lines", "-", *options, input=lines)
    assert result.returncode == 0, result.stderr
    return [bytes.fromhex(line) for line in result.stdout.split()]


def verify(address: str, pairs: list[tuple[bytes, bytes]]) -> list[bool]:
    lines = "".join(f"{message.hex()} {signature.hex()}\n" for message, signature in pairs)
    result = command("verify", "--address", address, "--lines", "-", input=lines)
    answers = result.stdout.splitlines()
    assert set(answers) <= {"valid", "not valid"}, result.stderr
    assert result.returncode == (1 if "not valid" in answers else 0)
    return [answer == "valid" for answer in answers]
