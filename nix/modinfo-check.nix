# SPDX-License-Identifier: MIT OR Apache-2.0
# What a package's modules say of themselves, and what they must not have in them. It needs no machine, so it is there for
# every architecture.
{
  stdenv,
  zstd,
  xz,

  # The driver's name, its package, and the kernel that it is for.
  name,
  module,
  kernel,
}:

let
  dev = kernel.dev or kernel.out or kernel;
in
stdenv.mkDerivation {
  name = "modinfo-${name}-${kernel.modDirVersion}";

  inherit module;
  release = kernel.modDirVersion;
  # Its hash alone: this check must not depend on what it looks for.
  forbidden = builtins.substring 0 32 (baseNameOf (builtins.unsafeDiscardStringContext "${dev}"));

  nativeBuildInputs = [
    zstd
    xz
  ];

  buildCommand = ''
    bad=0
    complain() {
      echo "$1" >&2
      bad=1
    }

    for dir in "$module"/lib/modules/*; do
      [ "$dir" = "$module/lib/modules/$release" ] || complain "$dir is not of the kernel $release"
    done

    mkdir "$out"
    count=0
    while read -r file; do
      count=$((count + 1))
      short="''${file#"$module/lib/modules/"}"
      plain="$TMPDIR/module.ko"
      case "$file" in
        *.ko) cp -f "$file" "$plain" ;;
        *.xz) xz -dc "$file" > "$plain" ;;
        *.zst) zstd -dcqf "$file" > "$plain" ;;
        *.gz) gzip -dc "$file" > "$plain" ;;
      esac
      chmod u+w "$plain"
      info="$out/$(basename "''${file%%.ko*}").modinfo"
      # Texts that end in a zero byte (include/linux/moduleparam.h, __MODULE_INFO).
      "''${OBJCOPY:-objcopy}" -O binary --only-section=.modinfo "$plain" "$info"
      tr '\0' '\n' < "$info" > "$info.lines" && mv "$info.lines" "$info"

      for key in name license description vermagic depends; do
        grep -q "^$key=" "$info" || complain "$short does not say its $key"
      done
      of="$(sed -n 's/^vermagic=\([^ ]*\).*/\1/p' "$info")"
      [ "$of" = "$release" ] || complain "$short was built for '$of', not for $release"
      if grep -qaF "$forbidden" "$plain"; then
        complain "$short names the kernel's dev output, which would keep 60 MB of headers alive"
      fi
    done < <(find "$module/lib/modules" -type f -name '*.ko*')
    [ "$count" -gt 0 ] || complain "$module has no module"
    cat "$out"/*.modinfo || true
    exit "$bad"
  '';

  meta = {
    description = "Whether the modules of ${name} are whole, and for Linux ${kernel.modDirVersion}";
  };
}
