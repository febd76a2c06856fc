# SPDX-License-Identifier: MIT OR Apache-2.0
# The workbench for those who have no flakes; flake.nix has the same under the names that flakes have for it:
# `nix-build -A linuxPackages_6_12.foobar`, `nix-build -A jobs.x86_64.linux_6_12.foobar.boot`.
{
  pkgs ? import <nixpkgs> { },
}:
let
  own = import ./nix;
  extended = (pkgs.extend own.overlays.kernels).extend own.overlays.default;
  isSet = name: _: builtins.match "linuxPackages(_.*)?" name != null;
in
own
// extended.lib.filterAttrs isSet extended
// {
  inherit (extended) linuxKernel linuxPackagesFor;

  # Drivers × kernels × architectures: docs/nix-matrix.md.
  inherit (import ./nix/matrix.nix { pkgs = extended; })
    jobs
    checks
    supported
    cells
    ;

  xtask = extended.callPackage ./nix/xtask.nix { };

  shell = extended.linuxPackages.callPackage ./nix/shell.nix { };
}
