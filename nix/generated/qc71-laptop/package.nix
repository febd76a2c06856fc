# SPDX-License-Identifier: MIT OR Apache-2.0
# Written by `cargo xtask package`; it does not overwrite what you change here.
{
  lib,
  stdenv,
  kernel,
  kernelModuleMakeFlags,
}:
stdenv.mkDerivation {
  pname = "qc71-laptop";
  version = "1.0-${kernel.version}";

  src = lib.fileset.toSource {
    root = ../../../qc71-laptop;
    fileset = lib.fileset.unions [
      ../../../qc71-laptop/Kbuild
      ../../../qc71-laptop/Makefile
      ../../../qc71-laptop/qc71.h
      ../../../qc71-laptop/qc71_attrs.c
      ../../../qc71-laptop/qc71_battery.c
      ../../../qc71-laptop/qc71_codec.c
      ../../../qc71-laptop/qc71_codec.h
      ../../../qc71-laptop/qc71_compat.h
      ../../../qc71-laptop/qc71_debugfs.c
      ../../../qc71-laptop/qc71_ec.c
      ../../../qc71-laptop/qc71_ec.h
      ../../../qc71-laptop/qc71_event.c
      ../../../qc71-laptop/qc71_fan.c
      ../../../qc71-laptop/qc71_hwmon.c
      ../../../qc71-laptop/qc71_input.c
      ../../../qc71-laptop/qc71_kbd.c
      ../../../qc71-laptop/qc71_keep.c
      ../../../qc71-laptop/qc71_lightbar.c
      ../../../qc71-laptop/qc71_main.c
      ../../../qc71-laptop/qc71_mcled.c
      ../../../qc71-laptop/qc71_models.c
      ../../../qc71-laptop/qc71_perf.c
      ../../../qc71-laptop/qc71_power.c
      ../../../qc71-laptop/qc71_regs.h
      ../../../qc71-laptop/qc71_superkey.c
    ];
  };

  nativeBuildInputs = kernel.moduleBuildDependencies;
  enableParallelBuilding = true;

  # Since Linux 6.13 warnings in the kernel's headers name these by their whole path.
  makeFlags = kernelModuleMakeFlags ++ [
    "-C"
    "${kernel.dev}/lib/modules/${kernel.modDirVersion}/build"
    "KCPPFLAGS=-fmacro-prefix-map=${kernel.dev}/="
  ];

  preBuild = ''
    for option in CONFIG_ACPI_WMI CONFIG_HWMON CONFIG_LEDS_CLASS CONFIG_INPUT_SPARSEKMAP; do
      if ! grep -q "^$option=[ym]$" ${kernel.dev}/lib/modules/${kernel.modDirVersion}/build/.config; then
        echo "error: qc71-laptop needs a kernel with $option, and ${kernel.modDirVersion} has it not" >&2
        echo "help: boot.kernelPatches can switch it on, with structuredExtraConfig" >&2
        exit 1
      fi
    done
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
    description = "Laptops with the QC71 interface: Slimbook and others made by Uniwill";
    license = lib.licenses.gpl2Only;
    maintainers = [ ];
    platforms = [ "x86_64-linux" ];
  };
}
