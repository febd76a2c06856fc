# SPDX-License-Identifier: MIT OR Apache-2.0
# What a CI service builds: `nix-build ci.nix -A buildOutputs`, and what of it is worth a binary cache: `-A cacheOutputs`.
{
  pkgs ? import <nixpkgs> { },
}:
let
  inherit (pkgs) lib;
  reserved = [
    "lib"
    "modules"
    "nixosModules"
    "overlays"
  ];
  flattened =
    value:
    if lib.isDerivation value then
      [ value ]
    else if lib.isAttrs value && value.recurseForDerivations or false then
      lib.concatMap flattened (lib.attrValues value)
    else
      [ ];
  isFree =
    package: lib.all (licence: licence.free or true) (lib.toList (package.meta.license or [ ]));
  isBuildable = package: !(package.meta.broken or false) && isFree package;
  isCacheable = package: !(package.preferLocalBuild or false);
  outputs = lib.concatMap (package: map (output: package.${output}) package.outputs);
in
rec {
  packages = flattened (
    lib.recurseIntoAttrs (removeAttrs (import ./default.nix { inherit pkgs; }) reserved)
  );
  buildPkgs = lib.filter isBuildable packages;
  cachePkgs = lib.filter isCacheable buildPkgs;
  buildOutputs = outputs buildPkgs;
  cacheOutputs = outputs cachePkgs;
}
