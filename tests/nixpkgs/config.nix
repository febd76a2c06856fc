# SPDX-License-Identifier: MIT OR Apache-2.0
# A kernel's configuration, with the questions that nixpkgs' kernels answer.
{ lib, text }:
let
  line =
    it:
    let
      set = builtins.match "(CONFIG_[A-Za-z0-9_]+)=\"?([^\"]*)\"?" it;
      unset = builtins.match "# (CONFIG_[A-Za-z0-9_]+) is not set" it;
    in
    if set != null then
      [ (lib.nameValuePair (builtins.elemAt set 0) (builtins.elemAt set 1)) ]
    else if unset != null then
      [ (lib.nameValuePair (builtins.head unset) "n") ]
    else
      [ ];
  values = builtins.listToAttrs (
    builtins.concatMap line (builtins.filter builtins.isString (builtins.split "\n" text))
  );
in
values
// rec {
  isSet = name: values ? "CONFIG_${name}";
  getValue = name: values."CONFIG_${name}" or null;
  isYes = name: getValue name == "y";
  isNo = name: getValue name == "n";
  isModule = name: getValue name == "m";
  isEnabled = name: isModule name || isYes name;
  isDisabled = name: !isSet name || isNo name;
}
