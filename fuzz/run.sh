#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# Fuzzes one target for so many seconds: fuzz/run.sh judge 600. Further words go to libFuzzer. README.md says more.
set -eu
cd "$(dirname "$0")"
target=${1:?"name a target: judge, report, tap, manifest or settings"}
seconds=${2:-600}
shift; [ $# -eq 0 ] || shift
corpus=corpus/$target
mkdir -p "$corpus" "artifacts/$target"

# What is known to be interesting is where it begins.
case $target in
judge)
    for run in ../tests/transcripts/*/; do
        {
            cat "$run/run.json"; printf '\n\0\n'
            cat "$run/console.log" 2>/dev/null || :; printf '\n\0\n'
            cat "$run/results.ktap" 2>/dev/null || :; printf '\n\0\n'
            cat "$run/symbols.json" 2>/dev/null || :; printf '\n\0\n'
            cat "$run/exports.json" 2>/dev/null || :
        } >"$corpus/$(basename "$run")"
    done
    ;;
report)
    for run in ../tests/transcripts/*/; do
        nonce=$(sed -n 's/.*"nonce": "\(.*\)".*/\1/p' "$run/run.json")
        [ ! -f "$run/results.ktap" ] || sed "s/$nonce/n/" "$run/results.ktap" >"$corpus/$(basename "$run")"
    done
    ;;
manifest)
    for file in ../driver/*.toml ../driver/*/*.toml ../tests/zoo/*/driver.toml ../qc71-laptop/driver.toml; do
        [ ! -f "$file" ] || cp "$file" "$corpus/$(echo "$file" | tr / -)"
    done
    ;;
esac
[ ! -d "regressions/$target" ] || cp "regressions/$target"/* "$corpus/"

# Not --locked: what xtask depends on changes without this folder.
cargo build --release --bin "$target"
dictionary=
[ ! -f "dictionaries/$target" ] || dictionary=-dict=dictionaries/$target
# A unit that takes longer than -timeout is a failure: nothing that is read here may take more than linear time.
exec target/x86_64-unknown-linux-gnu/release/"$target" "$corpus" $dictionary -max_total_time="$seconds" -timeout=10 \
    -max_len=65536 -rss_limit_mb=2048 -artifact_prefix="artifacts/$target/" -print_final_stats=1 "$@"
