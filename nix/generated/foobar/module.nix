# SPDX-License-Identifier: MIT OR Apache-2.0
# Written by `cargo xtask package`; it does not overwrite what you change here.
import ../../nixos/driver.nix {
  name = "foobar";
  description = "Store of bytes at /dev/foobar, to learn driver writing from";
  package = ./package.nix;
  modules = [
    {
      name = "foobar";
      parameters = {
        drop_oldest = {
          type = "bool";
          description = "Drop the oldest lines when the store is full, instead of refusing writes (default N)";
        };
        size = {
          type = "uint";
          description = "Bytes the store can hold, a power of two from 16 to 1048576 (default 4096)";
        };
      };
    }
  ];
}
