# SPDX-License-Identifier: MIT OR Apache-2.0
# A stand-in for nixpkgs, as far as a kernel's modules are concerned: one kernel, taken from a folder of the workbench's own
# cache, in three outputs as nixpkgs has them since 25.11, with the host's compiler. No library, no network, no sandbox.
#
# WORKBENCH_TEST_KERNEL: a folder with a `kernel.json`, which a kernel of Debian's is unpacked into.
{ ... }:
let
  source = builtins.getEnv "WORKBENCH_TEST_KERNEL";
  facts = builtins.fromJSON (builtins.readFile "${source}/kernel.json");
  inherit (facts) release;

  kernel =
    derivation {
      name = "linux-6.1.0";
      system = builtins.currentSystem;
      outputs = [
        "out"
        "dev"
        "modules"
      ];
      builder = "/bin/sh";
      PATH = "/usr/bin:/bin";
      inherit source release;
      inherit (facts) kdir image;
      args = [
        "-ec"
        ''
          mkdir -p "$out" "$dev/usr/lib" "$dev/lib/modules/$release" "$modules/lib/modules/$release"
          cp "$source/$image" "$out/bzImage"
          cp -r "$source/usr/src" "$dev/usr/"
          cp -r "$source/usr/lib/linux-kbuild-"* "$dev/usr/lib/"
          ln -s "$dev/$kdir" "$dev/lib/modules/$release/build"
          cp "$source/usr/lib/modules/$release/modules."* "$modules/lib/modules/$release/"
          exit 0
        ''
      ];
    }
    // {
      version = "6.1.0";
      modDirVersion = release;
      target = "bzImage";
    };
  missing = throw "linux 6.9 was removed because it has reached its end of life upstream";
in
{
  stdenv = {
    hostPlatform.system = builtins.currentSystem;
    # Of a package that is on every host; what is asked of it is its folder `bin`.
    cc = "/usr";
    initialPath = [ "/usr" ];
  };
  linuxKernel = {
    kernels = {
      linux_6_1 = kernel;
      linux_6_9 = missing;
    };
    packagesFor = it: {
      # Debian's headers ask for binutils by names that only Debian has.
      kernelModuleMakeFlags = [
        "CC=gcc"
        "LD=ld"
        "AR=ar"
        "NM=nm"
        "OBJCOPY=objcopy"
        "OBJDUMP=objdump"
        "STRIP=strip"
        "CONFIG_DEBUG_INFO_BTF_MODULES="
        "KBUILD_OUTPUT=${it.dev}/lib/modules/${it.modDirVersion}/build"
      ];
    };
  };
}
