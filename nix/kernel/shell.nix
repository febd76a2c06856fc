# SPDX-License-Identifier: MIT OR Apache-2.0
# A shell with what `make menuconfig`, `nconfig`, `xconfig` and `gconfig` need, for the kernel of one description.
{
  lib,
  pkgs,
  read,
  packagesOf,
  kernel,
}:
path:
{
  # Qt is half a gigabyte: ask for it.
  xconfig ? false,
}:
let
  it = read path;
  described = kernel path;
  build = (packagesOf it).pkgsBuildBuild;
  # Kernels since 6.7 know Qt 6.
  qt =
    if lib.versionAtLeast described.version "6.7" then build.qt6.qtbase else build.libsForQt5.qtbase;
in
described.stdenv.mkDerivation {
  name = "configure-${it.name}";
  inherit (described) src patches postPatch;
  nativeBuildInputs = described.nativeBuildInputs;
  depsBuildBuild =
    described.depsBuildBuild
    ++ [
      build.pkg-config
      build.ncurses
    ]
    ++ lib.optional xconfig qt;
  makeFlags = described.commonMakeFlags;
  dontWrapQtApps = true;
  QT_QPA_PLATFORM_PLUGIN_PATH = lib.optionalString xconfig "${lib.getBin qt}/${
    qt.qtPluginPrefix or "lib/qt-6/plugins"
  }/platforms";
  # Options that are wrong must not keep anybody from looking at them.
  shellHook = ''
    echo "the sources of ${described.name}: unpackPhase && cd \"\$sourceRoot\" && patchPhase"
    echo "then: make \$makeFlags ${it.defconfig or "defconfig"}   (or: cp your.config .config)"
    echo "then: make \$makeFlags menuconfig${lib.optionalString xconfig ", or xconfig"}"
    echo "what you changed: scripts/diffconfig .config.old .config"
  '';
}
