# SPDX-License-Identifier: MIT OR Apache-2.0
# The words of a kernel's structured configuration.
{ lib }:
{
  kernel =
    let
      tristate = value: {
        tristate = value;
        freeform = null;
        optional = false;
      };
    in
    rec {
      yes = tristate "y";
      no = tristate "n";
      module = tristate "m";
      unset = tristate null;
      freeform = value: {
        tristate = null;
        freeform = value;
        optional = false;
      };
      option = it: it // { optional = true; };
      whenHelpers = version: {
        whenAtLeast = since: lib.mkIf (lib.versionAtLeast version since);
        whenOlder = until: lib.mkIf (lib.versionOlder version until);
        whenBetween =
          since: until: lib.mkIf (lib.versionAtLeast version since && lib.versionOlder version until);
      };
    };

  # The marks that NixOS's modules read; nothing of this stand-in does.
  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkForce = lib.mkOverride 50;
  mkDefault = lib.mkOverride 1000;
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
}
