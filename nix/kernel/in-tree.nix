# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Modules of the kernel's own tree, with patches, without the kernel being built again. docs/nix-in-tree.md says more.
#
#     boot.extraModulePackages = [
#       (config.boot.kernelPackages.callPackage ./in-tree.nix {
#         modulePath = "drivers/net/dummy.ko";
#         patches = [ ./dummy-says-more.patch ];
#       })
#     ];
{
  lib,
  stdenv,
  kernel,
  kernelModuleMakeFlags,
  # One module, drivers/net/dummy.ko, or a folder with all that the kernel's configuration has as modules in it.
  modulePath,
  # Applied after the kernel's own, with -p1.
  patches ? [ ],
  # What the kernel was built from. It has to be that very version.
  kernelSource ? kernel.src,
}:

let
  parts = lib.splitString "/" (lib.removeSuffix "/" modulePath);
  isModule = lib.hasSuffix ".ko" modulePath;
  folders = if isModule then lib.init parts else parts;
  module = lib.replaceStrings [ "-" ] [ "_" ] (lib.removeSuffix ".ko" (lib.last parts));
  # Kbuild starts at the top and is led down from there: a folder's makefile may count on the flags of those above it, and on its
  # place in the tree. So it could not be started in the folder itself, nor in a copy of it elsewhere.
  top = lib.head folders;
  ancestors = lib.init folders;
  build = "${kernel.dev}/lib/modules/${kernel.modDirVersion}/build";
  source = "${kernel.dev}/lib/modules/${kernel.modDirVersion}/source";
  drop = names: lib.concatMapStrings (name: "${name} :=\n") names;
  wayInto =
    subfolder:
    drop [
      "obj-y"
      "lib-y"
      "lib-m"
      "subdir-y"
      "subdir-m"
      "always-y"
      "always-m"
      "extra-y"
      "extra-m"
      "hostprogs"
      "userprogs"
      "targets"
    ]
    + "obj-m := ${subfolder}/\n";
  # A module is named by itself: `-` and `_` are the same to the kernel.
  only =
    drop [
      "obj-y"
      "lib-y"
      "subdir-y"
      "subdir-m"
    ]
    + "obj-m := $(foreach m,$(filter %.o,$(obj-m)),$(if $(filter ${module}.o,$(subst -,_,$(m))),$(m)))\n";
  # The lines of makefiles that make it.
  rules =
    "^ *obj-"
    + lib.optionalString isModule ".*[ =]${lib.replaceStrings [ "_" ] [ "[-_]" ] module}[.]o( |$)";
  wrapper = folder: text: "wrap ${lib.escapeShellArg folder} ${lib.escapeShellArg text}\n";
  folder = lib.concatStringsSep "/" folders;
  pathTo = number: lib.concatStringsSep "/" (lib.take number folders);
in

assert lib.assertMsg
  (folders != [ ] && lib.all (part: part != "" && part != ".." && part != ".") parts)
  "modulePath has to be a place below the top of the kernel's tree, such as \"drivers/net/dummy.ko\"";

stdenv.mkDerivation {
  pname = lib.replaceStrings [ "/" "_" ] [ "-" "-" ] (
    lib.removeSuffix ".ko" (lib.removeSuffix "/" modulePath)
  );
  inherit (kernel) version;

  src = kernelSource;
  patches = (kernel.patches or [ ]) ++ patches;

  nativeBuildInputs = kernel.moduleBuildDependencies;
  hardeningDisable = [
    "pic"
    "format"
  ];
  enableParallelBuilding = true;
  disallowedReferences = [ kernel.dev ];

  # What was built of the kernel is put over its source, as links: its configuration, generated headers, symbols and host programs.
  configurePhase = ''
    runHook preConfigure
    if ! [ -e ${lib.escapeShellArg folder}/Makefile -o -e ${lib.escapeShellArg folder}/Kbuild ]; then
      echo "the source of linux ${kernel.version} has no makefile in ${folder}"
      echo "help: modulePath is a folder that has one, or a module of such a folder, such as drivers/net/dummy.ko"
      exit 1
    fi
    # Its scripts name the programs that this store has; those of the source name /usr/bin's.
    if [ -d ${source}/scripts ]; then
      chmod -R u+w scripts
      cp -rsf $(realpath ${source}/scripts)/. scripts/
    fi
    for part in arch include scripts tools; do
      if [ -d ${build}/$part ]; then
        mkdir -p $part
        cp -rsf $(realpath ${build}/$part)/. $part/
      fi
    done
    for file in .config Module.symvers vmlinux; do
      if [ -e ${build}/$file ]; then ln -sf ${build}/$file $file; fi
    done
    if [ -e ${kernel.dev}/vmlinux ]; then ln -sf ${kernel.dev}/vmlinux vmlinux; fi
    wrap() {
      own=
      if [ -e "$1/Kbuild" ]; then
        mv "$1/Kbuild" "$1/Kbuild.tree"
        own=Kbuild.tree
      elif [ -e "$1/Makefile" ]; then
        own=Makefile
      fi
      printf '%s\n%s' "''${own:+include \$(src)/$own}" "$2" > "$1/Kbuild"
    }
    ${lib.concatStrings (
      lib.imap1 (number: _: wrapper (pathTo number) (wayInto (lib.elemAt folders number))) ancestors
    )}
    ${lib.optionalString isModule (wrapper folder only)}
    runHook postConfigure
  '';

  # The tree is complete, so there is no other folder of output.
  makeFlags = lib.filter (flag: !lib.hasPrefix "KBUILD_OUTPUT=" flag) kernelModuleMakeFlags ++ [
    "M=${top}"
    "KBUILD_BUILTIN="
  ];
  buildFlags = [ "modules" ];

  postBuild = ''
    if [ ! -s ${top}/modules.order ]; then
      echo "nothing of ${modulePath} is a module of linux ${kernel.version}"
      options=$(find ${lib.escapeShellArg folder} ${lib.optionalString isModule "-maxdepth 1"} -name 'Makefile*' -o -name 'Kbuild*' |
        xargs cat | sed -z 's/\\\n/ /g' | grep -E '${rules}' | grep -oE 'CONFIG_[A-Za-z0-9_]+' | sort -u || true)
      for option in $options; do
        grep -E "^(# )?$option[= ]" .config || echo "# $option is not set"
      done
      if [ -n "$options" ]; then
        echo "help: what the kernel's configuration has at m is built by itself; what is y is built with the kernel"
      else
        echo "help: no makefile in ${folder} has an option for it; is the name right?"
      fi
      exit 1
    fi
  '';

  # depmod looks into updates/ before it looks into kernel/, and no file of the kernel's own modules is in the way there.
  installFlags = [
    "INSTALL_MOD_PATH=${placeholder "out"}"
    "INSTALL_MOD_DIR=updates"
    "INSTALL_MOD_STRIP=1"
  ];
  installTargets = [ "modules_install" ];

  meta = {
    description = "${modulePath} of Linux ${kernel.version}, built by itself";
    license = lib.licenses.gpl2Only;
    platforms = lib.platforms.linux;
  };
}
