#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# How much does fetching a kernel cost over doing the same by hand, `curl` of its packages and `dpkg-deb -x` of each?
#
# In turn, ROUNDS times: ours, `cargo xtask kernels fetch`, with a cache that has the tools and the lists of packages but no
# kernel; the same with the kernel there but not its name, which is what reading the lists takes; then by hand, one package after the other. Every round has folders of its own, which are removed at the end: ext4 is
# slow where much has just been removed, for minutes, and DIR on a tmpfs leaves that out. Prints medians of wall and CPU
# time, and ratios of ours without the lists. Needs curl and dpkg-deb on the host, and the network; timing decides no test.
#
# Usage: benches/fetch.sh [KERNEL]     (ROUNDS=5 DIR=/dev/shm)
set -eu
cd "$(dirname "$0")/.."
kernel=${1:-6_12-cloud} rounds=${ROUNDS:-5}
for tool in curl dpkg-deb; do
    command -v "$tool" >/dev/null || { echo "benches/fetch.sh: the host has no $tool" >&2; exit 2; }
done
cargo build --quiet --locked --package xtask
xtask=${CARGO_TARGET_DIR:-target}/debug/xtask
cache=${WORKBENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/module-workbench}
# Tools and lists.
"$xtask" kernels fetch "$kernel" >/dev/null
dir=$(mktemp -d -p "${DIR:-${TMPDIR:-/tmp}}")
trap 'rm -rf "$dir"' EXIT

# Milliseconds of wall and of CPU time that a command takes.
TIMEFORMAT='%R %U %S'
measure() {
    local wall user system
    { time "$@" >"$dir/out" 2>"$dir/err"; } 2>"$dir/time" || { cat "$dir/err" >&2; exit 1; }
    read -r wall user system <"$dir/time"
    awk "BEGIN { printf \"%d %d\n\", $wall * 1000, ($user + $system) * 1000 }"
}
median() { sort -n | sed -n "$(((rounds + 1) / 2))p"; }
ours() { WORKBENCH_CACHE=$1 "$xtask" kernels fetch "$kernel"; }
by_hand() {
    mkdir "$1"
    while read -r url; do
        curl --silent --show-error --fail --location --output "$1/package.deb" "$url"
        dpkg-deb -x "$1/package.deb" "$1/root"
    done <"$dir/urls"
}

# A cache without kernels, in which only tool roots are pinned.
fresh() {
    mkdir -p "$1/pins"
    ln -s "$cache/roots" "$1/roots"
    cp -a "$cache/debian" "$1/debian"
    cp -a "$cache"/pins/*-root "$1/pins/"
    cp -a "$dir"/first/pins/root-* "$1/pins/" 2>/dev/null || true
}
fresh "$dir/first"
ours "$dir/first" >/dev/null 2>&1

# What ours has fetched, by name and version, as the lists of packages have it.
record=$(echo "$dir"/first/kernels/*/kernel.json)
release=$(sed -n 's/.*"release": "\(.*\)",/\1/p' "$record")
suite=$(sed -n 's/.*"origin": "Debian \([^ ]*\) .*/\1/p' "$record")
version=$(sed -n 's/.*"origin": "Debian [^ ]* \(.*\)",/\1/p' "$record")
common=$(sed -n 's,.*/\.\./\(linux-headers-[^/]*\)/Makefile.*,\1,p' "$dir/first/kernels/"*"/usr/src/linux-headers-$release/Makefile" | head -n 1)
mirror=$("$xtask" doctor | sed -n 's,.* archive  *\(http[^ ]*\).*,\1,p')
case $suite in *-security) mirror=$mirror-security ;; esac
awk -v RS= -v version="$version" -v release="$release" -v common="$common" -v mirror="$mirror" '
    match($0, /Package: [^\n]*/) { name = substr($0, 10, RLENGTH - 9) }
    index($0, "\nVersion: " version "\n") && (name == common || name ~ /^linux-kbuild-/ ||
        name ~ /^linux-(image|binary|modules|base|headers)-/ && substr(name, index(name, release)) == release) {
        match($0, /\nFilename: [^\n]*/); print mirror "/" substr($0, RSTART + 11, RLENGTH - 11)
    }' "$dir/first/debian/"*"/$suite/Packages" >"$dir/urls"
[ -s "$dir/urls" ] || { echo "benches/fetch.sh: found no packages of $release $version in $suite at $mirror" >&2; exit 2; }

for ((round = 0; round < rounds; round++)); do
    fresh "$dir/ours-$round"
    measure ours "$dir/ours-$round" >"$dir/whole"
    rm "$dir/ours-$round"/pins/debian*
    measure ours "$dir/ours-$round" >"$dir/lists"
    cut -d ' ' -f 1 "$dir/lists" >>"$dir/list"
    paste -d ' ' "$dir/whole" "$dir/lists" | awk '{ print $1 - $3, $2 - $4 }' >>"$dir/ours"
    measure by_hand "$dir/hand-$round" >>"$dir/hand"
done
column() { cut -d ' ' -f "$2" "$dir/$1" | median; }
ours=$(column ours 1) hand=$(column hand 1) ours_cpu=$(column ours 2) hand_cpu=$(column hand 2)
echo "$release, $(wc -l <"$dir/urls") packages, medians of $rounds: ours $ours ms, by hand $hand ms, ratio $((ours * 100 / hand))/100;" \
    "CPU time $ours_cpu and $hand_cpu ms, ratio $((ours_cpu * 100 / hand_cpu))/100;" \
    "the lists $(median <"$dir/list") ms; on disk $(du -sm "$dir"/ours-0/kernels | cut -f 1) and $(du -sm "$dir"/hand-0/root | cut -f 1) MB"
