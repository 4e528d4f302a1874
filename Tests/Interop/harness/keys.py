"""Development keys by their secret URI, as `//Alice`."""

from __future__ import annotations

from functools import cache

from bittensor_wallet import Keypair


@cache
def keypair(uri: str) -> Keypair:
    return Keypair.create_from_uri(uri)


def ss58(uri: str) -> str:
    """The account's address with Bittensor's prefix, 42."""
    return keypair(uri).ss58_address
