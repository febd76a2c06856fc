# SPDX-License-Identifier: MIT OR Apache-2.0
# nix/matrix.nix with the stand-in for nixpkgs, or another that works over the sandbox's tools, and with the workbench as cargo has
# built it. The program runs in the sandbox with the libc of what is mounted there, which is newer than most hosts'.
{
  # The program `xtask`.
  program,
  # What makes a nixpkgs.
  nixpkgs ? import <nixpkgs>,
  # Further arguments of nix/matrix.nix.
  ...
}@args:

let
  top = ../..;
  pkgs = nixpkgs {
    config = { };
    overlays = [
      (final: _: {
        # What nixpkgs has and the sandbox mounts.
        inherit (import ../nixpkgs/roots.nix { inherit (final) lib writeShellScriptBin runCommandLocal; })
          busybox
          qemu_test
          ;
        pkgsStatic = { inherit (final) busybox; };
        acpica-tools = final.tool "acpica-tools";
        glibc.static = final.tool "glibc";

        xtask = final.runCommand "xtask" { inherit program; } ''
          mkdir -p "$out/bin" "$out/share/module-workbench"
          strip -S -o "$out/bin/xtask" "$program"
          cp -r ${top + "/qemu"} "$out/share/module-workbench/qemu"
        '';
      })
    ];
  };
in
import (top + "/nix/matrix.nix") (
  {
    inherit pkgs;
    inherit (pkgs) xtask;
  }
  // removeAttrs args [
    "program"
    "nixpkgs"
  ]
)
// {
  inherit pkgs;
}
