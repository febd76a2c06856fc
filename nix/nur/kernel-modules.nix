# SPDX-License-Identifier: MIT OR Apache-2.0
# The kernel modules as packages: for nixpkgs' default kernel by their own names, and a set for each kernel, such as
# `linuxPackages_6_12`. For a system take the overlay or a NixOS module: a module fits the one kernel it was built for.
{ pkgs }:
let
  inherit (pkgs) lib;
  directory = ../pkgs/linux-packages;
  extension = import ./extension.nix { inherit directory; };
  isPackage = name: builtins.pathExists (directory + "/${name}/package.nix");
  names = builtins.filter isPackage (builtins.attrNames (builtins.readDir directory));
  modulesOf = set: lib.getAttrs names (set.extend extension);
  # The sets of upstream's kernels that this nixpkgs has; those that are gone throw.
  isThere = set: (builtins.tryEval (set ? extend)).value;
  sets = lib.filterAttrs (_: isThere) (pkgs.linuxKernel.vanillaPackages or { });
in
lib.mapAttrs' (
  kernel: set:
  lib.nameValuePair (lib.replaceStrings [ "linux_" ] [ "linuxPackages_" ] kernel) (
    lib.recurseIntoAttrs (modulesOf set)
  )
) sets
// modulesOf pkgs.linuxPackages
