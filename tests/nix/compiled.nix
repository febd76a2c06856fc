# SPDX-License-Identifier: MIT OR Apache-2.0
# A kernel that is described, the teaching driver for it, and both in a machine: what `compiled.rs` builds.
{
  # The description.
  description,
  # The program `xtask`.
  program,
  # What makes a nixpkgs.
  nixpkgs ? import <nixpkgs>,
}:
let
  described = pkgs: (import ../../nix/kernel/custom.nix { inherit pkgs; }).kernel description;
  matrix = import ./matrix.nix {
    inherit program nixpkgs;
    kernels = { inherit described; };
    drivers.foobar = ../../driver;
    debugInfo = false;
  };
in
{
  kernel = described matrix.pkgs;
  inherit (matrix.jobs.x86_64.linux_described.foobar) module modinfo boot;
}
