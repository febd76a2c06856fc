# SPDX-License-Identifier: MIT OR Apache-2.0
# The packages; `lib`, `modules`, `nixosModules` and `overlays` are names that NUR has given a meaning.
{
  pkgs ? import <nixpkgs> { },
}:
{
  lib = import ./lib { inherit pkgs; };
  modules = import ./modules;
  nixosModules = import ./modules;
  overlays = import ./overlays;
}
// import ./nix/kernel-modules.nix { inherit pkgs; }
