# SPDX-License-Identifier: MIT OR Apache-2.0
# Calling packages, and overriding what they were called with.
{ lib }:
let
  # In `foo: bar: ...` nothing says what is expected.
  missing =
    fn: args:
    builtins.filter (name: !(lib.functionArgs fn).${name} && !args ? ${name}) (
      builtins.attrNames (lib.functionArgs fn)
    );
  load = it: if lib.isCallable it then it else import it;
in
{
  customisation = {
    inherit (lib)
      callPackageWith
      makeOverridable
      makeScope
      overrideDerivation
      ;
  };

  makeOverridable =
    f:
    lib.setFunctionArgs (
      args:
      let
        result = f args;
        overridden = new: args // (if lib.isCallable new then new args else new);
        again =
          change: lib.makeOverridable (lib.setFunctionArgs (it: change (f it)) (lib.functionArgs f)) args;
      in
      if builtins.isAttrs result then
        result
        // {
          override = lib.setFunctionArgs (new: lib.makeOverridable f (overridden new)) (lib.functionArgs f);
          overrideDerivation = change: again (it: lib.overrideDerivation it change);
        }
        // lib.optionalAttrs (result ? overrideAttrs) {
          overrideAttrs = change: again (it: it.overrideAttrs change);
        }
      else if builtins.isFunction result then
        lib.setFunctionArgs result (lib.functionArgs result)
        // {
          override = new: lib.makeOverridable f (overridden new);
        }
      else
        result
    ) (lib.functionArgs f);

  callPackageWith =
    scope: it: args:
    let
      fn = load it;
      all = builtins.intersectAttrs (lib.functionArgs fn) scope // args;
      gone = missing fn all;
    in
    if gone == [ ] then
      lib.makeOverridable fn all
    else
      # Not `throw`: nixpkgs does not let this be caught either.
      abort
        "the package${
          lib.optionalString (!lib.isCallable it) " ${toString it}"
        } asks for `${builtins.head gone}`, which this package set does not have";

  callPackagesWith =
    scope: it: args:
    let
      fn = load it;
    in
    fn (builtins.intersectAttrs (lib.functionArgs fn) scope // args);

  makeScope =
    newScope: f:
    let
      self = f self // {
        newScope = scope: newScope (self // scope);
        callPackage = self.newScope { };
        overrideScope = overlay: lib.makeScope newScope (lib.extends overlay f);
        packages = f;
      };
    in
    self;

  overrideDerivation =
    package: change:
    let
      result = derivation (package.drvAttrs // change package);
    in
    result
    // builtins.removeAttrs package (builtins.attrNames result ++ package.outputs or [ ])
    // {
      overrideDerivation = lib.overrideDerivation result;
    };
}
