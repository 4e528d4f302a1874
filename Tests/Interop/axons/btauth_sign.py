"""Signs one request with bittensor 11's http_auth and prints the headers as JSON.

usage: btauth_sign.py --hotkey-uri //Alice --receiver SS58 --path /v1/chat/completions < BODY
"""

from __future__ import annotations

import argparse
import json
import sys

from bittensor import http_auth
from bittensor.sp_core import Keypair


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--hotkey-uri", required=True)
    parser.add_argument("--receiver", required=True)
    parser.add_argument("--path", required=True)
    parser.add_argument("--nonce", type=int, help="unix nanoseconds; default now")
    arguments = parser.parse_args()
    headers = http_auth.sign(
        Keypair.create_from_uri(arguments.hotkey_uri),
        method="POST",
        path=arguments.path,
        body=sys.stdin.buffer.read(),
        receiver_ss58=arguments.receiver,
        nonce_ns=arguments.nonce,
    )
    print(json.dumps(headers))


if __name__ == "__main__":
    main()
