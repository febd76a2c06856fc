# SPDX-License-Identifier: MIT OR Apache-2.0
# Attribute sets.
{ lib }:
{
  inherit (builtins)
    attrNames
    attrValues
    catAttrs
    hasAttr
    intersectAttrs
    listToAttrs
    mapAttrs
    removeAttrs
    ;

  attrsets = {
    inherit (lib)
      attrByPath
      concatMapAttrs
      filterAttrs
      foldlAttrs
      genAttrs
      getBin
      getDev
      getLib
      getOutput
      hasAttrByPath
      isDerivation
      mapAttrs
      mapAttrs'
      mapAttrsToList
      mergeAttrsList
      nameValuePair
      optionalAttrs
      recurseIntoAttrs
      recursiveUpdate
      ;
  };

  nameValuePair = name: value: { inherit name value; };
  optionalAttrs = condition: set: if condition then set else { };
  genAttrs = names: f: builtins.listToAttrs (map (name: lib.nameValuePair name (f name)) names);
  genAttrs' = list: f: builtins.listToAttrs (map f list);
  filterAttrs =
    keep: set:
    removeAttrs set (builtins.filter (name: !keep name set.${name}) (builtins.attrNames set));
  mapAttrs' = f: set: builtins.listToAttrs (lib.mapAttrsToList f set);
  mapAttrsToList = f: set: map (name: f name set.${name}) (builtins.attrNames set);
  attrsToList = lib.mapAttrsToList lib.nameValuePair;
  concatMapAttrs = f: set: lib.mergeAttrsList (lib.mapAttrsToList f set);
  foldlAttrs =
    f: start: set:
    builtins.foldl' (result: name: f result name set.${name}) start (builtins.attrNames set);
  mergeAttrsList = builtins.foldl' (all: set: all // set) { };
  mergeAttrs = a: b: a // b;
  getAttrs = names: set: lib.genAttrs names (name: set.${name});
  attrVals = names: set: map (name: set.${name}) names;
  attrByPath =
    path: default: set:
    if path == [ ] then
      set
    else if builtins.isAttrs set && set ? ${builtins.head path} then
      lib.attrByPath (builtins.tail path) default set.${builtins.head path}
    else
      default;
  hasAttrByPath =
    path: set:
    path == [ ]
    || (
      builtins.isAttrs set
      && set ? ${builtins.head path}
      && lib.hasAttrByPath (builtins.tail path) set.${builtins.head path}
    );
  attrFromPath =
    path: set:
    lib.attrByPath path (throw "there is no attribute `${builtins.concatStringsSep "." path}`") set;
  getAttrFromPath = lib.attrFromPath;
  setAttrByPath =
    path: value:
    if path == [ ] then
      value
    else
      { ${builtins.head path} = lib.setAttrByPath (builtins.tail path) value; };
  recursiveUpdate =
    a: b:
    a
    // builtins.mapAttrs (
      name: new:
      if builtins.isAttrs new && builtins.isAttrs (a.${name} or null) then
        lib.recursiveUpdate a.${name} new
      else
        new
    ) b;
  mapAttrsRecursive = f: lib.mapAttrsRecursiveCond (_: true) f;
  mapAttrsRecursiveCond =
    goOn: f: set:
    let
      walk =
        path:
        builtins.mapAttrs (
          name: value:
          if builtins.isAttrs value && goOn value then
            walk (path ++ [ name ]) value
          else
            f (path ++ [ name ]) value
        );
    in
    walk [ ] set;
  collect =
    fits: set:
    if fits set then
      [ set ]
    else if builtins.isAttrs set then
      builtins.concatMap (lib.collect fits) (builtins.attrValues set)
    else
      [ ];

  isDerivation = it: it.type or null == "derivation";
  recurseIntoAttrs = set: set // { recurseForDerivations = true; };
  dontRecurseIntoAttrs = set: set // { recurseForDerivations = false; };

  # An output by its name; of a package without it, the whole package.
  getOutput =
    name: package:
    if package.outputSpecified or false then package else package.${name} or package.out or package;
  getFirstOutput =
    names: package: lib.getOutput (lib.findFirst (name: package ? ${name}) "out" names) package;
  getBin = lib.getOutput "bin";
  getLib = lib.getOutput "lib";
  getDev = lib.getOutput "dev";
  getMan = lib.getOutput "man";
}
