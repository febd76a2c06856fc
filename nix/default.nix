# SPDX-License-Identifier: MIT OR Apache-2.0
# What the workbench has for Nix, whatever the system is: overlays, and NixOS modules as paths.
let
  generated = ./generated;
  drivers = builtins.filter (name: builtins.pathExists (generated + "/${name}/package.nix")) (
    builtins.attrNames (builtins.readDir generated)
  );
in
{
  # The names of the packaged drivers: attributes of every kernel's package set.
  inherit drivers;

  overlays = {
    # The drivers, in the package sets of all kernels.
    default = import ./overlay.nix {
      extension = import ./extension.nix { directory = generated; };
    };
    # The kernels that are described in ./kernels.
    kernels = import ./kernel/overlay.nix { directory = ./kernels; };
  };

  nixosModules =
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = generated + "/${name}/module.nix";
      }) drivers
    )
    // {
      precompiled = ./nixos/precompiled.nix;
    };
}
