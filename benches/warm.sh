#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# How much does `cargo xtask vm-test` cost over doing the same by hand, when kernel and tools are in the cache?
#
# In turn, ROUNDS times: ours, then by hand, which is the very `make` and the very QEMU command line that ours ran,
# with the host's programs and nothing around them. Prints medians, their ratio, and the CPU time of the workbench itself.
# Needs make, gcc and qemu-system-x86_64 on the host; timing decides no test.
#
# Usage: benches/warm.sh [DRIVER [KERNEL]]     (ROUNDS=7)
set -eu
cd "$(dirname "$0")/.."
driver=${1:-driver} kernel=${2:-6_1} rounds=${ROUNDS:-7}
for tool in make gcc qemu-system-x86_64; do
    command -v "$tool" >/dev/null || { echo "benches/warm.sh: the host has no $tool" >&2; exit 2; }
done
cargo build --quiet --locked --package xtask
xtask=${CARGO_TARGET_DIR:-target}/debug/xtask
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT

ours() { "$xtask" vm-test --force --verbose --kernel "$kernel" "$driver"; }
seconds() { local start end; start=$(date +%s%N); "$@" >"$log/out" 2>"$log/err"; end=$(date +%s%N); echo $(((end - start) / 1000000)); }
median() { sort -n "$1" | sed -n "$(((rounds + 1) / 2))p"; }

ours >/dev/null 2>"$log/commands"
make=$(sed -n 's/^\$ \(make .*\)/\1/p' "$log/commands" | head -n 1)
qemu=$(sed -n 's/^\$ \(qemu-system-x86_64 .*\)/\1/p' "$log/commands" | head -n 1)
# Debian's headers ask for the compiler that they were made with; any gcc of the host's will do here.
compiler=gcc
# Its files are of a run that is over; the console and the report may be written again.
by_hand() { eval "$make CC=$compiler" && { eval "$qemu" || [ $? = 33 ]; }; }

for ((round = 0; round < rounds; round++)); do
    seconds ours >>"$log/ours"
    sed -n 's/.*itself used \([0-9]*\) ms of CPU.*/\1/p' "$log/err" >>"$log/own"
    seconds by_hand >>"$log/hand"
done
ours=$(median "$log/ours") hand=$(median "$log/hand") own=$(median "$log/own")
echo "$driver on $kernel, medians of $rounds: ours $ours ms, by hand $hand ms, ratio $((ours * 100 / hand))/100;" \
    "the workbench itself used $own ms of CPU"
