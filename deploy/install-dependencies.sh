#!/usr/bin/env bash
# Installs what Thalamus builds and runs with, and nothing that is already there.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: deploy/install-dependencies.sh [--tests] [--help]

Checks for a Swift toolchain (6.1 or newer), pkg-config and the C libraries
libsodium, OpenSSL, nghttp2, zlib, brotli, zstd, libpq and SQLite, and installs
the missing ones with apt-get (as root, or through sudo).

  --tests   also what Tests/run.sh needs: a PostgreSQL server, Python 3 with venv, and for the transport's tests
            nghttp2's clients, slowhttptest, zstd, nginx, HAProxy and Caddy (installed, not started)
TEXT
}

with_tests=no
for argument in "$@"; do
    case "$argument" in
        --tests) with_tests=yes ;;
        -h | --help) usage; exit 0 ;;
        *) echo "install-dependencies: unknown option '$argument'" >&2; usage >&2; exit 2 ;;
    esac
done

fail() {
    echo "install-dependencies: $*" >&2
    exit 1
}

# --- What is there? Each check asks for the thing itself, so that a library or server that came another way counts.

has_library() { pkg-config --exists "$1" 2>/dev/null; }

has_postgres_server() {
    command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

has_python_venv() { python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# Debian keeps servers in /usr/sbin, which is not in everybody's PATH.
has_system_program() { command -v "$1" >/dev/null || [[ -x /usr/sbin/$1 ]]; }

missing=()
command -v pkg-config >/dev/null || missing+=(pkg-config)
command -v curl >/dev/null || missing+=(curl)
has_library libsodium || missing+=(libsodium-dev)
has_library openssl || missing+=(libssl-dev)
has_library libnghttp2 || missing+=(libnghttp2-dev)
has_library zlib || missing+=(zlib1g-dev)
has_library libbrotlienc || missing+=(libbrotli-dev)
has_library libzstd || missing+=(libzstd-dev)
has_library libpq || missing+=(libpq-dev)
has_library sqlite3 || missing+=(libsqlite3-dev)
if [[ $with_tests == yes ]]; then
    has_postgres_server || missing+=(postgresql)
    command -v psql >/dev/null || missing+=(postgresql-client)
    has_python_venv || missing+=(python3 python3-venv)
    command -v openssl >/dev/null || missing+=(openssl)
    command -v h2load >/dev/null || missing+=(nghttp2-client)
    command -v slowhttptest >/dev/null || missing+=(slowhttptest)
    command -v zstd >/dev/null || missing+=(zstd)
    has_system_program nginx || missing+=(nginx)
    has_system_program haproxy || missing+=(haproxy)
    has_system_program caddy || missing+=(caddy)
fi

# --- Install what is not.

if ((${#missing[@]} > 0)); then
    command -v apt-get >/dev/null ||
        fail "missing: ${missing[*]} (Debian's names). There is no apt-get here: install their equivalents, then run this again."
    as_root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            fail "missing: ${missing[*]}. Run 'apt-get install ${missing[*]}' as root, then run this again."
        as_root=(sudo)
    fi
    # Debian starts a server that it installs, on port 80; the tests start their own on ports of their own.
    policy=/usr/sbin/policy-rc.d
    if [[ $with_tests == yes && ! -e $policy ]]; then
        trap '"${as_root[@]}" rm -f "$policy"' EXIT
        printf '%s\n' '#!/bin/sh' 'case "$1" in nginx*|haproxy*|caddy*) exit 101 ;; esac' |
            "${as_root[@]}" tee "$policy" >/dev/null
        "${as_root[@]}" chmod 755 "$policy"
    fi
    echo "install-dependencies: installing ${missing[*]}"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq ||
        fail "apt-get update failed (its message is above)"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" ||
        fail "apt-get could not install ${missing[*]} (its message is above)"
fi

# --- Swift comes from swift.org or a container image, not from apt: say so when it is absent.

minimum_major=6 minimum_minor=1
command -v swift >/dev/null ||
    fail "no 'swift' in PATH. Thalamus builds with Swift $minimum_major.$minimum_minor or newer: https://www.swift.org/install/linux/"
version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -n 1)
[[ -n $version ]] || fail "'swift --version' did not print a version; is the toolchain whole?"
if ((${version%%.*} < minimum_major || (${version%%.*} == minimum_major && ${version##*.} < minimum_minor))); then
    fail "Swift $version is too old: Thalamus builds with $minimum_major.$minimum_minor or newer (https://www.swift.org/install/linux/)"
fi

echo "install-dependencies: everything is here (Swift $version)"
