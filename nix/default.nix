# SPDX-License-Identifier: MIT OR Apache-2.0
# What the workbench has for Nix, whatever the system is: overlays, and NixOS modules as paths.
let
  generated = ./generated;
  names = builtins.attrNames (builtins.readDir generated);
  drivers = builtins.filter (name: builtins.pathExists (generated + "/${name}/package.nix")) names;
in
{
  # The names of the packaged drivers: attributes of every kernel's package set.
  inherit drivers;

  overlays.default = import ./overlay.nix {
    extension = import ./extension.nix { directory = generated; };
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
