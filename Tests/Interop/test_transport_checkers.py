"""Checkers from outside at the gateway itself: slowhttptest and sslyze."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.availability import Availability
from harness.process import clean_environment
from harness.slow import CONNECTIONS, MODES, Mode, attack
from harness.tls import Authority
from harness.transport import TransportSystem

TIMEOUT_SECONDS = 3
ATTACK_SECONDS = 9


@pytest.fixture(scope="module")
def authority(directory: Path) -> Authority:
    return Authority(directory)


@pytest.fixture(scope="module")
def impatient(directory: Path) -> Iterator[TransportSystem]:
    names = ("header_timeout", "body_timeout", "idle_timeout", "write_timeout")
    timeouts = {name: f"{TIMEOUT_SECONDS}s" for name in names}
    with TransportSystem(directory, name="impatient", models=4_000, **timeouts) as system:
        yield system


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_slow_clients_are_cut_and_hold_up_nobody(impatient: TransportSystem, directory: Path, mode: Mode) -> None:
    with Availability(lambda: impatient.is_available(timeout=2)) as others:
        outcome = attack(
            mode, impatient.url, impatient.key, directory, impatient.held_connections, seconds=ATTACK_SECONDS
        )
    print(outcome, others.asked, others.slowest)
    assert outcome.was_available
    assert not others.failures
    assert others.asked >= 5 and others.slowest < 1
    assert outcome.seconds_held < ATTACK_SECONDS - 1
    if mode.name != "ranges":
        assert outcome.most_held >= CONNECTIONS / 2


# sslyze


@pytest.fixture(scope="module")
def secure(directory: Path, authority: Authority) -> Iterator[TransportSystem]:
    with TransportSystem(directory, name="secure", authority=authority) as system:
        yield system


@pytest.fixture(scope="module")
def scan(secure: TransportSystem, directory: Path) -> Scan:
    return Scan(secure, directory)


class Scan:
    """What sslyze found, and whether Mozilla's recommendation for servers of all clients is met."""

    def __init__(self, system: TransportSystem, directory: Path) -> None:
        report = directory / "sslyze.json"
        command = [
            os.environ["THALAMUS_TLS_PYTHON"], "-W", "ignore", "-m", "sslyze", f"--json_out={report}",
            f"--certinfo_ca_file={system.authority}", "--mozilla_config=intermediate", "--early_data",
            f"localhost:{system.port}",
        ]  # fmt: skip
        self.run = subprocess.run(
            command, capture_output=True, text=True, timeout=60, env=clean_environment(directory)
        )
        assert report.exists(), self.run.stdout + self.run.stderr
        (server,) = json.loads(report.read_text())["server_scan_results"]
        self.results = {name: found["result"] for name, found in server["scan_result"].items() if found["result"]}

    def accepted(self, version: str) -> list[dict[str, Any]]:
        return self.results[f"{version}_cipher_suites"]["accepted_cipher_suites"]


@pytest.mark.parametrize("version", ["ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1"])
def test_old_versions_are_refused(scan: Scan, version: str) -> None:
    assert scan.accepted(version) == []


@pytest.mark.parametrize("version", ["tls_1_2", "tls_1_3"])
def test_suites_are_authenticated_and_forget_their_keys(scan: Scan, version: str) -> None:
    suites = {suite["cipher_suite"]["name"]: suite["ephemeral_key"] for suite in scan.accepted(version)}
    assert len(suites) >= 2
    assert all("_GCM_" in name or "_CHACHA20_POLY1305_" in name for name in suites), suites
    assert all(suites.values()), suites


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ("tls_compression", {"supports_compression": False}),
        ("openssl_ccs_injection", {"is_vulnerable_to_ccs_injection": False}),
        ("heartbleed", {"is_vulnerable_to_heartbleed": False}),
        ("robot", {"robot_result": "NOT_VULNERABLE_RSA_NOT_SUPPORTED"}),
        ("tls_fallback_scsv", {"supports_fallback_scsv": True}),
        ("tls_1_3_early_data", {"supports_early_data": False}),
        ("tls_extended_master_secret", {"supports_ems_extension": True}),
        (
            "session_renegotiation",
            {"supports_secure_renegotiation": True, "is_vulnerable_to_client_renegotiation_dos": False},
        ),
    ],
)
def test_known_attacks_fail(scan: Scan, check: str, expected: dict[str, Any]) -> None:
    assert scan.results[check].items() >= expected.items()


def test_mozillas_intermediate_configuration_is_met(scan: Scan) -> None:
    verdict = scan.run.stdout.partition("COMPLIANCE AGAINST")[2]
    assert scan.run.returncode == 0, verdict
