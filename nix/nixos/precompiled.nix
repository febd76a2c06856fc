# SPDX-License-Identifier: MIT OR Apache-2.0
# Checks that a kernel that a distribution has compiled is configured as NixOS and its services need. NixOS itself looks only
# at kernels that do not say what they can do (`features`), and this one says it; its whole configuration is known.
{ config, lib, ... }:
let
  inherit (config.boot.kernelPackages) kernel;
in
{
  config.assertions = lib.optionals (kernel.isPrecompiled or false) (
    map (required: {
      assertion = required.assertion kernel.config;
      message = "the kernel ${kernel.modDirVersion} is configured otherwise than this system needs: ${required.message}";
    }) config.system.requiredKernelConfig
  );
}
