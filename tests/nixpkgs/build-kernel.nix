# SPDX-License-Identifier: MIT OR Apache-2.0
# Kernels out of sources, as those who describe one ask for them: `manualConfig` is given a .config, `buildLinux` makes one of the
# kernel's defaults and of what is wanted.
{ lib, pkgs }:
let
  inherit (pkgs) tool;

  # What is wanted by name, without the marks that say how strongly.
  merged =
    sets:
    lib.mapAttrs (_: item: item.content or item) (builtins.foldl' (all: new: all // new) { } sets);

  # "KGDB y", "SCHED_DEBUG? y"
  lineOf =
    name: item:
    let
      freeform = item.freeform or null;
      value = if freeform != null then freeform else item.tristate or null;
    in
    lib.optionalString (value != null)
      "${name}${lib.optionalString (item.optional or false) "?"} ${value}\n";

  manualConfig = pkgs.callPackage (
    { stdenv, writeTextFile }:
    lib.makeOverridable (
      {
        version,
        src,
        configfile,
        modDirVersion ? null,
        kernelPatches ? [ ],
        extraMakeFlags ? [ ],
        extraMeta ? { },
        randstructSeed ? "",
        features ? { },
        config ? { },
      }:
      let
        release = if modDirVersion == null then lib.versions.pad 3 version else modDirVersion;
        commonMakeFlags = import ./kernel-flags.nix { inherit stdenv; } ++ extraMakeFlags;
      in
      stdenv.mkDerivation {
        pname = "linux";
        inherit version src;
        outputs = [
          "out"
          "dev"
          "modules"
        ];
        __structuredAttrs = true;
        enableParallelBuilding = true;
        patches = builtins.filter (it: it != null) (map (it: it.patch) kernelPatches);
        depsBuildBuild = [ stdenv.cc ];
        nativeBuildInputs = map tool [
          "bc"
          "bison"
          "elfutils"
          "flex"
          "kmod"
          "openssl"
          "perl"
        ];
        # Its own `modules` is a list of objects, and make would hand on what the environment has.
        makeFlags = [
          "O=$(buildRoot)"
          "--eval=undefine modules"
        ]
        ++ commonMakeFlags;
        postPatch = ''
          sed -i Makefile -e 's|= /sbin/depmod|= depmod|'
        '';
        configurePhase = ''
          mkdir build
          export buildRoot="$PWD/build"
          ln -s ${configfile} "$buildRoot/.config"
          callMake "configure flags" configureFlags configureTargets=oldconfig
          callMake "prepare flags" prepareFlags prepareTargets=prepare
          found=$(<"$buildRoot/include/config/kernel.release")
          if [ "$found" != "${release}" ]; then
            echo "Error: modDirVersion ${release} specified in the Nix expression is wrong, it should be: $found"
            exit 1
          fi
        '';
        buildFlags = [
          "bzImage"
          "vmlinux"
          "modules"
        ];
        installPhase = builtins.readFile ./build-kernel.sh;
        inherit release;
        passthru = rec {
          inherit
            version
            config
            configfile
            kernelPatches
            features
            randstructSeed
            commonMakeFlags
            ;
          modDirVersion = release;
          target = "bzImage";
          buildDTBs = false;
          isLTS = false;
          isZen = false;
          withRust = false;
          baseVersion = lib.head (lib.splitString "-rc" version);
          kernelOlder = lib.versionOlder baseVersion;
          kernelAtLeast = lib.versionAtLeast baseVersion;
          moduleBuildDependencies = [
            (import ./uname.nix { inherit writeTextFile stdenv modDirVersion; })
          ]
          ++ map tool [
            "elfutils"
            "pahole"
            "perl"
            "zstd"
          ];
        };
        meta = {
          description = "A kernel";
          license = lib.licenses.gpl2Only;
          platforms = [ "x86_64-linux" ];
        }
        // extraMeta;
      }
    )
  ) { };

  buildLinux = pkgs.callPackage (
    {
      stdenv,
      writeText,
    }:
    lib.makeOverridable (
      {
        version,
        src,
        defconfig ? "defconfig",
        structuredExtraConfig ? { },
        kernelPatches ? [ ],
        extraMakeFlags ? [ ],
        ignoreConfigErrors ? false,
        # There is no common configuration here.
        enableCommonConfig ? true,
        autoModules ? true,
        ...
      }@args:
      let
        settings = merged (
          [ structuredExtraConfig ] ++ map (it: it.structuredExtraConfig or { }) kernelPatches
        );
        intermediateNixConfig = lib.concatStrings (lib.mapAttrsToList lineOf settings);
        configfile = stdenv.mkDerivation {
          pname = "linux-config";
          inherit (kernel)
            version
            src
            patches
            postPatch
            nativeBuildInputs
            depsBuildBuild
            ;
          inherit ignoreConfigErrors;
          kernelArch = stdenv.hostPlatform.linuxArch;
          makeFlags = kernel.commonMakeFlags;
          # nixpkgs answers the kernel's questions one after the other.
          buildPhase = ''
            export buildRoot="$PWD/build"
            make $makeFlags O="$buildRoot" ${defconfig}
            ln -s ${writeText "kernel-config" intermediateNixConfig} "$buildRoot/kernel-config"
            sed -E -e 's/^([^ ?]+)\? /\1 /' -e 's/^([^ ]+) n$/# CONFIG_\1 is not set/;t' \
              -e 's/^([^ ]+) (y|m|-?[0-9]+|0x[0-9a-fA-F]+)$/CONFIG_\1=\2/;t' -e 's/^([^ ]+) (.*)$/CONFIG_\1="\2"/' \
              "$buildRoot/kernel-config" >> "$buildRoot/.config"
            make $makeFlags O="$buildRoot" olddefconfig
          '';
          installPhase = ''mv "$buildRoot/.config" "$out"'';
          passthru.moduleStructuredConfig = { inherit settings intermediateNixConfig; };
        };
        kernel = manualConfig.override { inherit stdenv; } (
          builtins.intersectAttrs (lib.functionArgs manualConfig) args
          // {
            inherit configfile;
            config = {
              CONFIG_MODULES = "y";
            };
          }
        );
      in
      kernel.overrideAttrs (old: {
        passthru = old.passthru // {
          inherit structuredExtraConfig extraMakeFlags;
        };
      })
    )
  ) { };
in
{
  inherit manualConfig buildLinux;
}
