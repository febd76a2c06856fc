# SPDX-License-Identifier: MIT OR Apache-2.0
# A shell in which drivers are built for one kernel by hand, clangd understands them, and a kernel's sources can be configured:
# `linuxPackages_6_12.callPackage ./nix/shell.nix { }`.
{
  lib,
  mkShell,
  kernel,
  kernelModuleMakeFlags,
  cargo,
  clang-tools,
  clippy,
  ncurses,
  pkg-config,
  python3,
  qemu,
  rustc,
  rustfmt,
}:

mkShell {
  name = "linux-${kernel.version}";

  # All that the kernel itself is built with: flex, bison, bc, openssl, elfutils and the like.
  inputsFrom = [ kernel ];
  packages = kernel.moduleBuildDependencies ++ [
    # `cargo xtask`.
    cargo
    clippy
    rustc
    rustfmt
    # `vm-test --host-tools`.
    qemu
    # `kbuild compile_commands.json`, for which nixpkgs' kernels have kept scripts/clang-tools, and who reads it.
    clang-tools
    python3
    # `make menuconfig` and `make nconfig` in the sources of a kernel.
    ncurses
    pkg-config
  ];

  # The kernel says itself what it is hardened with.
  hardeningDisable = [ "all" ];

  KDIR = "${kernel.dev}/lib/modules/${kernel.modDirVersion}/build";
  kernelModuleMakeFlags = toString kernelModuleMakeFlags;

  shellHook = ''
    # Kbuild, for the driver in the current folder.
    kbuild() {
      # The flags are words.
      make -C "$KDIR" M="$PWD" $kernelModuleMakeFlags "$@" || return
      case " $* " in *" compile_commands.json "*) _forClangd compile_commands.json ;; esac
    }

    # Flags that gcc alone has would be errors in each file. Which those are clangd knows best.
    _forClangd() {
      local file flag
      file=$(sed -n '/^ *"file": "\(.*\)".*/{s//\1/p;q}' "$1")
      for flag in $(clangd --check="$file" --compile-commands-dir=. 2>&1 |
        sed -n "s/^E.*\[drv_[a-z_]*\] Line 1: [^']*'\(-[^']*\)'.*/\1/p"); do
        sed -i ":again;s| $flag | |;tagain" "$1"
      done
    }
    echo "linux ${kernel.modDirVersion}: \`kbuild\` builds the driver in this folder, \`kbuild compile_commands.json\` tells clangd how"
  '';

  meta = {
    description = "Shell for drivers of Linux ${kernel.version}";
    platforms = lib.platforms.linux;
  };
}
