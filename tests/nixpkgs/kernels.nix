# SPDX-License-Identifier: MIT OR Apache-2.0
# `linuxKernel`: the kernels of this stand-in, and what makes a set of packages of one.
{
  lib,
  pkgs,
}:
let
  inherit (import ./kernel-names.nix) folders removed;
  kernels = lib.recurseIntoAttrs (
    builtins.mapAttrs (_: folder: pkgs.callPackage ./base-kernel.nix { inherit folder; }) folders
    # nixpkgs keeps the names of kernels that it has removed.
    // lib.genAttrs removed (
      name: throw "${name} was removed because it has reached its end of life upstream"
    )
  );
  inNumbers =
    names: builtins.sort (a: b: lib.versionOlder kernels.${a}.version kernels.${b}.version) names;
  newest = kernels.${lib.last (inNumbers (builtins.attrNames folders))};

  packagesFor =
    it:
    (lib.makeExtensible (self: {
      callPackage = pkgs.newScope self;
      kernel = it;
      inherit (it)
        stdenv
        isLTS
        isZen
        kernelOlder
        kernelAtLeast
        ;
      kernelModuleMakeFlags = self.kernel.commonMakeFlags ++ [
        "KBUILD_OUTPUT=${self.kernel.dev}/lib/modules/${self.kernel.modDirVersion}/build"
      ];
      recurseForDerivations = true;
    })).extend
      (lib.composeManyExtensions pkgs.kernelPackagesExtensions);
in
{
  inherit kernels packagesFor;
  packages = lib.recurseIntoAttrs (
    builtins.mapAttrs (_: pkgs.linuxKernel.packagesFor) (
      removeAttrs kernels [ "recurseForDerivations" ]
    )
  );
  packageAliases = {
    linux_default = pkgs.linuxKernel.packagesFor newest;
    linux_latest = pkgs.linuxKernel.packagesFor newest;
  };
  customPackage = _: throw "the stand-in for nixpkgs has no kernels by their configuration alone";
  inherit (import ./build-kernel.nix { inherit lib pkgs; }) buildLinux manualConfig;
}
