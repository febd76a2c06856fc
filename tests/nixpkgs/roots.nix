# SPDX-License-Identifier: MIT OR Apache-2.0
# What is in no compiler's root: QEMU and busybox, the workbench's own, which the sandbox mounts at /workbench/vm; and what unpacks
# packages of other distributions, at /workbench/unpackers. They are another suite's, so that their programs are started by their
# own loader.
{
  lib,
  writeShellScriptBin,
  runCommandLocal,
}:
let
  # A program of a root, after lines of shell.
  start =
    root: name: before: arguments:
    writeShellScriptBin name ''
      usr=/workbench/${root}/usr
      ${before}
      exec "$usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" --library-path "$usr/lib/x86_64-linux-gnu" \
        "$usr/bin/${name}" ${arguments} "$@"
    '';
in
rec {
  qemu = start "vm" "qemu-system-x86_64" ''
    export QEMU_MODULE_DIR=$usr/lib/x86_64-linux-gnu/qemu
  '' ''-L "$usr/share/qemu" -L "$usr/share/seabios"'';
  qemu_test = qemu;
  qemu_kvm = qemu;
  # As a file and not as a link, since it is copied into machines.
  busybox = runCommandLocal "busybox" { meta.mainProgram = "busybox"; } ''
    mkdir -p "$out/bin"
    cp /workbench/vm/usr/bin/busybox "$out/bin/"
  '';
}
// lib.mapAttrs (_: name: start "unpackers" name "" "") {
  libarchive = "bsdtar";
  zstd = "zstd";
}
