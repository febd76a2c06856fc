# SPDX-License-Identifier: MIT OR Apache-2.0
# Packages in folders.
{ lib }:
let
  packages =
    {
      callPackage,
      directory,
      ...
    }@args:
    let
      entries = builtins.readDir directory;
      one =
        name:
        let
          path = directory + "/${name}";
        in
        if entries.${name} == "directory" then
          { ${name} = lib.packagesFromDirectoryRecursive (args // { directory = path; }); }
        else if lib.hasSuffix ".nix" name then
          { ${lib.removeSuffix ".nix" name} = callPackage path { }; }
        else
          { };
    in
    if entries ? "package.nix" then
      callPackage (directory + "/package.nix") { }
    else
      lib.mergeAttrsList (map one (builtins.attrNames entries));
in
{
  packagesFromDirectoryRecursive = packages;
  filesystem = {
    packagesFromDirectoryRecursive = packages;
    listFilesRecursive =
      folder:
      lib.flatten (
        lib.mapAttrsToList (
          name: type:
          if type == "directory" then
            lib.filesystem.listFilesRecursive (folder + "/${name}")
          else
            folder + "/${name}"
        ) (builtins.readDir folder)
      );
    pathType =
      path:
      if toString path == "/" then "directory" else (builtins.readDir (dirOf path)).${baseNameOf path};
    pathIsDirectory = path: builtins.pathExists path && lib.filesystem.pathType path == "directory";
    pathIsRegularFile = path: builtins.pathExists path && lib.filesystem.pathType path == "regular";
  };
}
