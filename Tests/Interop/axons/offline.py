"""Import before bittensor 10: keeps the SDK from asking the internet for this host's address."""

from __future__ import annotations

from bittensor.utils import networking

# Not the loopback address: a Dendrite whose own address equals the axon's dials 0.0.0.0 instead.
networking.get_external_ip = lambda *_: "203.0.113.7"
