# SPDX-License-Identifier: MIT OR Apache-2.0
# Turns descriptions of kernels (nix/kernels/NAME.toml; docs/nix-kernels.md) into kernels of nixpkgs' own making.
{
  pkgs ? import <nixpkgs> { },
}:
let
  inherit (pkgs) lib;
  descriptions = import ./description.nix { inherit lib; };
  inherit (descriptions) read;

  # The packages of the machine that the kernel is for.
  packagesOf =
    it:
    if (it.system or pkgs.stdenv.hostPlatform.system) == pkgs.stdenv.hostPlatform.system then
      pkgs
    else
      pkgs.pkgsCross.${descriptions.systems.${it.system}};

  # clang with lld: the kernel's LLVM=1. The packages' own clang links with GNU ld.
  compilerOf =
    it:
    let
      inherit (packagesOf it) llvmPackages overrideCC stdenv;
    in
    if it.compiler == "clang" then
      overrideCC llvmPackages.stdenv (
        llvmPackages.stdenv.cc.override { inherit (llvmPackages) bintools; }
      )
    else
      stdenv;

  makeFlagsOf =
    it:
    lib.optionals (it.compiler == "clang") [
      "LLVM=1"
      "LLVM_IAS=1"
    ]
    ++ it.make-flags or [ ];

  release = import ./release.nix { inherit lib; };
  settings = import ./settings.nix { inherit lib; };
  inherit (release)
    localOf
    packing
    releaseOf
    versionOf
    ;
  inherit (settings) structured wantedOf;

  # kernel.org keeps what is a candidate elsewhere, and not packed the same way.
  sourceOf =
    it: packages:
    let
      version = versionOf it;
      major = lib.versions.major version;
    in
    if it.source ? path then
      builtins.path {
        # What is packed is unpacked by its name's ending.
        name = "linux-${version}${packing it}";
        path = it.directory + "/${it.source.path}";
        filter = path: _: !(lib.elem (baseNameOf path) [ ".git" ]) && !lib.hasSuffix ".o" path;
      }
    else if it.source ? url then
      packages.fetchurl { inherit (it.source) url hash; }
    else if lib.hasInfix "-rc" version then
      packages.fetchzip {
        url = "https://git.kernel.org/torvalds/t/linux-${version}.tar.gz";
        inherit (it) hash;
      }
    else
      packages.fetchurl {
        url = "mirror://kernel/linux/kernel/v${major}.x/linux-${version}.tar.xz";
        inherit (it) hash;
      };

  patchesOf =
    it: packages:
    map (
      patch:
      if lib.isString patch then
        {
          name = lib.removeSuffix ".patch" (baseNameOf patch);
          patch = it.directory + "/${patch}";
        }
      else
        let
          name = patch.name or (lib.removeSuffix ".patch" (baseNameOf patch.url));
        in
        {
          inherit name;
          patch = packages.fetchpatch {
            name = "${name}.patch";
            inherit (patch) url hash;
          };
        }
    ) it.patches;

  # What buildLinux is given, whatever it builds.
  common =
    it: packages: old:
    {
      kernelPatches = old.kernelPatches or [ ] ++ patchesOf it packages;
      extraMakeFlags = old.extraMakeFlags or [ ] ++ makeFlagsOf it;
    }
    // lib.optionalAttrs (it ? randstruct-seed) { randstructSeed = it.randstruct-seed; }
    // lib.optionalAttrs (it ? defconfig) { inherit (it) defconfig; }
    // lib.optionalAttrs (it ? common-config) { enableCommonConfig = it.common-config; }
    // lib.optionalAttrs (it ? auto-modules) { autoModules = it.auto-modules; };

  pinned =
    it: packages:
    let
      version = versionOf it;
    in
    {
      inherit version;
      src = sourceOf it packages;
      modDirVersion = releaseOf it version;
      extraMeta.branch = it.branch or (lib.versions.majorMinor version);
    };

  # A kernel that nixpkgs has, of another version if one is named.
  overridden =
    it: packages: buildLinux:
    let
      base =
        packages.linuxKernel.kernels.${it.base}
          or (it.fail "nixpkgs has no kernel `${it.base}`" "it has ${lib.concatStringsSep ", " (lib.filter (lib.hasPrefix "linux_") (lib.attrNames packages.linuxKernel.kernels))}");
      isPinned = it ? version || it.source != { };
    in
    base.override (
      old:
      let
        more = common it packages old;
      in
      more
      // {
        inherit buildLinux;
        # Kernels such as zen's have a configuration of their own, which an argument would replace and a patch adds to.
        kernelPatches = more.kernelPatches ++ [
          {
            name = "config-of-${it.name}";
            patch = null;
            structuredExtraConfig = structured it;
          }
        ];
        argsOverride =
          old.argsOverride or { }
          // (
            if isPinned then
              pinned it packages
            else
              lib.optionalAttrs (localOf it != "") { modDirVersion = base.modDirVersion + localOf it; }
          );
      }
    );

  built =
    it: packages: buildLinux:
    buildLinux (
      pinned it packages
      // common it packages { }
      // {
        structuredExtraConfig = structured it;
      }
    );

  manual = import ./manual.nix {
    inherit
      lib
      release
      settings
      checked
      sourceOf
      patchesOf
      makeFlagsOf
      ;
  };

  checked = import ./checked.nix {
    inherit lib;
    inherit (pkgs.buildPackages) perl;
  };

  kernel =
    path:
    let
      it = read path;
      packages = packagesOf it;
      stdenv = compilerOf it;
      buildLinux = packages.linuxKernel.buildLinux.override { inherit stdenv; };
    in
    if it ? config-file then
      manual it packages stdenv
    else
      checked.kernel {
        kernel = if it ? base then overridden it packages buildLinux else built it packages buildLinux;
        inherit (it) name;
        local = localOf it;
        wanted = wantedOf it;
        warn = it.checks == "warn";
        told = toString path;
      };

  packages = path: (packagesOf (read path)).linuxPackagesFor (kernel path);

in
{
  inherit read kernel;

  # The kernel with all modules that nixpkgs has for one.
  inherit packages;

  # A file that names the kernel to `cargo xtask`: `--kernel ./FILE`.
  environment =
    path:
    let
      set = packages path;
    in
    (import ../environment.nix {
      pkgs = packagesOf (read path);
      inherit (set) kernel;
      packages = set;
      attr = "linux_${(read path).name}";
    }).file;

  # { NAME = kernel; } of all descriptions of a folder.
  kernels =
    directory:
    lib.mapAttrs' (
      name: _: lib.nameValuePair (lib.removeSuffix ".toml" name) (kernel (directory + "/${name}"))
    ) (lib.filterAttrs (name: _: lib.hasSuffix ".toml" name) (builtins.readDir directory));

  # A shell in which the described kernel's sources can be configured by hand.
  shell = import ./shell.nix {
    inherit
      lib
      pkgs
      read
      packagesOf
      kernel
      ;
  };
}
