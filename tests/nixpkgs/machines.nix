# SPDX-License-Identifier: MIT OR Apache-2.0
# QEMU and busybox: the workbench's own, from a tool root that the sandbox mounts at /workbench/vm. It is another suite's, so that
# its programs are started by its own loader.
{ writeShellScriptBin, runCommandLocal }:
rec {
  qemu = writeShellScriptBin "qemu-system-x86_64" ''
    usr=/workbench/vm/usr
    export QEMU_MODULE_DIR=$usr/lib/x86_64-linux-gnu/qemu
    exec "$usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" --library-path "$usr/lib/x86_64-linux-gnu" \
      "$usr/bin/qemu-system-x86_64" -L "$usr/share/qemu" -L "$usr/share/seabios" "$@"
  '';
  qemu_test = qemu;
  qemu_kvm = qemu;
  # As a file and not as a link, since it is copied into machines.
  busybox = runCommandLocal "busybox" { meta.mainProgram = "busybox"; } ''
    mkdir -p "$out/bin"
    cp /workbench/vm/usr/bin/busybox "$out/bin/"
  '';
}
