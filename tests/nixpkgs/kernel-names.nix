# SPDX-License-Identifier: MIT OR Apache-2.0
# Which kernels there are. They are Debian's, from folders of the workbench's cache: WORKBENCH_TEST_KERNELS is a JSON object from
# their names here to those folders, `{ "linux_6_1": "/..." }`.
let
  named = builtins.getEnv "WORKBENCH_TEST_KERNELS";
in
rec {
  folders = if named == "" then { } else builtins.fromJSON named;
  removed = [ "linux_4_4" ];
  all = builtins.attrNames folders ++ removed;
}
