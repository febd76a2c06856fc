# SPDX-License-Identifier: MIT OR Apache-2.0
# An overlay: every kernel's package set gets the kernel modules.
import ./overlay.nix {
  extension = import ./extension.nix { directory = ../pkgs/linux-packages; };
}
