# SPDX-License-Identifier: MIT OR Apache-2.0
# A folder that Kbuild can build as a package, for tests that are about something else than packages.
{
  folder,
  name ? baseNameOf folder,
  strip ? true,
}:
{
  lib,
  stdenv,
  kernel,
  kernelModuleMakeFlags,
}:

stdenv.mkDerivation {
  pname = name;
  version = "0-${kernel.version}";
  src = lib.sources.cleanSource folder;

  nativeBuildInputs = kernel.moduleBuildDependencies;
  disallowedReferences = lib.optional strip kernel.dev;
  dontStrip = !strip;

  makeFlags = kernelModuleMakeFlags ++ [
    "-C"
    "${kernel.dev}/lib/modules/${kernel.modDirVersion}/build"
    "M=$(PWD)"
    "KCPPFLAGS=-fmacro-prefix-map=${kernel.dev}/="
  ];
  buildFlags = [ "modules" ];
  installFlags = [
    "INSTALL_MOD_PATH=${placeholder "out"}"
  ]
  ++ lib.optional strip "INSTALL_MOD_STRIP=1";
  installTargets = [ "modules_install" ];

  meta.license = lib.licenses.gpl2Only;
}
