# SPDX-License-Identifier: MIT OR Apache-2.0
# What became of described kernels, as far as it does not hang on the nixpkgs: { NAME = facts; } of a folder.
{
  root,
  directory,
  # Those that are asked about; all by default.
  names ? null,
  nixpkgs ? <nixpkgs>,
}:
let
  pkgs = import nixpkgs {
    config = { };
    overlays = [ (import (root + "/nix/kernel/overlay.nix") { inherit directory; }) ];
  };
  inherit (pkgs) lib;
  custom = import (root + "/nix/kernel/custom.nix") { inherit pkgs; };

  drivers = import (root + "/nix/extension.nix") { directory = root + "/nix/generated"; };

  facts =
    name: described:
    let
      packages = pkgs."linuxPackages_${name}";
      inherit (packages) kernel;
      # As NixOS does it with boot.kernelPatches.
      changed = kernel.override (old: {
        kernelPatches = old.kernelPatches or [ ] ++ [
          {
            name = "another";
            patch = null;
          }
        ];
      });
      # The one configuration that the kernel is built with is compared with what was wanted.
      isChecked =
        kernel:
        lib.hasInfix "why.pl" kernel.configfile.buildPhase
        &&
          lib.attrNames (builtins.getContext kernel.configurePhase) == [
            (builtins.unsafeDiscardStringContext kernel.configfile.drvPath)
          ];
      own = lib.subtractLists [
        "bridge-stp-helper"
        "request-key-helper"
      ];
    in
    {
      # Of one that is not nixpkgs' own the whole is known.
      release =
        if (custom.read (directory + "/${name}.toml")) ? version then kernel.modDirVersion else null;
      suffix = lib.removePrefix (lib.versions.pad 3 kernel.version) kernel.modDirVersion;
      compiler = lib.last (
        lib.splitString "/" (lib.removePrefix "CC=" (lib.head kernel.commonMakeFlags))
      );
      arch = lib.findFirst (lib.hasPrefix "ARCH=") null kernel.commonMakeFlags;
      patches = own (map (it: it.name) kernel.kernelPatches);
      checked = isChecked kernel && isChecked changed;
      inSet = pkgs.linuxKernel.kernels."linux_${name}".drvPath == described.drvPath;
      module = lib.isString (packages.extend drivers).foobar.drvPath;
      environment = lib.isString (custom.environment (directory + "/${name}.toml")).drvPath;
      shell = lib.isString (custom.shell (directory + "/${name}.toml") { }).drvPath;
    };
in
lib.mapAttrs facts (
  lib.filterAttrs (name: _: names == null || lib.elem name names) (custom.kernels directory)
)
