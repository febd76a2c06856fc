# SPDX-License-Identifier: MIT OR Apache-2.0
# A kernel that there is: Debian's as it was built, until somebody overrides what it is built by. Then it is one of its sources.
{
  lib,
  callPackage,
  fetchurl,
  folder,
  buildLinux ? null,
  argsOverride ? { },
  ...
}@args:
let
  own = callPackage ./kernel.nix (
    builtins.intersectAttrs (lib.genAttrs [
      "folder"
      "kernelPatches"
      "randstructSeed"
      "features"
    ] (_: null)) args
  );
in
if buildLinux == null then
  own
else
  buildLinux (
    {
      inherit (own) version modDirVersion;
      src = fetchurl { url = "mirror://kernel/linux/linux-${own.version}.tar.xz"; };
    }
    // removeAttrs args [
      "lib"
      "callPackage"
      "fetchurl"
      "folder"
      "buildLinux"
      "argsOverride"
    ]
    // argsOverride
  )
