# SPDX-License-Identifier: MIT OR Apache-2.0
# Written by `cargo xtask package`; it does not overwrite what you change here.
import ../../nixos/driver.nix {
  name = "qc71-laptop";
  description = "Laptops with the QC71 interface: Slimbook and others made by Uniwill";
  package = ./package.nix;
  needs = [
    "ACPI_WMI"
    "HWMON"
    "LEDS_CLASS"
    "INPUT_SPARSEKMAP"
  ];
  modules = [
    {
      name = "qc71_laptop";
      parameters = {
        force = {
          type = "bool";
          description = "Drive a machine that is not known to work, with the few features that its controller reports (default N)";
        };
        takeover = {
          type = "bool";
          description = "Drive this machine even if the kernel's own uniwill-laptop could (default N)";
        };
      };
    }
  ];
}
