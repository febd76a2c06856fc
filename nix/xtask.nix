# SPDX-License-Identifier: MIT OR Apache-2.0
# The orchestrator as a package, for boot checks in Nix's sandbox and for `nix run`: the program, and the sources of what runs in
# the guest, which it compiles with the tools that it finds.
{
  lib,
  rustPlatform,
  rustc ? rustPlatform.rust.rustc,
}:

rustPlatform.buildRustPackage {
  pname = "module-workbench";
  inherit ((lib.importTOML ../Cargo.toml).workspace.package) version;

  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../Cargo.lock
      ../Cargo.toml
      # Members of the workspace: cargo wants to see them all.
      ../driver/tests
      ../qc71-laptop/tests
      ../xtask
      # What the program has in it, and what it looks for when it runs.
      ../qemu
      ./environment.nix
      ./kernels.nix
    ];
  };

  cargoLock.lockFile = ../Cargo.lock;
  cargoBuildFlags = [ "--package=xtask" ];

  # Those of the command line and those that boot have a host of their own in CI; these need nothing.
  cargoTestFlags = [
    "--package=xtask"
    "--lib"
  ];

  postInstall = ''
    mkdir -p "$out/share/module-workbench"
    cp -r qemu "$out/share/module-workbench/"
  '';

  meta = {
    description = "Builds, boots and judges Linux kernel modules out of the kernel's tree";
    license = with lib.licenses; [
      mit
      asl20
    ];
    mainProgram = "xtask";
    platforms = [ "x86_64-linux" ];
    # rust-version of Cargo.toml.
    broken = lib.versionOlder rustc.version (lib.importTOML ../Cargo.toml)
    .workspace.package.rust-version;
  };
}
