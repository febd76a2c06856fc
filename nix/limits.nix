# SPDX-License-Identifier: MIT OR Apache-2.0
# What a driver needs of a kernel by its driver.toml, and why a kernel is not for it: the same questions, with the same answers, as
# `cargo xtask vm-test` has, so that a cell of the matrix that it would skip is not built.
{ lib }:

let
  # `>=5.15`, `5_15`
  parse =
    limit:
    let
      parts = builtins.match " *(>=|<=|=|>|<) *([0-9]+)[._]([0-9]+) *" limit;
    in
    if parts == null then
      throw "`${limit}` names no kernels: write `>=5.15`, or `>=5.15, <7.0`"
    else
      {
        relation = builtins.elemAt parts 0;
        series = "${builtins.elemAt parts 1}.${builtins.elemAt parts 2}";
      };

  holds =
    version:
    { relation, series }:
    let
      order = builtins.compareVersions (lib.versions.majorMinor version) series;
    in
    {
      ">=" = order >= 0;
      "<=" = order <= 0;
      "=" = order == 0;
      ">" = order > 0;
      "<" = order < 0;
    }
    .${relation};

  bounds = text: map parse (builtins.filter builtins.isString (builtins.split "," text));

  # nixpkgs knows the configuration of a kernel that it has yet to build only in part: three options, of some ten thousand. An
  # option is only missed where the whole is known.
  isWhole =
    config:
    builtins.length (builtins.filter (lib.hasPrefix "CONFIG_") (builtins.attrNames config)) > 100;
  isOn =
    config: option:
    builtins.elem (config.${option} or "n") [
      "y"
      "m"
    ];

  unmetBy =
    {
      kernels ? "",
      needs ? [ ],
      ...
    }:
    kernel:
    map ({ relation, series }: "it is for kernels ${relation}${series}") (
      builtins.filter (bound: !holds kernel.version bound) (if kernels == "" then [ ] else bounds kernels)
    )
    ++ map (option: "it needs ${option}, which this kernel has not") (
      builtins.filter (
        option: (isWhole (kernel.config or { }) || kernel.config ? ${option}) && !isOn kernel.config option
      ) needs
    );
in
{
  # Why a kernel is not for a driver, by its driver.toml and by workbench.toml's table for it; nothing if it is.
  unmet =
    manifest: table: kernel:
    unmetBy manifest kernel ++ unmetBy table kernel;
}
