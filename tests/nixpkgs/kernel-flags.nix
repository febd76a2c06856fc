# SPDX-License-Identifier: MIT OR Apache-2.0
# What make is told of the tools. By names and not by paths, so that a build outside of the sandbox finds the host's.
{ stdenv }:
[
  "CC=gcc"
  "LD=ld"
  "AR=ar"
  "NM=nm"
  "STRIP=strip"
  "OBJCOPY=objcopy"
  "OBJDUMP=objdump"
  "READELF=readelf"
  "HOSTCC=gcc"
  "HOSTLD=ld"
  "ARCH=${stdenv.hostPlatform.linuxArch}"
  "CROSS_COMPILE="
]
