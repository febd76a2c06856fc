# SPDX-License-Identifier: MIT OR Apache-2.0
# The [config] of a description: for nixpkgs' buildLinux, for a .config, and for nix/kernel/why.pl; and a .config for NixOS.
{ lib }:
let
  # As lib.kernel has them.
  structured =
    it:
    lib.mapAttrs (
      _: given:
      let
        value = given.value or null;
        letter = if lib.isBool value then (if value then "y" else "n") else value;
        item =
          if given.unset or false then
            { tristate = null; }
          else if
            given ? freeform
            || !(lib.elem letter [
              "y"
              "m"
              "n"
            ])
          then
            { freeform = toString (given.freeform or value); }
          else
            { tristate = letter; };
        whole = item // {
          optional = given.optional or false;
        };
      in
      # To say nothing of it goes before what nixpkgs says.
      if given.force or given.unset or false then lib.mkForce whole else whole
    ) (it.config // lib.optionalAttrs (it ? localversion) { LOCALVERSION.freeform = it.localversion; });

  # The same for nix/kernel/why.pl.
  wantedOf =
    it:
    let
      line =
        name: item:
        let
          plain = item.content or item;
          value = plain.freeform or plain.tristate;
        in
        lib.optionalString (value != null) "${name}${lib.optionalString plain.optional "?"} ${value}\n";
    in
    builtins.toFile "${it.name}-wanted" (lib.concatStrings (lib.mapAttrsToList line (structured it)));

  # Lines of a .config, of which the last counts.
  linesOf =
    it:
    lib.concatStrings (
      lib.mapAttrsToList (
        name: item:
        let
          value = item.freeform or item.tristate;
          isNumber = builtins.match "-?[0-9]+|0x[0-9a-fA-F]+" value != null;
        in
        lib.optionalString (value != null) (
          if item ? tristate && value == "n" then
            "# CONFIG_${name} is not set\n"
          else
            "CONFIG_${name}=${
              if item ? tristate || isNumber then value else lib.strings.escapeNixString value
            }\n"
        )
      ) (lib.mapAttrs (_: item: item.content or item) (structured it))
    );

  # nixpkgs would read the file itself only if it were no derivation. The last of several lines counts.
  configOf =
    text:
    lib.listToAttrs (
      lib.concatMap (
        line:
        let
          set = builtins.match "(CONFIG_[A-Za-z0-9_]+)=\"?(.*[^\"]|)\"?" line;
          off = builtins.match "# (CONFIG_[A-Za-z0-9_]+) is not set" line;
        in
        if set != null then
          [ (lib.nameValuePair (lib.head set) (lib.last set)) ]
        else if off != null then
          [ (lib.nameValuePair (lib.head off) "n") ]
        else
          [ ]
      ) (lib.reverseList (lib.splitString "\n" text))
    );

in
{
  inherit
    structured
    wantedOf
    linesOf
    configOf
    ;
}
