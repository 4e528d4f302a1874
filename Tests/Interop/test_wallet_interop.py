"""Wallets and signatures cross between `thalamus wallet`, bittensor-wallet 4.1.1 and bittensor 11.3.0."""

from __future__ import annotations

import base64
import json
import random
import stat
from pathlib import Path

import pytest

from harness import wallets
from harness.wallets import PASSWORD, SDKS

MESSAGES = [random.Random(number).randbytes(1 + number % 400) for number in range(500)]
PHRASE = "bottom drive obey lake curtain smoke basket hold race lonely fit walk"
PHRASE_ADDRESS = "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV"


def flipped(signature: bytes, number: int) -> bytes:
    """One bit of 512 changed, another for each number."""
    changed = bytearray(signature)
    changed[number * 7 % 64] ^= 1 << number % 8
    return bytes(changed)


def expect_crossing(verify, messages: list[bytes], signatures: list[bytes]) -> None:
    assert len(signatures) == len(messages)
    assert all(verify(list(zip(messages, signatures, strict=True))))
    damaged = [flipped(signature, number) for number, signature in enumerate(signatures)]
    assert not any(verify(list(zip(messages, damaged, strict=True))))


@pytest.fixture(scope="module")
def password_file(directory: Path) -> Path:
    path = directory / "password"
    path.write_text(PASSWORD + "\n")
    path.chmod(0o600)
    return path


@pytest.fixture(scope="module")
def ours(directory: Path, password_file: Path) -> dict:
    """A wallet of `thalamus wallet create`: an encrypted coldkey, a plain hotkey."""
    result = wallets.command(
        "create", "--wallet-path", directory, "--wallet", "ours", "--password-file", password_file, "--json"
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize("sdk", SDKS)
def test_sdk_opens_our_wallet_and_signatures_cross(sdk: str, directory: Path, ours: dict) -> None:
    signatures = wallets.sign(directory, "ours", MESSAGES)
    hotkey = ours["hotkey"]["address"]

    def verify(pairs: list[tuple[bytes, bytes]]) -> list[bool]:
        return wallets.ask(sdk, directory, "ours", signer=hotkey, pairs=pairs).verified

    expect_crossing(verify, MESSAGES, signatures)
    answer = wallets.ask(sdk, directory, "ours", messages=MESSAGES)
    expected = {"coldkey": ours["coldkey"]["address"], "hotkey": hotkey}
    assert answer.addresses == expected
    assert answer.public_addresses == expected
    expect_crossing(lambda pairs: wallets.verify(hotkey, pairs), MESSAGES, answer.signatures["hotkey"])
    expect_crossing(
        lambda pairs: wallets.verify(expected["coldkey"], pairs), MESSAGES[:20], answer.signatures["coldkey"][:20]
    )


@pytest.mark.parametrize("sdk", SDKS)
def test_we_open_the_sdks_wallet_and_signatures_cross(sdk: str, directory: Path, password_file: Path) -> None:
    name = "theirs-" + sdk.split()[0]
    theirs = wallets.ask(sdk, directory, name, create=True, messages=MESSAGES)
    shown = json.loads(
        wallets.command("show", "--wallet-path", directory, "--wallet", name, "--json").stdout
    )
    assert shown["coldkey"]["address"] == theirs.addresses["coldkey"]
    assert shown["coldkey"]["state"] == "encrypted"
    assert shown["hotkeys"][0]["address"] == theirs.addresses["hotkey"]
    expect_crossing(
        lambda pairs: wallets.verify(theirs.addresses["hotkey"], pairs), MESSAGES, theirs.signatures["hotkey"]
    )
    coldkey_options = ["--coldkey", "--password-file", password_file]
    for role, messages, options in (("hotkey", MESSAGES, []), ("coldkey", MESSAGES[:20], coldkey_options)):
        signatures = wallets.sign(directory, name, messages, *options)
        expect_crossing(
            lambda pairs, role=role: wallets.ask(
                sdk, directory, name, signer=theirs.addresses[role], pairs=pairs
            ).verified,
            messages, signatures,
        )  # fmt: skip


def test_our_mnemonics_lead_to_the_same_keys_in_the_sdk(ours: dict) -> None:
    from bittensor_wallet import Keypair

    for role in ("coldkey", "hotkey"):
        assert Keypair.create_from_mnemonic(ours[role]["mnemonic"]).ss58_address == ours[role]["address"]


def test_files_are_their_owners_alone(directory: Path, ours: dict) -> None:
    for path in (directory / "ours").rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_a_coldkey_opens_by_each_environment_variable(directory: Path, ours: dict, password_file: Path) -> None:
    path = directory / "ours" / "coldkey"
    variable = "BT_PW_" + str(path).replace("/", "_").replace(".", "_").upper()
    masked = bytes(byte ^ ord(variable[index % len(variable)]) for index, byte in enumerate(PASSWORD.encode()))
    for environment in (
        {variable: base64.b64encode(masked).decode()},
        {"BT_WALLET_PASSWORD": PASSWORD},
        {"BT_WALLET_PASSWORD_FILE": str(password_file)},
    ):
        result = wallets.command(
            "sign", "--keyfile", path, "--message", "m", "--json", environment=environment
        )
        assert result.returncode == 0, result.stderr
        assert json.loads(result.stdout)["address"] == ours["coldkey"]["address"]


@pytest.mark.parametrize("secret", [PHRASE, "0xfac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e"])
def test_a_key_is_imported_from_standard_input(secret: str, directory: Path, request: pytest.FixtureRequest) -> None:
    name = "imported-" + secret[:2]
    arguments = ("import", "hotkey", "--wallet-path", directory, "--wallet", name, "--secret-file", "-", "--json")
    result = wallets.command(*arguments, input=secret + "\n")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["address"] == PHRASE_ADDRESS
    from bittensor_wallet import Wallet

    assert Wallet(name=name, path=str(directory)).hotkey.ss58_address == PHRASE_ADDRESS


BAD_SECRETS = {
    "non-English word": (PHRASE.replace("obey", "gehorche"), "word 3"),
    "wrong word count": (PHRASE + " walk", "not 13"),
    "checksum": (PHRASE.replace("obey", "oak"), "checksum"),
    "short seed": ("0x1234", "bytes"),
}


@pytest.mark.parametrize("case", BAD_SECRETS)
def test_a_bad_secret_is_one_sentence_and_writes_nothing(case: str, directory: Path) -> None:
    secret, reason = BAD_SECRETS[case]
    name = "bad-" + case.replace(" ", "-")
    result = wallets.command(
        "import", "hotkey", "--wallet-path", directory, "--wallet", name, "--secret-file", "-", input=secret
    )
    expect_refusal(result, reason, secrets=["gehorche", "bottom", "lonely"])
    assert not (directory / name).exists()


def expect_refusal(result, reason: str, secrets: list[str]) -> None:
    assert result.returncode != 0
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert reason in result.stderr
    for secret in secrets:
        assert secret not in result.stderr


def test_bad_files_are_named_and_left_as_they_are(directory: Path, ours: dict, password_file: Path) -> None:
    coldkey = directory / "ours" / "coldkey"
    content = coldkey.read_bytes()
    wrong = directory / "wrong-password"
    wrong.write_text("canary-password\n")
    wrong.chmod(0o600)
    cut = directory / "cut"
    cut.write_bytes(content[:40])
    cut.chmod(0o600)
    exposed = directory / "exposed"
    exposed.write_bytes((directory / "ours" / "hotkeys" / "default").read_bytes())
    exposed.chmod(0o644)
    strange = directory / "strange"
    strange.write_text(json.dumps({"secretSeed": "0x" + "12" * 32, "cryptoType": 9}))
    strange.chmod(0o600)
    for path, options, reason in (
        (coldkey, ["--password-file", wrong], "wrong"),
        (coldkey, [], "--password-file"),
        (cut, ["--password-file", password_file], "cut short"),
        (exposed, [], "chmod 600"),
        (strange, [], "crypto type"),
        (directory / "missing", [], "cannot be opened"),
    ):
        result = wallets.command("sign", "--keyfile", path, "--message", "m", *options)
        expect_refusal(result, reason, secrets=["canary", "12121212", *ours["hotkey"]["mnemonic"].split()[:2]])
        assert str(path) in result.stderr
    again = wallets.command(
        "create", "--wallet-path", directory, "--wallet", "ours", "--password-file", password_file
    )
    expect_refusal(again, "--overwrite", secrets=[])
    assert coldkey.read_bytes() == content


def test_an_address_with_a_wrong_checksum_is_refused() -> None:
    result = wallets.command("verify", "--address", PHRASE_ADDRESS[:-1] + "W", "--message", "m", "--signature", "00" * 64)
    expect_refusal(result, "checksum", secrets=[])
