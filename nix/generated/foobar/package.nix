# SPDX-License-Identifier: MIT OR Apache-2.0
# Written by `cargo xtask package`; it does not overwrite what you change here.
{
  lib,
  stdenv,
  kernel,
  kernelModuleMakeFlags,
}:
stdenv.mkDerivation {
  pname = "foobar";
  version = "1.0-${kernel.version}";

  src = lib.fileset.toSource {
    root = ../../../driver;
    fileset = lib.fileset.unions [
      ../../../driver/Kbuild
      ../../../driver/Makefile
      ../../../driver/foobar_core.c
      ../../../driver/foobar_core.h
      ../../../driver/foobar_kunit.c
      ../../../driver/foobar_main.c
      ../../../driver/include/uapi/foobar.h
    ];
  };

  nativeBuildInputs = kernel.moduleBuildDependencies;

  # Since Linux 6.13 warnings in the kernel's headers name these by their whole path.
  makeFlags = kernelModuleMakeFlags ++ [
    "-C"
    "${kernel.dev}/lib/modules/${kernel.modDirVersion}/build"
    "KCPPFLAGS=-fmacro-prefix-map=${kernel.dev}/="
  ];

  preBuild = ''
    makeFlagsArray+=(M="$PWD")
  '';

  buildFlags = [ "modules" ];

  installFlags = [
    "INSTALL_MOD_PATH=${placeholder "out"}"
    "INSTALL_MOD_STRIP=1"
  ];
  installTargets = [ "modules_install" ];

  # Debug information would keep the kernel's headers alive, and its whole build.
  disallowedReferences = [ kernel.dev ];

  # Says what it is built for; the NixOS module compares it with the kernel that is booted.
  passthru = { inherit kernel; };

  meta = {
    description = "Store of bytes at /dev/foobar, to learn driver writing from";
    license = lib.licenses.gpl2Only;
    maintainers = [ ];
    platforms = lib.platforms.linux;
  };
}
