# SPDX-License-Identifier: MIT OR Apache-2.0
# Modules of a kernel's own tree, where the tree is what the stand-in for nixpkgs has of it (headers, makefiles, scripts) and the
# few files of ./in-tree; and a folder of modules as NixOS makes it, in which depmod has to choose between two of one name.
{
  root,
  kernelName,
}:
let
  pkgs = import <nixpkgs> {
    config = { };
    overlays = [ ];
  };
  packages = pkgs."linuxPackages_${kernelName}";
  inherit (packages) kernel;
  inTree =
    modulePath: more:
    packages.callPackage (root + "/nix/kernel/in-tree.nix") (
      { inherit modulePath kernelSource; } // more
    );
  # Folders in which something is put together with what was built are folders of their own; the rest are links.
  kernelSource = pkgs.runCommand "linux-source" { } ''
    source=${kernel.dev}/lib/modules/${kernel.modDirVersion}/source
    mkdir -p "$out/arch/x86/include" "$out/include"
    ln -s $source/arch/x86/include/* "$out/arch/x86/include/"
    ln -s $(ls -d $source/arch/x86/* | grep -v '/include$') "$out/arch/x86/"
    ln -s $source/include/* "$out/include/"
    ln -s $source/Makefile "$out/"
    cp -rs --no-preserve=mode ${kernel.dev}/lib/kbuild/scripts ${kernel.dev}/lib/kbuild/tools "$out/"
    cp -r ${./in-tree}/drivers "$out/"
  '';
  patches = [ ./in-tree/dummy.patch ];
in
rec {
  folder = inTree "drivers/net" { };
  one = inTree "drivers/net/dummy.ko" { inherit patches; };
  off = inTree "drivers/net/nothing.ko" { };
  absent = inTree "drivers/net/dumy.ko" { };
  nowhere = inTree "drivers/nowhere" { };
  # The kernel's own is where a kernel has it.
  chosen = pkgs.runCommand "modules" { nativeBuildInputs = [ pkgs.kmod ]; } ''
    modules=lib/modules/${kernel.modDirVersion}
    mkdir -p "$out/$modules/kernel/drivers/net"
    find ${folder} -name 'dummy.ko*' -exec cp {} "$out/$modules/kernel/drivers/net/" \;
    cp -r ${one}/$modules/updates "$out/$modules/"
    chmod -R u+w "$out"
    depmod -b "$out" ${kernel.modDirVersion}
    modprobe -d "$out" -S ${kernel.modDirVersion} --show-depends dummy >"$out/chosen"
  '';
}
