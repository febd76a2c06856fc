# SPDX-License-Identifier: MIT OR Apache-2.0
# A kernel with a whole .config of one's own, brought up to date by the kernel's `make olddefconfig`, and compared with it.
{
  lib,
  release,
  settings,
  checked,
  sourceOf,
  patchesOf,
  makeFlagsOf,
}:
it: packages: stdenv:
let
  text = builtins.readFile (it.directory + "/${it.config-file}");
  ours = settings.linesOf it;
  start = builtins.toFile "${it.name}.config" (
    builtins.unsafeDiscardStringContext (text + "\n" + ours)
  );
  base = if it ? base then packages.linuxKernel.kernels.${it.base} else null;
  version = if it ? version || it.source != { } then release.versionOf it else base.version;
  kernel = (packages.linuxKernel.manualConfig.override { inherit stdenv; }) {
    inherit version;
    modDirVersion = release.releaseOf it version;
    src = if it ? version || it.source != { } then sourceOf it packages else base.src;
    kernelPatches = patchesOf it packages;
    extraMakeFlags = makeFlagsOf it;
    randstructSeed = it.randstruct-seed or "";
    extraMeta.branch = it.branch or (lib.versions.majorMinor version);
    configfile = configuration;
    config = settings.configOf (text + "\n" + ours);
  };
  configuration = stdenv.mkDerivation {
    pname = "linux-config-${it.name}";
    inherit version;
    inherit (kernel)
      src
      patches
      postPatch
      nativeBuildInputs
      depsBuildBuild
      ;
    makeFlags = kernel.commonMakeFlags;
    enableParallelBuilding = true;
    buildPhase = ''
      export buildRoot="$PWD/build"
      mkdir "$buildRoot"
      cp --no-preserve=mode ${start} "$buildRoot/.config"
      make $makeFlags O="$buildRoot" olddefconfig
    ''
    + checked.judge {
      arch = stdenv.hostPlatform.linuxArch;
      release = lib.removeSuffix (release.localOf it) kernel.modDirVersion;
      inherit (it) name;
      wanted = [ (settings.wantedOf it) ];
      whole = [ start ];
      warn = it.checks == "warn";
    };
    installPhase = ''cp "$buildRoot/.config" "$out"'';
  };
in
kernel
