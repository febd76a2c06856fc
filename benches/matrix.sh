#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# How well does `cargo xtask vm-test` use the cores of a host with a matrix, when kernels and tools are in the cache?
#
# ROUNDS times everything is built and run anew. Prints the medians of the wall time and of the CPU time of the workbench and
# all its children, and the wall time over what the CPU time would take on all cores with nothing wasted: 100/100 is perfect.
# Other work on the host makes it worse. Timing decides no test.
#
# Usage: benches/matrix.sh [DRIVER [KERNEL...]]     (ROUNDS=5)
set -eu
cd "$(dirname "$0")/.."
driver=${1:-driver} rounds=${ROUNDS:-5}
shift $(($# > 0))
[ $# -gt 0 ] || set -- 5_10 5_10-cloud 6_1 6_1-cloud 6_12 6_12-cloud
cargo build --quiet --locked --package xtask
xtask=${CARGO_TARGET_DIR:-target}/debug/xtask
cores=$(nproc)
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT

ours() { "$xtask" vm-test --force "$driver" "${@/#/--kernel=}" >"$log/out" 2>&1; }
median() { sort -n "$1" | sed -n "$(((rounds + 1) / 2))p"; }

# Seconds with three digits, and nothing else, from bash's own `time`.
TIMEFORMAT='%R %U %S'
ours "$@" || { cat "$log/out" >&2; exit 1; }
for ((round = 0; round < rounds; round++)); do
    { time ours "$@"; } 2>"$log/time"
    read -r wall user system <"$log/time"
    wall=$((10#${wall/./})) cpu=$((10#${user/./} + 10#${system/./}))
    echo "$wall" >>"$log/wall"
    echo "$cpu" >>"$log/cpu"
    echo $((wall * cores * 100 / cpu)) >>"$log/ratio"
done
echo "$driver on $# kernels and $cores cores, medians of $rounds: wall $(median "$log/wall") ms, CPU $(median "$log/cpu") ms," \
    "wall over CPU on all cores $(median "$log/ratio")/100"
