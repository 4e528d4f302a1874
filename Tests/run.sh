#!/usr/bin/env bash
# Every test: the Swift suites, then the end-to-end suite on real PostgreSQL, the local chain and both Bittensor SDKs.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
interop="$root/Tests/Interop"
venvs=${THALAMUS_VENVS:-$root/.build/venvs}

usage() {
    cat <<'TEXT'
usage: Tests/run.sh                         everything; what it needs is installed first
       Tests/run.sh fuzzing                 every fuzzer for ten seconds only; see Tests/Fuzzing
       Tests/run.sh swift [ARGUMENT…]       the Swift suites only; arguments go to `swift test`
       Tests/run.sh interop [ARGUMENT…]     the end-to-end suite only; arguments go to pytest

Environment:
  THALAMUS_VENVS   where the Python environments are kept (default .build/venvs)
  THALAMUS_BIN     a built `thalamus` for the end-to-end suite instead of the debug build
TEXT
}

run_swift_tests() {
    echo "run.sh: Swift suites"
    swift build --package-path "$root" --build-tests
    if (($# > 0)); then
        swift test --package-path "$root" --skip-build "$@"
        return
    fi
    # Tests with sockets and deadlines run one after another, and the suites that burn CPU by themselves: side by side
    # on two cores they starve one another, and right code fails.
    local busy='SigningTests|JSONTests|MutationTests|PropertyTests'
    swift test --package-path "$root" --skip-build --no-parallel --skip "$busy"
    swift test --package-path "$root" --skip-build --filter "$busy"
}

# Makes the virtual environment NAME from requirements-NAME.txt, unless it has exactly those already.
prepare_venv() {
    local folder=$venvs/$1 requirements=$interop/requirements-$1.txt
    if cmp -s "$requirements" "$folder/requirements.txt"; then return; fi
    echo "run.sh: installing $(basename "$requirements") into $folder"
    rm -rf "$folder"
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
    cp "$requirements" "$folder/requirements.txt"
}

run_interop_tests() {
    echo "run.sh: end-to-end suite"
    prepare_venv bt10
    prepare_venv bt11
    prepare_venv tls
    if [[ -z ${THALAMUS_BIN:-} ]]; then
        swift build --package-path "$root" --product thalamus
        swift build --package-path "$root" --product timelock-peer
        THALAMUS_BIN=$(swift build --package-path "$root" --show-bin-path)/thalamus
    fi
    export THALAMUS_BIN
    export THALAMUS_BT11_PYTHON="$venvs/bt11/bin/python"
    export THALAMUS_TLS_PYTHON="$venvs/tls/bin/python"
    # The SDKs keep files in the home folder, and read the command line, unless told otherwise.
    home=$(mktemp -d)
    trap 'rm -rf "$home"' EXIT
    HOME="$home" BT_NO_PARSE_CLI_ARGS=1 PYTHONDONTWRITEBYTECODE=1 \
        "$venvs/bt10/bin/python" -m pytest -c "$interop/pytest.ini" --rootdir "$interop" "$interop" "$@"
}

run_fuzzers() {
    echo "run.sh: fuzzers"
    "$root/Tests/Fuzzing/run.sh"
}

part=${1:-all}
case "$part" in
    all) (($# == 0)) || shift ;;
    swift | interop | fuzzing) shift ;;
    -h | --help) usage; exit 0 ;;
    *) echo "run.sh: unknown part '$part'" >&2; usage >&2; exit 2 ;;
esac

"$root/deploy/install-dependencies.sh" --tests
started=$SECONDS
case "$part" in
    all) run_swift_tests; run_fuzzers; run_interop_tests ;;
    fuzzing) run_fuzzers ;;
    swift) run_swift_tests "$@" ;;
    interop) run_interop_tests "$@" ;;
esac
echo "run.sh: all passed ($part, $(((SECONDS - started) / 60)) min $(((SECONDS - started) % 60)) s)"
