# SPDX-License-Identifier: MIT OR Apache-2.0
# What packages say of themselves.
{ lib }:
let
  license =
    spdxId: fullName:
    lib.optionalAttrs (spdxId != null) { inherit spdxId; }
    // {
      inherit fullName;
      free = true;
      redistributable = true;
      deprecated = false;
    };
in
{
  licenses = builtins.mapAttrs (shortName: it: it // { inherit shortName; }) {
    asl20 = license "Apache-2.0" "Apache License 2.0";
    bsd2 = license "BSD-2-Clause" "BSD 2-clause \"Simplified\" License";
    bsd3 = license "BSD-3-Clause" "BSD 3-clause \"New\" or \"Revised\" License";
    free = license null "Unspecified free software license";
    gpl2 = license "GPL-2.0" "GNU General Public License v2.0";
    gpl2Only = license "GPL-2.0-only" "GNU General Public License v2.0 only";
    gpl2Plus = license "GPL-2.0-or-later" "GNU General Public License v2.0 or later";
    gpl3Only = license "GPL-3.0-only" "GNU General Public License v3.0 only";
    gpl3Plus = license "GPL-3.0-or-later" "GNU General Public License v3.0 or later";
    isc = license "ISC" "ISC License";
    lgpl21Only = license "LGPL-2.1-only" "GNU Lesser General Public License v2.1 only";
    lgpl21Plus = license "LGPL-2.1-or-later" "GNU Lesser General Public License v2.1 or later";
    mit = license "MIT" "MIT License";
    mpl20 = license "MPL-2.0" "Mozilla Public License 2.0";
    unfree = license null "Unfree" // {
      free = false;
      redistributable = false;
    };
    unfreeRedistributable = license null "Unfree redistributable" // {
      free = false;
    };
  };

  platforms = rec {
    x86_64 = [
      "x86_64-linux"
      "x86_64-darwin"
    ];
    aarch64 = [
      "aarch64-linux"
      "aarch64-darwin"
    ];
    linux = [
      "aarch64-linux"
      "armv6l-linux"
      "armv7l-linux"
      "i686-linux"
      "loongarch64-linux"
      "powerpc64le-linux"
      "riscv64-linux"
      "s390x-linux"
      "x86_64-linux"
    ];
    darwin = [
      "aarch64-darwin"
      "x86_64-darwin"
    ];
    unix = linux ++ darwin;
    all = unix;
    none = [ ];
  };

  sourceTypes = {
    fromSource = {
      shortName = "fromSource";
      isSource = true;
    };
    binaryNativeCode = {
      shortName = "binaryNativeCode";
      isSource = false;
    };
    binaryFirmware = {
      shortName = "binaryFirmware";
      isSource = false;
    };
  };

  maintainers = { };
  teams = { };
  meta = {
    inherit (lib) availableOn platformMatch;
  };
  platformMatch = platform: it: if builtins.isString it then platform.system == it else false;
  availableOn =
    platform: package:
    builtins.any (lib.platformMatch platform) (package.meta.platforms or [ platform.system ])
    && !builtins.any (lib.platformMatch platform) (package.meta.badPlatforms or [ ]);
  addMetaAttrs = new: package: package // { meta = package.meta or { } // new; };
  hiPrio = lib.addMetaAttrs { priority = -10; };
  lowPrio = lib.addMetaAttrs { priority = 10; };
}
