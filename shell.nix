# SPDX-License-Identifier: MIT OR Apache-2.0
# `nix-shell`: for nixpkgs' default kernel; `nix-shell --argstr kernel linux_6_6`: for another.
{
  pkgs ? import <nixpkgs> { },
  kernel ? null,
}:
let
  packages = if kernel == null then pkgs.linuxPackages else pkgs.linuxKernel.packages.${kernel};
in
packages.callPackage ./nix/shell.nix { }
