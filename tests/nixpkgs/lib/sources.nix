# SPDX-License-Identifier: MIT OR Apache-2.0
# Folders with less in them.
{ lib }:
{
  sources = {
    inherit (lib)
      cleanSource
      cleanSourceFilter
      cleanSourceWith
      sourceByRegex
      ;
  };

  cleanSourceWith =
    {
      src,
      filter ? _: _: true,
      name ? null,
    }:
    let
      origin = src.origin or src;
      keep = path: type: filter path type && (src.filter or (_: _: true)) path type;
      title = if name != null then name else src.name or "source";
    in
    {
      inherit origin;
      filter = keep;
      name = title;
      outPath = builtins.path {
        path = origin;
        name = title;
        filter = keep;
      };
      _isLibCleanSourceWith = true;
    };
  cleanSource =
    src:
    lib.cleanSourceWith {
      inherit src;
      filter = lib.cleanSourceFilter;
    };
  cleanSourceFilter =
    path: type:
    let
      name = baseNameOf path;
    in
    !(
      builtins.elem name [
        ".git"
        ".svn"
        ".hg"
        "CVS"
      ]
      || lib.hasSuffix "~" name
      || builtins.match ".*\\.sw[a-z]|\\..*\\.sw[a-z]" name != null
      || lib.hasSuffix ".o" name
      || lib.hasSuffix ".so" name
      || (type == "symlink" && lib.hasPrefix "result" name)
      || type == "unknown"
    );
  sourceByRegex =
    src: expressions:
    lib.cleanSourceWith {
      inherit src;
      filter =
        path: _:
        let
          relative = lib.removePrefix "${toString src}/" path;
        in
        builtins.any (it: builtins.match it relative != null) expressions;
    };
}
