#!/usr/bin/env bash
# From a fresh clone to a running Thalamus on this machine: local chain, sample miners, gateway and an API key.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
    cat <<'TEXT'
usage: deploy/quickstart.sh [options of `thalamus dev`]

Installs missing system libraries, builds `thalamus` (a few minutes the first
time) and starts `thalamus dev`: a local chain, sample miners of differing
quality, the gateway and one API key, all on loopback. It prints a curl line to
try. Ctrl-C stops everything.

  --port PORT   where the API listens
  --data DIR    where the ledger and the keys are kept
  --help        this text; `thalamus dev --help` lists every option
TEXT
}

for argument in "$@"; do
    case "$argument" in
        -h | --help) usage; exit 0 ;;
    esac
done

"$root/deploy/install-dependencies.sh"

echo "quickstart: building thalamus"
swift build --package-path "$root" -c release --product thalamus
binary=$(swift build --package-path "$root" -c release --show-bin-path)/thalamus

# Replaces this shell, so that Ctrl-C and SIGTERM reach Thalamus itself.
exec "$binary" dev "$@"
