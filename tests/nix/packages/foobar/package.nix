# SPDX-License-Identifier: MIT OR Apache-2.0
# The teaching driver, packaged by hand as nixpkgs packages modules.
{
  lib,
  stdenv,
  kernel,
  kernelModuleMakeFlags,
}:

stdenv.mkDerivation (finalAttrs: {
  pname = "foobar";
  version = "0.1.0-${kernel.version}";

  src = lib.fileset.toSource {
    root = ../../../../driver;
    fileset = lib.fileset.unions [
      ../../../../driver/Kbuild
      ../../../../driver/foobar_core.c
      ../../../../driver/foobar_core.h
      ../../../../driver/foobar_main.c
      ../../../../driver/include
    ];
  };

  nativeBuildInputs = kernel.moduleBuildDependencies;

  enableParallelBuilding = true;

  makeFlags = kernelModuleMakeFlags ++ [
    "-C"
    "${kernel.dev}/lib/modules/${kernel.modDirVersion}/build"
    # Not $(PWD): 5.10 starts make again through a shell in its own folder, which sets that anew.
    "M=$(NIX_BUILD_TOP)/source"
  ];
  buildFlags = [ "modules" ];
  installFlags = [
    "INSTALL_MOD_PATH=${placeholder "out"}"
    "INSTALL_MOD_STRIP=1"
  ];
  installTargets = [ "modules_install" ];

  disallowedReferences = [ kernel.dev ];

  meta = {
    description = "A driver that shows how drivers are written";
    license = lib.licenses.gpl2Only;
    platforms = lib.platforms.linux;
    broken = kernel.kernelOlder "5.0";
  };
})
