# SPDX-License-Identifier: MIT OR Apache-2.0
# A stand-in for nixpkgs, as far as packages of kernel modules are concerned: our own code, under the names of nixpkgs, over the tools
# of a Debian tool root that the sandbox mounts at /usr. What is written for nixpkgs is evaluated and built by it unchanged, by old
# Nix as well, without a network. tests/README.md says how.
{
  system ? builtins.currentSystem,
  localSystem ? system,
  crossSystem ? null,
  config ? { },
  overlays ? [ ],
  ...
}:
let
  lib = import ./lib;

  # A program of /usr where nixpkgs has a package.
  tool =
    name:
    let
      package = {
        inherit name;
        pname = name;
        version = "0";
        type = "derivation";
        outPath = "/usr";
        drvPath = throw "`${name}` of the stand-in for nixpkgs is what the sandbox mounts at /usr, not something that is built";
        outputs = [ "out" ];
        outputName = "out";
        out = package;
        meta = { };
        override = _: package;
        overrideAttrs = _: package;
      };
    in
    package;

  packages = final: {
    inherit lib tool;
    config = if builtins.isFunction config then config { pkgs = final; } else config;
    inherit overlays;
    path = ./.;
    system = if builtins.isAttrs localSystem then localSystem.system else localSystem;
    stdenv = import ./stdenv {
      inherit lib tool;
      inherit (final) config system;
    };
    stdenvNoCC = final.stdenv;
    gccStdenv = final.stdenv;
    inherit (final.stdenv) hostPlatform buildPlatform targetPlatform;

    newScope = scope: lib.callPackageWith (final // scope);
    callPackage = final.newScope { };
    callPackages = lib.callPackagesWith final;
    makeScopeWithSplicing' = throw "the stand-in for nixpkgs has no splicing";
    buildPackages = final;
    pkgsBuildBuild = final;
    pkgsBuildHost = final;
    pkgsHostTarget = final;
    targetPackages = final;
    pkgsStatic = final;
    pkgs = final;

    kernelPackagesExtensions = [ ];
    linuxKernel = import ./kernels.nix {
      inherit lib;
      pkgs = final;
    };
    linuxPackagesFor = final.linuxKernel.packagesFor;
    linuxPackages = final.linuxKernel.packageAliases.linux_default;
    linuxPackages_latest = final.linuxKernel.packageAliases.linux_latest;
    linux = final.linuxPackages.kernel;
    linux_latest = final.linuxPackages_latest.kernel;
  };
  tools = _: lib.genAttrs (import ./tools.nix) tool;
  builders =
    final:
    import ./builders.nix {
      inherit lib;
      inherit (final) stdenv;
    };
  # `linux_6_1`, `linuxPackages_6_1`. Which names there are must not hang on what overlays say.
  kernels =
    final:
    let
      names = lib.filter (lib.hasPrefix "linux_") (import ./kernel-names.nix).all;
      suffix = lib.removePrefix "linux_";
    in
    lib.genAttrs names (name: final.linuxKernel.kernels.${name})
    // lib.genAttrs' names (
      name: lib.nameValuePair "linuxPackages_${suffix name}" final.linuxKernel.packages.${name}
    );
  roots =
    final:
    import ./roots.nix {
      inherit lib;
      inherit (final) writeShellScriptBin runCommandLocal;
    };
  base = final: tools final // builders final // roots final // kernels final // packages final;
  extensible = lib.makeExtensible (lib.extends (lib.composeManyExtensions overlays) base);
in
if crossSystem != null then
  throw "the stand-in for nixpkgs does not build for other machines"
else
  extensible
