"""`thalamus chain` and `thalamus serve` over `wss`: whom they trust, and what they say of the rest."""

from __future__ import annotations

import json
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import thalamus
from harness.devnet import VALIDATOR, Devnet, Subnet
from harness.process import clean_environment
from harness.tls import Authority, TLSFront


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def authority(directory: Path) -> Authority:
    return Authority(directory)


@pytest.fixture(scope="module")
def devnet(directory: Path) -> Iterator[Devnet]:
    with Devnet(directory, [Subnet(1, [VALIDATOR])]) as devnet:
        yield devnet


def info(front: TLSFront, *arguments: str | Path, host: str = "localhost") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            thalamus.binary(), "chain", "info", "--json", "--endpoint", f"wss://{host}:{front.port}",
            *map(str, arguments),
        ],
        capture_output=True, text=True, timeout=60, env=clean_environment(Path(tempfile.gettempdir())),
    )  # fmt: skip


def test_a_certificate_of_the_given_authority_is_accepted(authority: Authority, devnet: Devnet) -> None:
    with TLSFront(authority.issue("good", "localhost"), devnet.port) as front:
        result = info(front, "--ca-file", authority.certificate)
        assert result.returncode == 0, result.stderr
        assert json.loads(result.stdout)


@pytest.mark.parametrize(
    ("name", "host", "settings", "says"),
    [
        ("expired", "localhost", {"is_expired": True}, "expired"),
        ("elsewhere", "node.example", {}, "for another host"),
        ("alone", "localhost", {"is_self_signed": True}, "self-signed"),
    ],
)
def test_other_certificates_are_refused_by_name(
    authority: Authority, devnet: Devnet, name: str, host: str, settings: dict[str, bool], says: str
) -> None:
    with TLSFront(authority.issue(name, host, **settings), devnet.port) as front:
        result = info(front, "--ca-file", authority.certificate)
        assert result.returncode != 0
        assert says in result.stderr, result.stderr


def test_an_unknown_authority_is_refused(authority: Authority, devnet: Devnet) -> None:
    context: ssl.SSLContext = authority.issue("unknown", "localhost")
    with TLSFront(context, devnet.port) as front:
        result = info(front)
        assert result.returncode != 0
        assert "issuer" in result.stderr or "self-signed" in result.stderr, result.stderr
