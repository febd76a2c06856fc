# SPDX-License-Identifier: MIT OR Apache-2.0
# Versions.
{ lib }:
{
  versionOlder = a: b: builtins.compareVersions a b < 0;
  versionAtLeast = a: b: builtins.compareVersions a b >= 0;
  versions = rec {
    splitVersion = builtins.splitVersion;
    major = version: builtins.elemAt (splitVersion version) 0;
    minor = version: builtins.elemAt (splitVersion version) 1;
    patch = version: builtins.elemAt (splitVersion version) 2;
    majorMinor = version: builtins.concatStringsSep "." (lib.take 2 (splitVersion version));
    pad =
      count: version:
      let
        parts = builtins.filter builtins.isString (
          builtins.split "[.]" (builtins.head (builtins.match "([0-9.]*).*" version))
        );
        rest = lib.concatStrings (builtins.match "[0-9.]*(.*)" version);
        zeros = builtins.genList (_: "0") count;
      in
      builtins.concatStringsSep "." (lib.take count (parts ++ zeros)) + rest;
  };
}
