# SPDX-License-Identifier: MIT OR Apache-2.0
# One of Debian's kernels as a package in three outputs, with what nixpkgs and packages of modules ask of a kernel. It is copied
# out of `folder`, which the sandbox has to mount.
{
  lib,
  stdenv,
  runCommand,
  tool,
  writeTextFile,
  folder,
  kernelPatches ? [ ],
  randstructSeed ? "",
  features ? { },
}:
let
  facts = builtins.fromJSON (builtins.readFile "${folder}/kernel.json");
  modDirVersion = facts.release;
  # "Debian bookworm-security 6.1.192-2"
  version = builtins.head (builtins.match ".* ([0-9.]+)-[^ ]*" facts.origin);
  config = import ./config.nix {
    inherit lib;
    text = builtins.readFile "${folder}/${facts.config}";
  };
  kernelOlder = lib.versionOlder version;
  kernelAtLeast = lib.versionAtLeast version;
  refusal =
    if kernelPatches != [ ] || randstructSeed != "" then
      throw "linux-debian is built already: it can't be patched"
    else
      "";
  uname = import ./uname.nix { inherit writeTextFile stdenv modDirVersion; };
in
stdenv.mkDerivation {
  pname = "linux-debian";
  inherit version modDirVersion;
  outputs = [
    "out"
    "dev"
    "modules"
  ];
  inherit folder refusal;
  inherit (facts) kdir config;
  image = facts.bz-image or facts.image;
  buildCommand = builtins.readFile ./kernel.sh;
  passthru = {
    inherit
      modDirVersion
      config
      kernelOlder
      kernelAtLeast
      kernelPatches
      randstructSeed
      ;
    features = {
      ia32Emulation = config.isYes "IA32_EMULATION";
      netfilterRPFilter = config.isEnabled "IP_NF_MATCH_RPFILTER";
      efiBootStub = config.isYes "EFI_STUB";
    }
    // features;
    configfile = "${folder}/${facts.config}";
    target = if stdenv.hostPlatform.isx86_64 then "bzImage" else "Image";
    buildDTBs = false;
    baseVersion = lib.versions.majorMinor version;
    isLTS = false;
    isZen = false;
    isHardened = false;
    isLibre = false;
    isXen = false;
    withRust = false;
    extraMakeFlags = [ ];
    structuredExtraConfig = { };
    patches = [ ];
    src = throw "linux-debian is built already: its sources are not here";
    commonMakeFlags = import ./kernel-flags.nix { inherit stdenv; };
    moduleBuildDependencies = [
      uname
    ]
    ++ map tool [
      "pahole"
      "perl"
      "elfutils"
      "kmod"
      "bc"
      "zstd"
      "xz"
    ];
  };
  meta = {
    description = "A kernel of Debian's";
    license = lib.licenses.gpl2Only;
    platforms = [ "x86_64-linux" ];
    sourceProvenance = [ lib.sourceTypes.binaryNativeCode ];
  };
}
