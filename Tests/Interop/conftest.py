"""Fixtures that every test file shares, and the programs' logs beside a failure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.postgres import PostgresCluster
from harness.process import ManagedProcess


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    cluster = PostgresCluster()
    try:
        yield cluster.start()
    finally:
        cluster.remove()


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder for the logs, configurations and databases of one test file."""
    return tmp_path_factory.mktemp(Path(request.path).stem)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for process in ManagedProcess.running:
            report.sections.append((f"log of {process.name} ({process.state})", process.log_tail()))


def pytest_sessionfinish() -> None:
    """Whatever a broken fixture left running."""
    for process in list(ManagedProcess.running):
        process.kill()
