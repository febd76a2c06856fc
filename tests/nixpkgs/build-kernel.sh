# SPDX-License-Identifier: MIT OR Apache-2.0
# Lays a kernel that was just built out as nixpkgs does.

top=$dev/lib/modules/$release
mkdir -p "$out" "$top/build" "$top/source" "$modules"
cp "$buildRoot/arch/x86/boot/bzImage" "$buildRoot/System.map" "$out/"

callMake 'install flags' installFlags=INSTALL_MOD_PATH="$modules" installTargets=modules_install
rm -f "$modules/lib/modules/$release"/{build,source}

# What modules are built with: headers, makefiles, and Kbuild's own programs. As in nixpkgs, without what drivers have among
# themselves, and without the other architectures.
find . \( -path ./build -o -path './arch/[!x]*' -o -path ./arch/xtensa -o -path ./drivers -o -path ./scripts \) -prune \
    -o \( -name '*.h' -o -name 'Makefile*' -o -name 'Kbuild*' -o -name '*.lds' \) -print0 |
    tar -c --null -T - ./scripts ./tools/objtool | tar -C "$top/source" -x
tar -C "$buildRoot" -c --exclude='*.o' --exclude='*.cmd' .config Module.symvers include scripts arch/x86/include tools |
    tar -C "$top/build" -x
cp "$buildRoot/vmlinux" "$dev/"
rm -f "$top/build/source"
printf 'export KBUILD_OUTPUT = %s\ninclude %s/Makefile\n' "$top/build" "$top/source" >"$top/build/Makefile"
