# SPDX-License-Identifier: MIT OR Apache-2.0
# Sets of files. Here a set is a function that says of a file whether it is in.
{ lib }:
let
  set = holds: {
    _type = "fileset";
    inherit holds;
  };
  missing = path: throw "lib.fileset: `${toString path}` does not exist";
  within = folder: path: path == folder || lib.hasPrefix "${folder}/" path;
  # A path stands for itself and all below it.
  make =
    it:
    if it._type or null == "fileset" then
      it
    else if !builtins.isPath it then
      throw "lib.fileset: `${toString it}` is neither a path nor a set of files"
    else if !builtins.pathExists it then
      missing it
    else
      set (path: _: within (toString it) path);
  both =
    join: a: b:
    set (path: type: join ((make a).holds path type) ((make b).holds path type));
  # Folders without a file of the set are left out.
  any =
    holds: folder:
    let
      entries = builtins.readDir folder;
    in
    builtins.any (
      name:
      let
        path = "${folder}/${name}";
      in
      if entries.${name} == "directory" then any holds path else holds path entries.${name}
    ) (builtins.attrNames entries);
in
{
  fileset = rec {
    unions = list: builtins.foldl' union (set (_: _: false)) list;
    union = both (a: b: a || b);
    intersection = both (a: b: a && b);
    difference = both (a: b: a && !b);
    maybeMissing = path: if builtins.pathExists path then make path else set (_: _: false);
    fileFilter =
      keep: folder:
      set (
        path: type:
        within (toString folder) path
        && keep {
          name = baseNameOf path;
          inherit type;
          hasExt = ext: lib.hasSuffix ".${ext}" (baseNameOf path);
        }
      );
    toSource =
      { root, fileset }:
      let
        inherit (make fileset) holds;
        path = builtins.path {
          path = root;
          name = "source";
          filter = path: type: if type == "directory" then any holds path else holds path type;
        };
      in
      {
        origin = root;
        name = "source";
        outPath = path;
        _isLibCleanSourceWith = true;
        filter = _: _: true;
      };
  };
}
