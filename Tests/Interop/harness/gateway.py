"""A gateway with a configuration of its own, its keys and its ledger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from openai import AsyncOpenAI, OpenAI

from . import http, thalamus
from .process import ManagedProcess
from .waiting import free_port

PRICE = {"per_million_prompt_tokens": 1_000_000, "per_million_completion_tokens": 2_000_000, "per_request": 5}
"""In micro-units: a prompt's token costs 1, an answer's 2, a request 5."""


def price_of(prompt_tokens: int, completion_tokens: int) -> int:
    """The price of a request under `PRICE`, in micro-units."""
    return prompt_tokens + 2 * completion_tokens + 5


def subnet(netuid: int, *, dialect: str = "btauth") -> dict[str, Any]:
    """A `subnets` entry with chat, whole and streamed, and embeddings, in the shapes of the test miners."""
    stream_synapse = "ChatStreamSynapse" if dialect == "dendrite" else "/v1/chat/completions"
    chat = {"stream_synapse": stream_synapse}
    return {"netuid": netuid, "name": f"test-{netuid}", "dialect": dialect, "chat": chat, "embedding": {}}


def model(identifier: str, netuid: int, **settings: Any) -> dict[str, Any]:
    """A `models` entry."""
    return {"id": identifier, "netuid": netuid, "price": PRICE} | settings


class Gateway:
    """`thalamus serve` on a free port, the same port after a restart."""

    def __init__(
        self,
        directory: Path,
        *,
        chain_url: str | None = None,
        miners: list[dict[str, Any]] | None = None,
        store: str,
        subnets: list[dict[str, Any]],
        models: list[dict[str, Any]],
        validator: dict[str, Any] | None = None,
        server: dict[str, Any] | None = None,
        metering: dict[str, Any] | None = None,
        admin: dict[str, Any] | None = None,
        name: str = "gateway",
        authority: Path | None = None,
    ) -> None:
        """Miners come from the chain, or from entries of `chain.miners`; `store` is a PostgreSQL URI or the path of an
        SQLite file; `authority` signed the certificate where `server` has one."""
        self.port = free_port()
        self.store = store
        self.authority = authority
        self.configuration_path = directory / f"{name}.yaml"
        configuration: dict[str, Any] = {
            "server": {"host": "127.0.0.1", "port": self.port} | (server or {}),
            "metering": {"database": store, "state_directory": str(directory / f"{name}-state")}
            | (metering or {}),
            "chain": {"network": "local"} | ({"miners": miners} if miners else {"endpoints": [chain_url]}),
            "wallet": {"hotkey_uri": "//Validator"},
            "subnets": subnets,
            "models": models,
            "log": {"level": "debug"},
        }
        if admin is not None:
            configuration["admin"] = admin
        if validator is not None:
            configuration["validator"] = {"enabled": True} | validator
        self.configuration_path.write_text(yaml.safe_dump(configuration, sort_keys=False))
        self.process = ManagedProcess(
            name,
            [thalamus.binary(), "serve", "--config", self.configuration_path],
            log_directory=directory,
            port=self.port,
        )

    # Running

    def start(self, *, until_ready: bool = True) -> Gateway:
        self.process.start()
        if until_ready:
            self.wait_until_ready()
        return self

    def wait_until_ready(self, *, within: float = 60.0) -> None:
        self.process.wait_until(
            lambda: http.ask(self.port, "/ready", timeout=5, authority=self.authority).status == 200,
            what="readiness",
            within=within,
        )

    def kill(self) -> None:
        self.process.kill()

    def stop(self) -> int | None:
        return self.process.stop()

    def __enter__(self) -> Gateway:
        return self if self.process.is_running else self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # Administration, by the command line

    def create_key(
        self, name: str = "test", *, requests_per_minute: int | None = None, budget_micros: int | None = None
    ) -> str:
        """A new key's secret."""
        arguments = ["keys", "create", "--config", str(self.configuration_path), "--name", name, "--json"]
        if requests_per_minute is not None:
            arguments += ["--requests-per-minute", str(requests_per_minute)]
        if budget_micros is not None:
            arguments += ["--budget-micros", str(budget_micros)]
        return json.loads(thalamus.run(*arguments))["key"]

    def keys(self) -> list[dict[str, Any]]:
        return json.loads(thalamus.run("keys", "list", "--config", self.configuration_path, "--json"))

    def revoke_key(self, identifier: str) -> None:
        thalamus.run("keys", "revoke", identifier, "--config", self.configuration_path)

    def usage_totals(self) -> tuple[int, int, int, int]:
        """Requests, prompt tokens, completion tokens and micro-units, summed over `thalamus usage --json`."""
        rows = json.loads(thalamus.run("usage", "--config", self.configuration_path, "--json"))
        return tuple(
            sum(row[name] for row in rows)
            for name in ("requests", "prompt_tokens", "completion_tokens", "price_micros")
        )

    # Asking

    def client(self, key: str, **settings: Any) -> OpenAI:
        return OpenAI(**self._client_settings(key) | settings)

    def async_client(self, key: str, **settings: Any) -> AsyncOpenAI:
        return AsyncOpenAI(**self._client_settings(key) | settings)

    def _client_settings(self, key: str) -> dict[str, Any]:
        return {"api_key": key, "base_url": f"http://127.0.0.1:{self.port}/v1", "max_retries": 0, "timeout": 60.0}

    def chat(self, body: dict[str, Any] | bytes, *, key: str | None, **settings: Any) -> http.Answer:
        return http.ask(self.port, "/v1/chat/completions", body, key=key, **settings)

    def chat_stream(self, body: dict[str, Any], *, key: str, **settings: Any):
        return http.open_stream(self.port, "/v1/chat/completions", body | {"stream": True}, key=key, **settings)
