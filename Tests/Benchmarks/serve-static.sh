#!/usr/bin/env bash
# Runs a gateway in front of miners on loopback ports, for load tests.
#
# From the environment: PORT to listen on, MINER_PORTS (comma separated; each a v10 axon on 127.0.0.1), STRATEGY (first),
# FAN_OUT (1), DIALECT (dendrite), LOG_LEVEL (warning), KEY (sk-bench-1234, at least 12 characters).
# Clients send `Authorization: Bearer $KEY` and the model `mock-model`. The release build of `thalamus` must exist.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
binary=${THALAMUS_BINARY:-$root/.build/release/thalamus}
[ -x "$binary" ] || { echo "$binary is missing: swift build -c release --product thalamus" >&2; exit 1; }
state=$(mktemp -d "${TMPDIR:-/tmp}/thalamus-bench.XXXXXX")
key_file=$state/key
printf '%s' "${KEY:-sk-bench-1234}" >"$key_file"
chmod 600 "$key_file"

{
  cat <<EOF
server: { host: 127.0.0.1, port: ${PORT:?PORT is not set}, event_loops: ${EVENT_LOOPS:-1} }
metering: { database: $state/usage.sqlite, state_directory: $state/state }
wallet: { hotkey_uri: //Alice }
log: { level: ${LOG_LEVEL:-warning} }
subnets:
  - netuid: 1
    dialect: ${DIALECT:-dendrite}
    chat: { synapse: PromptSynapse, stream_synapse: ${STREAM_SYNAPSE:-null}, hashed: [messages] }
models:
  - id: mock-model
    netuid: 1
    strategy: ${STRATEGY:-first}
    fan_out: ${FAN_OUT:-1}
    price: { per_million_prompt_tokens: 1000000, per_million_completion_tokens: 2000000 }
chain:
  network: local
  miners:
EOF
  IFS=, read -ra ports <<<"${MINER_PORTS:?MINER_PORTS is not set}"
  for port in "${ports[@]}"; do
    echo "    - { netuid: 1, hotkey: 5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty, address: \"127.0.0.1:$port\" }"
  done
} >"$state/thalamus.yaml"

"$binary" keys create --config "$state/thalamus.yaml" --name bench --secret-file "$key_file" >/dev/null
exec "$binary" serve --config "$state/thalamus.yaml"
