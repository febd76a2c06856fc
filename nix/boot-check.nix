# SPDX-License-Identifier: MIT OR Apache-2.0
# A driver's test in Nix's sandbox: boots the kernel in QEMU with the package's very modules, takes the steps of driver.toml, and
# judges, all by `cargo xtask vm-test`. What it has found out is its output; when that is bad, it fails, and says so in its log.
{
  lib,
  stdenv,
  xtask,
  # What runs the machine, and the guest's shell: nothing is fetched in a sandbox.
  qemu_test,
  pkgsStatic,
  acpica-tools,
  glibc,
  machineTools ? [
    qemu_test
    pkgsStatic.busybox
    # For drivers with tables of the firmware.
    acpica-tools
  ],
  # Test programs are static, and so is the guest's init.
  guestLibraries ? [ glibc.static ],

  # The driver: its name, its folder with driver.toml, and its package for this kernel.
  name,
  source,
  module,
  # The same modules with debug information, so that faults have lines of source; those of the package are stripped.
  debugModule ? null,
  # The file of ./environment.nix for the kernel.
  environment,
  # The kernel's release.
  release,

  # "tcg" runs everywhere, "kvm" on builders with the feature of that name, "auto" takes what the builder has.
  accel ? "tcg",
  requiredSystemFeatures ? lib.optional (accel == "kvm") "kvm",
}:

stdenv.mkDerivation {
  name = "boot-${name}-${release}";

  inherit
    source
    module
    environment
    accel
    requiredSystemFeatures
    ;
  driver = name;
  debug = if debugModule == null then "" else debugModule;

  nativeBuildInputs = [ xtask ] ++ machineTools;
  buildInputs = guestLibraries;
  # Programs of the guest, which has no libc to defend.
  hardeningDisable = [ "all" ];

  buildCommand = ''
    export WORKBENCH_CACHE="$TMPDIR/cache" CARGO_TARGET_DIR="$TMPDIR/target"
    cd "$TMPDIR"
    # Reports then name its files as its author does.
    cp -r --no-preserve=mode "$source" "$driver"
    status=0
    # Nix lets builders write to a terminal, and nobody looks at this one.
    xtask vm-test "$driver" --kernel "$environment" --built "$module" ''${debug:+--debug-info "$debug"} \
      --accel "$accel" --host-tools --offline --jobs "''${NIX_BUILD_CORES:-1}" --junit junit.xml > report.txt 2>&1 || status=$?
    cat report.txt
    if [ "$status" -ne 0 ]; then
      echo "the boot check has failed: xtask ended with $status"
      exit 1
    fi

    # A folder for each machine of the driver, with all that its verdict was made of.
    for run in "$CARGO_TARGET_DIR"/workbench/runs/*/*/latest; do
      machine="$(basename "$(dirname "$(dirname "$run")")")"
      mkdir -p "$out/$machine"
      for part in verdict.json console.log results.ktap run.json symbols.json; do
        if [ -e "$run/$part" ]; then
          cp "$run/$part" "$out/$machine/"
        fi
      done
    done
    mkdir -p "$out/nix-support"
    cp junit.xml report.txt "$out/"
    echo "report junit $out/junit.xml" > "$out/nix-support/hydra-build-products"
    exit 0
  '';

  meta = {
    description = "Whether ${name} works on Linux ${release}, booted in QEMU";
    # The machine is an x86 one, and so is the guest's init.
    platforms = [ "x86_64-linux" ];
  };
}
