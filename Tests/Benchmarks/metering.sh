#!/usr/bin/env bash
# Measures metering: `MeteringBenchmarks` with a PostgreSQL of its own, which it starts and removes again.
#
# Arguments go to the benchmark: --upload ROWS, --millions 1,10.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
binaries=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)")
folder=$(mktemp -d "${TMPDIR:-/tmp}/thalamus-pg.XXXXXX")
as=()
if ((EUID == 0)); then
    chown postgres "$folder"
    as=(setpriv --reuid=postgres --regid=postgres --init-groups)
fi
stop() {
    (cd /tmp && "${as[@]}" "$binaries/pg_ctl" -D "$folder/data" -m immediate -s stop) || true
    rm -rf "$folder"
}
trap stop EXIT
cd /tmp
"${as[@]}" "$binaries/initdb" -D "$folder/data" -U thalamus -A trust -E UTF8 --locale=C >/dev/null
"${as[@]}" "$binaries/pg_ctl" -D "$folder/data" -s -w -l "$folder/log" \
    -o "-k $folder -c listen_addresses= -c unix_socket_permissions=0777" start
"$binaries/createdb" -h "$folder" -U thalamus bench
cd "$root"
binary=${METERING_BENCHMARKS:-}
if [[ -z $binary ]]; then
    THALAMUS_BENCHMARKS=1 swift build -c release --product MeteringBenchmarks >&2
    binary=$(THALAMUS_BENCHMARKS=1 swift build -c release --show-bin-path)/MeteringBenchmarks
fi
"$binary" --database "postgresql:///bench?host=$folder&user=thalamus" "$@"
