# SPDX-License-Identifier: MIT OR Apache-2.0
# Sets that are defined by themselves, and what is laid over them.
{ lib }:
{
  fixedPoints = {
    inherit (lib)
      composeExtensions
      composeManyExtensions
      extends
      fix
      makeExtensible
      toExtension
      ;
  };

  fix =
    f:
    let
      self = f self;
    in
    self;
  extends =
    overlay: f: final:
    let
      prev = f final;
    in
    prev // overlay final prev;
  composeExtensions =
    first: second: final: prev:
    let
      a = first final prev;
    in
    a // second final (prev // a);
  composeManyExtensions = builtins.foldl' lib.composeExtensions (_: _: { });
  makeExtensible = lib.makeExtensibleWithCustomName "extend";
  makeExtensibleWithCustomName =
    name: f:
    lib.fix (
      self:
      f self // { ${name} = overlay: lib.makeExtensibleWithCustomName name (lib.extends overlay f); }
    );
  # What overrides may be given as: a set, a function of what was, or a function of what will be and what was.
  toExtension =
    it:
    if lib.isCallable it then
      final: prev:
      let
        first = it prev;
      in
      if lib.isCallable first then it final prev else first
    else
      _: _: it;
}
