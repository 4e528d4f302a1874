"""The usage ledger as it lies in the database, read without Thalamus."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass

from . import postgres

_STATEMENT = (
    "select request_id, model, netuid, prompt_tokens, completion_tokens, price, status, is_stream"
    " from usage order by finished_at, request_id"
)


@dataclass(frozen=True)
class Row:
    request_id: str
    model: str
    netuid: int
    prompt_tokens: int
    completion_tokens: int
    price_micros: int
    status: int
    is_stream: bool


def rows(store: str) -> list[Row]:
    """Every row of the ledger; `store` is a PostgreSQL URI or the path of an SQLite file."""
    return [
        Row(
            request_id=str(request_id),
            model=str(model),
            netuid=int(netuid),
            prompt_tokens=int(prompt),
            completion_tokens=int(completion),
            price_micros=int(price),
            status=int(status),
            is_stream=int(is_stream) == 1,
        )
        for request_id, model, netuid, prompt, completion, price, status, is_stream in _query(store, _STATEMENT)
    ]


def spent_micros(store: str) -> int:
    """What all keys were charged by the daily sums; the ledger's prices once more, kept apart from it."""
    ((spent,),) = _query(store, "select coalesce(sum(price), 0) from usage_daily")
    return int(spent)


def budgets(store: str) -> tuple[int, int]:
    """What the budgets of all keys with one were charged, and what replicas hold of them."""
    ((used, leased),) = _query(
        store, "select coalesce(sum(used), 0), coalesce(sum(leased), 0) from allowances where kind = 'spend'"
    )
    return int(used), int(leased)


def _query(store: str, statement: str) -> list:
    if store.startswith("postgresql:"):
        return postgres.query(store, statement)
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=10)) as connection:
        return connection.execute(statement).fetchall()
