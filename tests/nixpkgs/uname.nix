# SPDX-License-Identifier: MIT OR Apache-2.0
# What a build asks must not depend on the machine that it runs on.
{
  writeTextFile,
  stdenv,
  modDirVersion,
}:
writeTextFile {
  name = "uname";
  executable = true;
  destination = "/bin/uname";
  text = ''
    #!/bin/sh
    case "$*" in
      -r) echo ${modDirVersion} ;;
      -m | -p) echo ${builtins.head (builtins.split "-" stdenv.hostPlatform.system)} ;;
      -s | "") echo Linux ;;
      *) exec /usr/bin/uname "$@" ;;
    esac
  '';
}
