# SPDX-License-Identifier: MIT OR Apache-2.0
# The standard environment: what `stdenv.mkDerivation` makes of a package, over tools that the sandbox mounts at /usr.
{
  lib,
  config,
  system,
  tool,
}:
let
  check = import ./check.nix { inherit lib config hostPlatform; };
  hostPlatform = import ./platform.nix { inherit lib system; };
  shell = "/bin/bash";
  # setup and builder, in the store.
  scripts = builtins.path {
    path = ./scripts;
    name = "stdenv-stand-in";
  };

  # What a derivation does not get in its environment.
  notForBuilders = [
    "passthru"
    "meta"
    "pos"
    "env"
    "checkInputs"
    "nativeCheckInputs"
    "installCheckInputs"
    "nativeInstallCheckInputs"
  ];
  build =
    {
      outputs ? [ "out" ],
      env ? { },
      passthru ? { },
      doCheck ? false,
      doInstallCheck ? false,
      nativeBuildInputs ? [ ],
      buildInputs ? [ ],
      ...
    }@attrs:
    overrideAttrs:
    let
      structured = attrs.__structuredAttrs or false;
      name = lib.sanitizeDerivationName (
        attrs.name or "${attrs.pname or (throw "a package needs `pname` or `name`")}-${
          attrs.version or (throw "the package `${attrs.pname}` needs a `version`")
        }"
      );
      arguments =
        removeAttrs attrs notForBuilders
        // {
          inherit
            name
            system
            outputs
            doCheck
            doInstallCheck
            ;
          stdenv = scripts;
          builder = attrs.realBuilder or shell;
          args =
            attrs.args or [
              "-e"
              "${scripts}/builder"
            ];
          nativeBuildInputs =
            nativeBuildInputs
            ++ lib.optionals doCheck (attrs.nativeCheckInputs or [ ])
            ++ lib.optionals doInstallCheck (attrs.nativeInstallCheckInputs or [ ]);
          buildInputs =
            buildInputs
            ++ lib.optionals doCheck (attrs.checkInputs or [ ])
            ++ lib.optionals doInstallCheck (attrs.installCheckInputs or [ ]);
        }
        // (if structured then { inherit env; } else env);
      meta = check.meta (attrs // { inherit name outputs; });
      package = derivation arguments;
    in
    lib.extendDerivation (check.valid (attrs // { inherit name meta; })) (
      {
        inherit meta overrideAttrs passthru;
        inherit (stdenv) system;
        stdenv = self;
        __spliced = { };
      }
      // lib.optionalAttrs (attrs ? pname) { inherit (attrs) pname; }
      // lib.optionalAttrs (attrs ? version) { inherit (attrs) version; }
      // lib.optionalAttrs (attrs ? src) { inherit (attrs) src; }
      // passthru
    ) package;
  self = stdenv;

  # `attrs` is a function of what the package will be in the end.
  mkPackage =
    attrs:
    let
      args = attrs (args // { inherit finalPackage overrideAttrs; });
      overrideAttrs = change: mkPackage (lib.extends (lib.toExtension change) attrs);
      finalPackage = build args overrideAttrs;
    in
    finalPackage;

  stdenv = {
    name = "stdenv-stand-in";
    inherit
      system
      shell
      hostPlatform
      ;
    buildPlatform = hostPlatform;
    targetPlatform = hostPlatform;
    inherit (hostPlatform) isLinux isx86_64 is64bit;
    mkDerivation = attrs: mkPackage (if lib.isCallable attrs then attrs else _: attrs);
    cc = tool "gcc" // {
      cc = tool "gcc";
      bintools = tool "binutils" // {
        bintools = tool "binutils";
        targetPrefix = "";
      };
      isGNU = true;
      isClang = false;
      targetPrefix = "";
      version = "14";
    };
    initialPath = [ (tool "coreutils") ];
    outPath = scripts;
    type = "derivation";
    drvPath = throw "the stand-in's stdenv is a folder, not something that is built";
    outputs = [ "out" ];
    meta = { };
  };
in
lib.makeOverridable (_: stdenv) { }
