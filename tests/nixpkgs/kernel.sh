# SPDX-License-Identifier: MIT OR Apache-2.0
# Lays a kernel of Debian's out as nixpkgs does. `folder` is what its packages were unpacked into.

build=$dev/lib/modules/$modDirVersion/build
source=$dev/lib/modules/$modDirVersion/source
mkdir -p "$out" "$dev/lib/modules/$modDirVersion" "$modules/lib/modules/$modDirVersion"

cp "$folder/$image" "$out/bzImage"
cp "$folder/boot/System.map-$modDirVersion" "$out/System.map" 2>/dev/null ||
    cp "$folder/usr/lib/modules/$modDirVersion/System.map" "$out/"

cp -r --no-preserve=ownership "$folder/$kdir" "$build"
# The headers of 20 other architectures are a quarter of all files.
mkdir "$source"
tar -C "$folder"/usr/src/linux-headers-*-common -c --exclude='./arch/[!x]*' --exclude=./arch/xtensa . | tar -C "$source" -x
cp -r --no-preserve=ownership "$folder"/usr/lib/linux-kbuild-* "$dev/lib/kbuild"
chmod -R u+w "$dev"
# Links to where Debian has Kbuild's own programs.
for top in "$build" "$source"; do
    for name in scripts tools; do
        rm -rf "${top:?}/$name"
        ln -s "$dev/lib/kbuild/$name" "$top/$name"
    done
done
# These name Debian's compiler and its release, whatever is asked for; 6.1's own release is Debian's of the sources.
rm -f "$build/.kernelvariables"
echo "$modDirVersion" >"$build/include/config/kernel.release"
printf 'export KBUILD_OUTPUT = %s\ninclude %s/Makefile\n' "$build" "$source" >"$build/Makefile"
# There is no key to sign with.
sed -i '/^CONFIG_MODULE_SIG_ALL=/d' "$build/include/config/auto.conf"

cp "$folder/usr/lib/modules/$modDirVersion"/modules.{order,builtin,builtin.modinfo} "$modules/lib/modules/$modDirVersion/"
# Without a sandbox the host may have none.
if command -v depmod >/dev/null; then
    depmod -b "$modules" "$modDirVersion"
fi
