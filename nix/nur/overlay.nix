# SPDX-License-Identifier: MIT OR Apache-2.0
# All of this repository as one overlay.
import ./nix/kernel-modules-overlay.nix
