# SPDX-License-Identifier: MIT OR Apache-2.0
# What a machine is called by those who ask.
{ lib, system }:
let
  cpu = builtins.head (lib.splitString "-" system);
  linuxArch =
    {
      aarch64 = "arm64";
      riscv64 = "riscv";
    }
    .${cpu} or cpu;
in
{
  inherit system linuxArch;
  config = "${cpu}-unknown-linux-gnu";
  isLinux = true;
  isDarwin = false;
  isUnix = true;
  isx86 = cpu == "x86_64";
  isx86_64 = cpu == "x86_64";
  isAarch64 = cpu == "aarch64";
  isAarch32 = false;
  isAarch = cpu == "aarch64";
  isRiscV = cpu == "riscv64";
  isi686 = false;
  is32bit = false;
  is64bit = true;
  isLittleEndian = true;
  isBigEndian = false;
  isStatic = false;
  isMusl = false;
  isGnu = true;
  parsed.cpu = {
    name = cpu;
    bits = 64;
  };
  canExecute = other: other.system == system;
  emulatorAvailable = _: false;
  linux-kernel.target = if cpu == "x86_64" then "bzImage" else "Image";
}
