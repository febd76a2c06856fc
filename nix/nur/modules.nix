# SPDX-License-Identifier: MIT OR Apache-2.0
# NixOS modules, as paths.
import ../nix/kernel-modules-nixos.nix
