# SPDX-License-Identifier: MIT OR Apache-2.0
# The drivers' NixOS modules by their names, as paths: NUR wants no functions here.
let
  directory = ../pkgs/linux-packages;
  file = name: directory + "/${name}/module.nix";
  names = builtins.filter (name: builtins.pathExists (file name)) (
    builtins.attrNames (builtins.readDir directory)
  );
in
builtins.listToAttrs (
  map (name: {
    inherit name;
    value = file name;
  }) names
)
