"""`thalamus chain`: what it signs, as both SDKs' decoders read it, and what it shows and does on a chain."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import scalecodec.types  # noqa: F401  (registers the decoders of metadata)
from scalecodec.base import RuntimeConfigurationObject, ScaleBytes
from scalecodec.type_registry import load_type_registry_preset

from harness import thalamus
from harness.chain import Chain
from harness.devnet import VALIDATOR, Devnet, Neuron, Subnet
from harness.keys import ss58
from harness.process import clean_environment
from harness.scripted_chain import HEAD, NONCE, ScriptedChain, block_hash

FIXTURES = thalamus.ROOT / "Tests" / "Fixtures"
NETUID = 1

# What the reference decoders read it with: neither reads version 16, and of spec 365 there is no other.
BLOBS = [
    ("finney@343/metadata_v14.scale", 343, "finney@343/metadata_v14.scale"),
    ("finney@343/metadata_v15.scale", 343, "finney@343/metadata_v15.scale"),
    ("finney@365/metadata_v16.scale", 365, "finney@343/metadata_v15.scale"),
    ("finney@393/metadata_v15.scale", 393, "finney@393/metadata_v15.scale"),
    ("finney@393/metadata_v16.scale", 393, "finney@393/metadata_v15.scale"),
    ("subtensor@461/metadata_v15.scale", 461, "subtensor@461/metadata_v15.scale"),
]


def chain(*arguments: str, endpoint: str, succeeds: bool = True) -> str:
    """The output of a command; its error where it must fail."""
    result = subprocess.run(
        [thalamus.binary(), "chain", *arguments, "--endpoint", endpoint],
        capture_output=True, text=True, timeout=60, env=clean_environment(Path(tempfile.gettempdir())),
    )  # fmt: skip
    assert (result.returncode == 0) == succeeds, result.stdout + result.stderr
    return result.stdout if succeeds else result.stderr


@pytest.mark.parametrize(("blob", "spec_version", "reference"), BLOBS)
def test_weights_of_every_runtime_decode_in_both_references(blob: str, spec_version: int, reference: str) -> None:
    with ScriptedChain(FIXTURES / blob, spec_version) as node:
        error = chain(
            "weights", str(NETUID), "--set", "3=1,7=0.5", "--version-key", "9", "--hotkey-uri", "//Alice",
            endpoint=node.url, succeeds=False,
        )  # fmt: skip
        assert "RateLimitExceeded" in error
        assert "set_mechanism_weights" in error
        (extrinsic,) = node.extrinsics

    expected = {"netuid": NETUID, "mecid": 0, "dests": [3, 7], "weights": [65_535, 32_768], "version_key": 9}
    for decoded in (
        decoded_by_sdk_10(extrinsic, FIXTURES / reference),
        decoded_by_core(extrinsic, FIXTURES / reference, spec_version),
    ):
        assert decoded["call"]["call_module"] == "SubtensorModule"
        assert decoded["call"]["call_function"] == "set_mechanism_weights"
        assert {item["name"]: item["value"] for item in decoded["call"]["call_args"]} == expected
        assert decoded["address"] == ss58("//Alice")
        assert decoded["nonce"] == NONCE
        assert decoded["tip"] == 0
        assert decoded.get("is_signature_valid", True)
        assert not decoded.get("is_other_signature_valid", False)


def decoded_by_sdk_10(extrinsic: str, metadata: Path) -> dict[str, Any]:
    configuration = RuntimeConfigurationObject(ss58_format=42)
    configuration.update_type_registry(load_type_registry_preset("core"))
    versioned = configuration.create_scale_object("MetadataVersioned", data=ScaleBytes(metadata.read_bytes()))
    versioned.decode()
    configuration.add_portable_registry(versioned)
    decoder = configuration.create_scale_object("Extrinsic", data=ScaleBytes(extrinsic), metadata=versioned)
    return decoder.decode()


def decoded_by_core(extrinsic: str, metadata: Path, spec_version: int) -> dict[str, Any]:
    asked = {
        "extrinsic": extrinsic,
        "metadata": str(metadata),
        "spec_version": spec_version,
        "genesis_hash": block_hash(0),
        "head": HEAD,
        "period": 128,
        "era_block_hash": block_hash(HEAD),
    }
    script = Path(__file__).parent / "harness" / "reference_extrinsic.py"
    result = subprocess.run(
        [os.environ["THALAMUS_BT11_PYTHON"], script], input=json.dumps(asked), capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def devnet(directory: Path) -> Iterator[Devnet]:
    subnet = Subnet(NETUID, [VALIDATOR, Neuron("//Miner1", axon="127.0.0.1:8091")])
    with Devnet(directory, [subnet]) as network:
        yield network


def test_what_it_shows_is_what_the_sdk_reads(devnet: Devnet) -> None:
    information = json.loads(chain("info", "--json", endpoint=devnet.url))
    assert information["head"]["number"] >= information["finalized"]["number"]
    assert information["block_time_ms"] == 250
    (subnet,) = json.loads(chain("subnets", "--json", endpoint=devnet.url))
    assert subnet["netuid"] == NETUID
    assert subnet["neurons"] == 2
    metagraph = json.loads(chain("metagraph", str(NETUID), "--json", endpoint=devnet.url))
    with Chain(devnet.url) as sdk:
        seen = sdk.subtensor.metagraph(NETUID)
        assert [neuron["hotkey"] for neuron in metagraph["neurons"]] == list(seen.hotkeys)
        assert [neuron["validator_permit"] for neuron in metagraph["neurons"]] == [bool(v) for v in seen.validator_permit]
        assert subnet["tempo"] == sdk.subtensor.tempo(NETUID)
    rules = json.loads(chain("hyperparameters", str(NETUID), "--json", endpoint=devnet.url))
    assert rules["tempo"] == devnet.tempo_blocks
    assert rules["max_weights_limit"] == 65_535


def test_tables_line_up_and_are_plain_in_a_pipe(devnet: Devnet) -> None:
    lines = chain("metagraph", str(NETUID), endpoint=devnet.url).splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("UID  HOTKEY")
    # Numbers end where their heading does, texts start where theirs does.
    assert [line[:5] for line in lines] == ["UID  ", "  0  ", "  1  "]
    assert [line[5:].split(" ")[0] for line in lines[1:]] == [ss58("//Validator"), ss58("//Miner1")]
    assert "\x1b" not in "".join(lines)


def test_weights_are_set_and_shown(devnet: Devnet) -> None:
    receipt = json.loads(
        chain("weights", str(NETUID), "--set", "1=2", "--hotkey-uri", "//Validator", "--json", endpoint=devnet.url)
    )
    assert "System.ExtrinsicSuccess" in receipt["events"]
    shown = json.loads(chain("weights", str(NETUID), "--json", endpoint=devnet.url))
    assert shown == [{"uid": 0, "weights": [[1, 65_535]]}]
    with Chain(devnet.url) as sdk:
        assert sdk.weights(NETUID, 0) == {1: 65_535}


def test_a_hotkey_is_registered_and_its_axon_published(devnet: Devnet) -> None:
    hotkey = ss58("//Newcomer")
    register = ("register", str(NETUID), "--hotkey", hotkey, "--coldkey-uri", "//Validator")
    registered = json.loads(chain(*register, "--limit", "1", "--json", endpoint=devnet.url))
    with Chain(devnet.url) as sdk:
        assert sdk.uid(NETUID, hotkey) == registered["uid"] == 2
    assert "HotKeyAlreadyRegisteredInSubNet" in chain(*register, endpoint=devnet.url, succeeds=False)
    chain(
        "serve-axon", str(NETUID), "--ip", "192.0.2.7", "--port", "8091", "--axon-version", "10005000",
        "--hotkey-uri", "//Newcomer", endpoint=devnet.url,
    )  # fmt: skip
    with Chain(devnet.url) as sdk:
        axon = sdk.subtensor.metagraph(NETUID).axons[2]
        assert (axon.ip, axon.port) == ("192.0.2.7", 8091)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("metagraph", "9"), "the chain has no subnet 9"),
        (("hyperparameters", "9"), "the chain has no subnet 9"),
        (("weights", "1", "--set", "1=1", "--hotkey-uri", "//Stranger"), "HotKeyNotRegisteredInSubNet"),
        (("weights", "1", "--set", "1=x", "--hotkey-uri", "//Alice"), "UID=SCORE"),
        (("serve-axon", "1", "--ip", "127.0.0.1", "--port", "1", "--hotkey-uri", "//Miner1"), "does not publish this IP"),
        (("info", "--genesis-hash", "0x" + "11" * 32, "--timeout", "2"), "another chain"),
    ],
)
def test_errors_say_what_is_wrong(devnet: Devnet, arguments: tuple[str, ...], text: str) -> None:
    assert text in chain(*arguments, endpoint=devnet.url, succeeds=False)


def test_a_node_that_is_not_there_is_named(devnet: Devnet) -> None:
    error = chain("info", "--timeout", "2", endpoint="ws://127.0.0.1:9", succeeds=False)
    assert "ws://127.0.0.1:9" in error
    first = chain("info", "--endpoint", "ws://127.0.0.1:9", endpoint=devnet.url)
    assert "Devnet" in first
