# SPDX-License-Identifier: MIT OR Apache-2.0
# The drivers in a folder, as `cargo xtask` finds them: the folders in it that Kbuild can build, by the name in driver.toml, else by
# their own.
top:

let
  entries = builtins.readDir top;
  isDriver =
    name:
    entries.${name} == "directory"
    && builtins.any (file: builtins.pathExists (top + "/${name}/${file}")) [
      "Kbuild"
      "Makefile"
      "dkms.conf"
    ];
  nameOf =
    folder:
    let
      file = top + "/${folder}/driver.toml";
      manifest = if builtins.pathExists file then builtins.fromTOML (builtins.readFile file) else { };
    in
    manifest.name or folder;
in
builtins.listToAttrs (
  map (folder: {
    name = nameOf folder;
    value = top + "/${folder}";
  }) (builtins.filter isDriver (builtins.attrNames entries))
)
