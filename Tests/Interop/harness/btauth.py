"""Headers signed by bittensor 11.3.0, which lives in a virtual environment of its own."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from .miners import bittensor_11_python
from .process import clean_environment

_SCRIPT = Path(__file__).resolve().parents[1] / "axons" / "btauth_sign.py"


def signed_headers(
    caller_uri: str, receiver_ss58: str, path: str, body: bytes, *, nonce: int | None = None
) -> dict[str, str]:
    """The headers for one POST of `body`; `nonce` (unix nanoseconds) defaults to now."""
    arguments = ["--hotkey-uri", caller_uri, "--receiver", receiver_ss58, "--path", path]
    if nonce is not None:
        arguments += ["--nonce", str(nonce)]
    result = subprocess.run(
        [bittensor_11_python(), str(_SCRIPT), *arguments],
        input=body, capture_output=True, timeout=60, env=clean_environment(Path(tempfile.gettempdir())),
    )  # fmt: skip
    assert result.returncode == 0, result.stderr.decode()
    return json.loads(result.stdout)
