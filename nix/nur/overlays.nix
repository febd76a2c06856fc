# SPDX-License-Identifier: MIT OR Apache-2.0
# Overlays of nixpkgs.
{
  kernel-modules = import ../nix/kernel-modules-overlay.nix;
}
