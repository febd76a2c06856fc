# SPDX-License-Identifier: MIT OR Apache-2.0
# The packages of a folder, each a file NAME/package.nix, as an extension of one kernel's set of packages:
# `(pkgs.linuxPackagesFor kernel).extend (import ./extension.nix { directory = ./packages; })`.
{ directory }:
kfinal: _:
let
  file = name: directory + "/${name}/package.nix";
  names = builtins.filter (name: builtins.pathExists (file name)) (
    builtins.attrNames (builtins.readDir directory)
  );
  # What a set of packages is made by. A package of such a name would break all others, by errors that don't name it.
  reserved = [
    "__unfix__"
    "callPackage"
    "extend"
    "kernel"
    "kernelAtLeast"
    "kernelModuleMakeFlags"
    "kernelOlder"
    "newScope"
    "override"
    "recurseForDerivations"
    "stdenv"
    "type"
  ];
  package =
    name:
    if builtins.elem name reserved then
      throw ''
        the folder `${toString directory}` has a package `${name}`, which is a name that every kernel's packages need themselves
        help: call its folder otherwise''
    else
      {
        inherit name;
        value = kfinal.callPackage (file name) { };
      };
in
builtins.listToAttrs (map package names)
