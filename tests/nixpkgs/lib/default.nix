# SPDX-License-Identifier: MIT OR Apache-2.0
# The functions of nixpkgs' `lib` that packages and overlays of ours use. They mean what nixpkgs' functions of these names mean.
let
  parts = [
    ./trivial.nix
    ./lists.nix
    ./attrsets.nix
    ./strings.nix
    ./versions.nix
    ./fixed-points.nix
    ./customisation.nix
    ./derivations.nix
    ./meta.nix
    ./kernel.nix
    ./sources.nix
    ./fileset.nix
    ./filesystem.nix
  ];
  lib = builtins.foldl' (all: part: all // import part { inherit lib; }) { } parts;
in
lib
