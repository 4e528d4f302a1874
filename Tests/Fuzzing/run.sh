#!/usr/bin/env bash
# Coverage-guided fuzzing with libFuzzer, which comes with Swift's toolchain.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
here=$root/Tests/Fuzzing
scratch=${THALAMUS_FUZZ_SCRATCH:-$root/.build-fuzz}

usage() {
    cat <<'TEXT'
usage: Tests/Fuzzing/run.sh                     every target for ten seconds, as the test run does
       Tests/Fuzzing/run.sh TARGET [SECONDS]    one target, 600 seconds unless said otherwise
       Tests/Fuzzing/run.sh TARGET FILE…        reproduces: runs the target on these inputs once
       Tests/Fuzzing/run.sh minimize TARGET     adds what a run has found to the committed corpus, if it adds coverage

An input that breaks a promise is left in .build-fuzz/findings/TARGET; what was learned stays in
.build-fuzz/corpus/TARGET and is where the next run begins, together with Tests/Fuzzing/Corpus/TARGET.

Environment:
  THALAMUS_FUZZ_SCRATCH   the build folder (default .build-fuzz)
TEXT
}

targets() { (cd "$here/Corpus" && ls); }

build() {
    # Testability lets the fuzzers reach what is internal; optimised code runs several times as many inputs.
    THALAMUS_FUZZING=1 swift build --package-path "$root" --scratch-path "$scratch" -c release --sanitize fuzzer \
        -Xswiftc -enable-testing --product Fuzzers
}

fuzzer() {
    local target=$1
    shift
    # Swift's own report of a crash would come in the way of libFuzzer's, which keeps the input.
    THALAMUS_FUZZ_TARGET=$target SWIFT_BACKTRACE=enable=no "$scratch/release/Fuzzers" "$@"
}

# fuzz TARGET SECONDS
fuzz() {
    local target=$1 seconds=$2
    local corpus=$scratch/corpus/$target findings=$scratch/findings/$target
    mkdir -p "$corpus" "$findings"
    echo "run.sh: $target for $seconds s"
    fuzzer "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=4096 -print_final_stats=1 \
        -dict="$here/Dictionaries/$target.dict" -artifact_prefix="$findings/" "$corpus" "$here/Corpus/$target" \
        >"$scratch/$target.log" 2>&1 || {
        tail -n 60 "$scratch/$target.log"
        echo "run.sh: $target broke; the input is in $findings" >&2
        return 1
    }
    grep -E '^#[0-9]+.DONE|^stat::(number_of_executed_units|peak_rss_mb)' "$scratch/$target.log"
}

case "${1:-all}" in
    -h | --help) usage ;;
    all)
        build
        failed=0
        for target in $(targets); do fuzz "$target" 10 || failed=1; done
        exit $failed
        ;;
    minimize)
        build
        fuzzer "$2" -merge=1 "$here/Corpus/$2" "$scratch/corpus/$2"
        ;;
    *)
        if [[ ! -d $here/Corpus/$1 ]]; then
            echo "run.sh: unknown target '$1'; there are: $(targets | tr '\n' ' ')" >&2
            exit 2
        fi
        build
        if (($# > 1)) && [[ -e $2 ]]; then
            fuzzer "$@"
        else
            fuzz "$1" "${2:-600}"
        fi
        ;;
esac
