# SPDX-License-Identifier: MIT OR Apache-2.0
# A kernel that a distribution has compiled, as a kernel package for `linuxPackagesFor` and `boot.kernelPackages`. Nothing of
# it is compiled again: its packages are unpacked, and their headers are mended so that modules can be built against them.
# `cargo xtask kernels import` writes the call of this function; docs/nix-precompiled.md is for people.
#
# It is imported, and not called by callPackage, which would fill in `kernelPatches` and `src`: nixpkgs has things of these names.
{
  pkgs,
  lib ? pkgs.lib,
  stdenv ? pkgs.stdenv,
  buildPackages ? pkgs.buildPackages,

  # What the packages were found to have.
  pname,
  # Upstream's version.
  version,
  # What `uname -r` says.
  modDirVersion,
  # "x86_64" or "aarch64".
  arch,
  # What it was compiled with: { name = "gcc"; version = "14.2.0"; }.
  compiler,
  # What its image is called in `out`.
  target,
  # Paths in the packages: { image, systemMap, modules, kdir, headers }.
  layout,
  # What has to be mended in the headers, by names that are explained below.
  repairs ? [ ],
  # The packages, and their kinds: "deb", "rpm", "pacman".
  sources,
  formats,
  # Its configuration as a file, and as JSON with "n" for what is not set.
  configfile,
  configValues,

  # What NixOS and people override.
  kernelPatches ? [ ],
  randstructSeed ? "",
  features ? { },
  extraMakeFlags ? [ ],
  # Its sources, for the tools of the package set that are made of them.
  src ? null,
  # Flags of make for modules; by default those that nixpkgs gives.
  commonMakeFlags ? null,
  ...
}:
let
  # What an older nixpkgs, or one that is pieced together, may not have.
  have = names: lib.filter (it: it != null) (map (name: pkgs.${name} or null) names);

  # The compiler nearest to the kernel's own: plug-ins and options fit the next newer better than the next older one.
  wanted = builtins.fromJSON (lib.versions.major compiler.version);
  stdenvOf =
    number:
    if compiler.name == "clang" then
      (pkgs."llvmPackages_${toString number}" or { }).stdenv or null
    else
      pkgs."gcc${toString number}Stdenv" or null;
  # Names of compilers that are gone are still there, and throw.
  isThere =
    number:
    let
      tried = builtins.tryEval (stdenvOf number != null && stdenvOf number ? cc);
    in
    tried.success && tried.value;
  near = lib.range wanted (wanted + 9) ++ lib.reverseList (lib.range (wanted - 5) (wanted - 1));
  nearest = lib.findFirst isThere null near;
  stdenvForModules = if nearest == null then stdenv else stdenvOf nearest;

  values = lib.importJSON configValues;
  optionName = option: if lib.hasPrefix "CONFIG_" option then option else "CONFIG_${option}";
  valueOf = option: values.${optionName option} or null;
  # As in a kernel of nixpkgs; there, too, what is not set in the configuration is not set here.
  config = values // rec {
    isSet = option: valueOf option != null && valueOf option != "n";
    getValue = option: if isSet option then valueOf option else null;
    isYes = option: valueOf option == "y";
    isNo = option: valueOf option == "n";
    isModule = option: valueOf option == "m";
    isEnabled = option: isYes option || isModule option;
    isDisabled = option: !isEnabled option;
  };

  # Since it has these, NixOS does not check the configuration; nix/nixos/precompiled.nix does.
  knownFeatures = {
    ia32Emulation = config.isYes "IA32_EMULATION";
    netfilterRPFilter = config.isEnabled "IP_NF_MATCH_RPFILTER";
  }
  # systemd-boot asks whether it is there at all.
  // lib.optionalAttrs (config.isYes "EFI_STUB") { efiBootStub = true; };

  changes =
    it:
    (it.patch or null) != null
    || (it.extraConfig or "") != ""
    || (it.structuredExtraConfig or { }) != { }
    || (it.extraStructuredConfig or { }) != { };
  refused =
    map (it: "the patch or configuration `${it.name or "without a name"}`") (
      lib.filter changes kernelPatches
    )
    ++ lib.optional (randstructSeed != "") "a `randstructSeed`";

  flagsFile = (pkgs.path or ./.) + "/pkgs/os-specific/linux/kernel/common-flags.nix";
  linuxArch = if arch == "aarch64" then "arm64" else arch;
  flags =
    if commonMakeFlags != null then
      commonMakeFlags
    else if builtins.pathExists flagsFile then
      import flagsFile {
        inherit lib buildPackages extraMakeFlags;
        stdenv = stdenvForModules;
      }
    else
      [
        "CC=${stdenvForModules.cc}/bin/${stdenvForModules.cc.targetPrefix or ""}cc"
        "HOSTCC=${buildPackages.stdenv.cc}/bin/${buildPackages.stdenv.cc.targetPrefix or ""}cc"
        "ARCH=${linuxArch}"
        "CROSS_COMPILE=${stdenvForModules.cc.targetPrefix or ""}"
      ]
      ++ extraMakeFlags;

  # Some headers' inline functions name their file in warnings, and since 6.13 Kbuild no longer shortens the names of a kernel's
  # headers in modules that are outside of its tree: they would refer to all of `dev`.
  flagsOf = kernel: flags ++ [ "KCPPFLAGS=-fmacro-prefix-map=${kernel.dev}/=" ];

  mends = repair: lib.elem repair repairs;
  autoPatchelfHook = pkgs.autoPatchelfHook or null;
in
stdenv.mkDerivation (finalAttrs: {
  inherit pname version modDirVersion;

  outputs = [
    "out"
    "dev"
    "modules"
  ];

  # Said here, and not around it all: who asks for the version alone, so as to choose patches by it, must not be asked for patches.
  srcs =
    if refused == [ ] then
      sources
    else
      throw ''
        ${pname} ${version} has been compiled already, so it can't take ${lib.concatStringsSep " and " refused}
        help: take it out of `boot.kernelPatches`, or out of the module that adds it; a kernel that is compiled here can have it
      '';

  # A .deb file is unpacked by what every build has. Some scripts of the headers are Perl.
  nativeBuildInputs =
    have (
      [
        "kmod"
        "perl"
        "zstd"
      ]
      ++ lib.optional (lib.elem "rpm" formats) "libarchive"
    )
    ++ lib.optional (autoPatchelfHook != null) autoPatchelfHook;

  # What the programs of the headers are linked to: modpost, objtool, sign-file and others.
  buildInputs =
    have [
      "elfutils"
      "openssl"
      "xz"
      "zlib"
      "zstd"
    ]
    ++ lib.optional (autoPatchelfHook != null && stdenv.cc ? cc.lib) stdenv.cc.cc.lib;

  inherit (layout) image kdir;
  imageName = target;
  systemMap = if layout.systemMap == null then "" else layout.systemMap;
  modulesDir = layout.modules;
  headerDirs = layout.headers;

  unpackPhase = ''
    runHook preUnpack
    mkdir packages
    cd packages
    for package in $srcs; do
      echo "unpacking $package"
      case $package in
        *.deb)
          data=$(ar t "$package" | grep '^data\.tar')
          unpack=cat
          case $data in
            *.xz) unpack="xz --decompress" ;;
            *.zst) unpack="zstd --decompress" ;;
            *.gz) unpack="gzip --decompress" ;;
          esac
          ar p "$package" "$data" | $unpack | tar --extract --no-same-owner
          ;;
        *.rpm) bsdtar --extract --no-same-owner --file "$package" ;;
        # tar sees by itself how it is compressed.
        *) tar --extract --no-same-owner --file "$package" ;;
      esac
    done
    chmod -R u+w .
    # Packages that are older than the merged /usr.
    if [ -d lib ]; then
      mkdir -p usr/lib
      cp --archive --link lib/. usr/lib/
      rm -r lib
    fi
    runHook postUnpack
  '';

  dontPatch = true;
  dontConfigure = true;
  dontBuild = true;

  installPhase = ''
    runHook preInstall

    mkdir -p "$out" "$dev/lib/modules/$modDirVersion" "$modules/lib/modules"
    cp "$image" "$out/$imageName"
    if [ -n "$systemMap" ]; then
      cp "$systemMap" "$out/System.map"
    fi

    # Headers stand where they stood, but for `usr`: then relative links between them still lead to where they did.
    for dir in $headerDirs; do
      mkdir -p "$dev/$(dirname "''${dir#usr/}")"
      mv "$dir" "$dev/''${dir#usr/}"
    done
    headers=$dev/''${kdir#usr/}
    build=$dev/lib/modules/$modDirVersion/build
    if [ "$headers" != "$build" ]; then
      ln -s "$headers" "$build"
    fi
    if [ ! -e "$dev/lib/modules/$modDirVersion/source" ]; then
      ln -s "$headers" "$dev/lib/modules/$modDirVersion/source"
    fi
    if [ -e "$headers/vmlinux" ]; then
      ln -s "$headers/vmlinux" "$dev/vmlinux"
    fi
  ''
  # Links that name places of the distribution.
  + lib.optionalString (mends "links") ''
    find "$dev" -type l -lname '/*' | while read -r link; do
      path=$(readlink "$link")
      path=''${path#/}
      path=$dev/''${path#usr/}
      if [ -e "$path" ]; then
        ln -sfn "$path" "$link"
      fi
    done
  ''
  # The line with which they include the headers that several kernels share.
  + lib.optionalString (mends "makefile") ''
    sed -i -e "s,/usr/src/,$dev/src/,g" -e "s,/usr/lib/,$dev/lib/,g" "$headers/Makefile"
  ''
  # Debian's fixes the compiler by its name there, the architecture and the release, whatever make is told.
  + lib.optionalString (mends "kernelvariables") ''
    rm "$headers/.kernelvariables"
  ''
  # The release that modules are installed below.
  + lib.optionalString (mends "release") ''
    echo "$modDirVersion" > "$headers/include/config/kernel.release"
  ''
  # Signing needs a key that only the distribution has.
  + lib.optionalString (mends "signing") ''
    sed -i '/^CONFIG_MODULE_SIG_ALL=y$/d' "$headers/include/config/auto.conf"
  ''
  + ''
    mv "$modulesDir" "$modules/lib/modules/$modDirVersion"
    cd "$modules/lib/modules/$modDirVersion"
    # Links to the headers, which only modules need, and the image and its like.
    find . -mindepth 1 -maxdepth 1 ! -type d ! -name 'modules.*' -delete
    rm -rf build source vdso
    # These are copied without a question whether they are there.
    touch modules.order modules.builtin modules.builtin.modinfo
    depmod --basedir "$modules" "$modDirVersion"

    runHook postInstall
  '';

  # They are the distribution's, and some are signed.
  dontStrip = true;
  dontPatchELF = true;
  # Headers have links into parts of the sources that are not packaged.
  dontCheckForBrokenSymlinks = true;
  # The image and the modules are no programs of this system; the headers' are.
  dontAutoPatchelf = true;
  postFixup = lib.optionalString (autoPatchelfHook != null) ''
    autoPatchelf -- "$dev"
  '';

  passthru = {
    inherit
      config
      configfile
      target
      kernelPatches
      randstructSeed
      compiler
      extraMakeFlags
      ;
    isPrecompiled = true;
    features = lib.recursiveUpdate knownFeatures features;
    buildDTBs = false;
    stdenv = stdenvForModules;

    commonMakeFlags = flagsOf finalAttrs.finalPackage;
    # Until 24.11 modules were built with these.
    makeFlags = flagsOf finalAttrs.finalPackage;
    moduleMakeFlags = flagsOf finalAttrs.finalPackage ++ [
      "KBUILD_OUTPUT=${finalAttrs.finalPackage.dev}/lib/modules/${modDirVersion}/build"
    ];
    moduleBuildDependencies =
      have [
        "pahole"
        "perl"
        "elfutils"
        "bc"
        "kmod"
        "xz"
        "zstd"
      ]
      ++ lib.optional (pkgs ? deterministic-uname) (
        pkgs.deterministic-uname.override { inherit modDirVersion; }
      );

    baseVersion = lib.head (lib.splitString "-rc" version);
    kernelOlder = lib.versionOlder version;
    kernelAtLeast = lib.versionAtLeast version;
    isLTS = false;
    isZen = false;
    isHardened = false;
    isLibre = false;
    isXen = lib.versionAtLeast version "4.19";
    # No distribution ships what modules in Rust are compiled against.
    withRust = false;
    structuredExtraConfig = { };
    patches = [ ];
    src =
      if src != null then
        src
      else
        throw ''
          ${pname} ${version} has been compiled by somebody else, and its sources are not here; what asks for them is a tool that
          is made of the kernel's sources, such as cpupower, turbostat or usbip
          help: give them, `(…).override { src = pkgs.fetchurl { … }; }`, or leave the tool out; cpupower comes with
          `powerManagement.cpuFreqGovernor`, which can be set to `lib.mkForce null`
        '';
  };

  meta = {
    description = "Linux ${modDirVersion}, as a distribution has compiled it";
    homepage = "https://www.kernel.org/";
    license = lib.licenses.gpl2Only;
    platforms = [ "${arch}-linux" ];
    sourceProvenance = [ lib.sourceTypes.binaryNativeCode ];
  };
})
