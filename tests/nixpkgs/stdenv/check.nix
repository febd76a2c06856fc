# SPDX-License-Identifier: MIT OR Apache-2.0
# Whether a package may be built, by what it says of itself; as in nixpkgs, asking for its store path is an error if not.
{
  lib,
  config,
  hostPlatform,
}:
let
  allows = option: variable: config.${option} or false || builtins.getEnv variable == "1";
  licenses = meta: lib.toList (meta.license or [ ]);
  isUnfree = meta: builtins.any (it: !(it.free or true)) (licenses meta);
  isUnsupported = meta: !lib.availableOn hostPlatform { inherit meta; };
  problem =
    { name, meta, ... }:
    if
      isUnfree meta
      && !allows "allowUnfree" "NIXPKGS_ALLOW_UNFREE"
      && !(config.allowUnfreePredicate or (_: false)) { inherit name meta; }
    then
      "has an unfree license"
    else if meta.broken or false && !allows "allowBroken" "NIXPKGS_ALLOW_BROKEN" then
      "is marked as broken"
    else if
      isUnsupported meta && !allows "allowUnsupportedSystem" "NIXPKGS_ALLOW_UNSUPPORTED_SYSTEM"
    then
      "is not available on the requested hostPlatform `${hostPlatform.system}`"
    else if
      meta.knownVulnerabilities or [ ] != [ ]
      && !builtins.elem name (config.permittedInsecurePackages or [ ])
    then
      "is marked as insecure"
    else
      null;
in
{
  valid =
    package:
    let
      what = problem package;
    in
    what == null
    || throw "Package `${package.name}` in ${
      package.meta.position or "a place that is not known"
    } ${what}, refusing to evaluate.";

  meta =
    attrs:
    let
      given = attrs.meta or { };
      # Where the package is written, as far as Nix can tell.
      place = builtins.unsafeGetAttrPos (if given ? description then "description" else "name") (
        if given ? description then given else attrs
      );
      unsupported = isUnsupported given;
      broken = given.broken or false;
    in
    {
      inherit (attrs) name;
      outputsToInstall = [
        (if builtins.elem "bin" attrs.outputs then "bin" else builtins.head attrs.outputs)
      ];
      insecure = given.knownVulnerabilities or [ ] != [ ];
    }
    // lib.optionalAttrs (place != null) { position = "${place.file}:${toString place.line}"; }
    // given
    // {
      inherit broken unsupported;
      unfree = isUnfree given;
      available =
        problem {
          inherit (attrs) name;
          meta = given;
        } == null;
    };
}
