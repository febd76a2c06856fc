# SPDX-License-Identifier: MIT OR Apache-2.0
# Derivations with more attributes than they were built from.
{ lib }:
{
  # `passthru` on every output; what is built can only be known while `condition` holds.
  extendDerivation =
    condition: passthru: package:
    let
      outputs = package.outputs or [ "out" ];
      common = package // builtins.listToAttrs named // passthru // { all = map (it: it.value) named; };
      named = map (name: {
        inherit name;
        value = common // {
          inherit (package.${name}) type outputName;
          outputSpecified = true;
          drvPath =
            assert condition;
            package.${name}.drvPath;
          outPath =
            assert condition;
            package.${name}.outPath;
        };
      }) outputs;
    in
    common
    // {
      drvPath =
        assert condition;
        package.drvPath;
      outPath =
        assert condition;
        package.outPath;
    };

  # Arguments without which a package can't be evaluated make it null, not an error.
  lazyDerivation = { derivation, ... }: derivation;
}
