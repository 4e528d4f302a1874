#!/usr/bin/env bash
# Measures the HTTP transport: `HTTPTransportBenchmarks` beside nginx and a bare NIO handler.
#
# The servers run on SERVER_CORE (1) and everything else on DRIVER_CORE (0). Arguments go to the benchmark:
# --seconds 1, --rounds 9, --requests 1000000, --streams 10000, --only answers,http2,events,idle,memory.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
server=${SERVER_CORE:-1} driver=${DRIVER_CORE:-0}
for program in h2load taskset /usr/sbin/nginx; do
    command -v "$program" >/dev/null || { echo "$program is missing: deploy/install-dependencies.sh --tests" >&2; exit 2; }
done
# Relaying 10,000 streams takes a server two sockets for each.
ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)"
cd "$root"
binary=${TRANSPORT_BENCHMARKS:-}
if [[ -z $binary ]]; then
    THALAMUS_BENCHMARKS=1 swift build -c release --product HTTPTransportBenchmarks >&2
    binary=$(THALAMUS_BENCHMARKS=1 swift build -c release --show-bin-path)/HTTPTransportBenchmarks
fi
exec taskset -c "$driver" "$binary" measure --server-core "$server" --driver-core "$driver" "$@"
