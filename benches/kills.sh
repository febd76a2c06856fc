#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Is there a moment at which `kill -9` harms? Kills `cargo xtask vm-test` KILLS times at moments of chance, beginning with an
# empty cache: while it fetches, unpacks, builds, boots. After each kill no process may live on; after every PART of them a run
# must come to the right verdict and leave nothing unfinished in the cache, which is then emptied. Needs the network.
#
# Usage: benches/kills.sh [DRIVER [KERNEL]]     (KILLS=50 PART=10 SEED=1 DIR=/dev/shm)
set -eu
cd "$(dirname "$0")/.."
driver=${1:-tests/zoo/clean} kernel=${2:-6_1-cloud} kills=${KILLS:-50} part=${PART:-10} RANDOM=${SEED:=$$}
cargo build --quiet --locked --package xtask
# A name that no other run has on its command line.
dir=$(mktemp -d -p "${DIR:-${TMPDIR:-/tmp}}")
trap 'rm -rf "$dir"' EXIT
cp "${CARGO_TARGET_DIR:-target}/debug/xtask" "$dir/xtask"
export WORKBENCH_CACHE=$dir/cache CARGO_TARGET_DIR=$dir/target

run() { exec "$dir/xtask" vm-test --force --kernel "$kernel" "$driver"; }
milliseconds() { echo $(($(date +%s%N) / 1000000)); }
# The folder is named in a file, or the search would find itself.
echo "$dir" >"$dir/marker"
living() { (cd "$dir" && grep -lzFf marker /proc/[0-9]*/cmdline 2>/dev/null | cut -d / -f 3) || true; }
left() { for kind in tmp partial; do [ ! -d "$dir/cache/$kind" ] || find "$dir/cache/$kind" -mindepth 1 -maxdepth 1; done; }
fail() { echo "benches/kills.sh: seed $SEED, kill $kill after $delay ms: $1" >&2; exit 1; }

kill=0 delay=0 interrupted=0 finished=0
start=$(milliseconds)
(run) >"$dir/out" 2>&1 || fail "a run that nobody kills fails: $(cat "$dir/out")"
whole=$(($(milliseconds) - start))
echo "seed $SEED; a whole run takes $whole ms"
# Only those that hit a run count.
while [ $interrupted -lt $kills ]; do
    kill=$((kill + 1))
    [ $((kill % part)) != 1 ] || { rm -rf "$dir/cache" "$dir/target"; range=$whole; }
    delay=$((RANDOM * range / 32768))
    (run) >"$dir/out" 2>&1 &
    pid=$!
    sleep "$((delay / 1000)).$(printf %03d $((delay % 1000)))"
    # What is in the cache is not made again: a run that was done by then is a sign that runs take less time now.
    if kill -9 $pid 2>/dev/null; then interrupted=$((interrupted + 1)); else finished=$((finished + 1)) range=$delay; fi
    status=0; wait $pid 2>/dev/null || status=$?
    [ $status = 137 ] || [ $status = 0 ] || fail "it ended by itself with status $status: $(cat "$dir/out")"
    # The kernel takes its time to end the children.
    for ((wait = 0; wait < 100; wait++)); do [ -n "$(living)" ] || break; sleep 0.05; done
    [ -z "$(living)" ] || fail "left behind: $(living | xargs -r ps -o pid,args -p)"
    if [ $((kill % part)) = 0 ]; then
        (run) >"$dir/out" 2>&1 || fail "the next run fails: $(cat "$dir/out")"
        grep -q '^ pass ' "$dir/out" || fail "the next run has not passed: $(cat "$dir/out")"
        [ -z "$(left)" ] || fail "the next run has left in the cache: $(left)"
    fi
done
echo "$interrupted kills hit a run, $finished came too late: every run after them was right, nothing was left"
