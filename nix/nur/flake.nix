# SPDX-License-Identifier: MIT OR Apache-2.0
{
  description = "Kernel modules for NixOS";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixpkgs-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      forAllSystems = lib.genAttrs [
        "x86_64-linux"
        "aarch64-linux"
      ];
      isPackage = _: value: lib.isDerivation value && value.meta.available or true;
    in
    {
      legacyPackages = forAllSystems (system: import ./. { pkgs = nixpkgs.legacyPackages.${system}; });
      packages = forAllSystems (system: lib.filterAttrs isPackage self.legacyPackages.${system});
      nixosModules = import ./modules;
      overlays = import ./overlays // {
        default = import ./overlay.nix;
      };
    };
}
