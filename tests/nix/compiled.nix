# SPDX-License-Identifier: MIT OR Apache-2.0
# A kernel that is described, the teaching driver for it, both in a machine, and what somebody types into the shells of both: what
# `compiled.rs` builds.
{
  # The description.
  description,
  # The program `xtask`.
  program,
  # What makes a nixpkgs.
  nixpkgs ? import <nixpkgs>,
}:
let
  custom = pkgs: import ../../nix/kernel/custom.nix { inherit pkgs; };
  described = pkgs: (custom pkgs).kernel description;
  matrix = import ./matrix.nix {
    inherit program nixpkgs;
    kernels = { inherit described; };
    drivers.foobar = ../../driver;
    debugInfo = false;
  };
  inherit (matrix) pkgs;

  # A shell, into which this is typed.
  typed =
    text: shell:
    shell.overrideAttrs (old: {
      phases = [ "buildPhase" ];
      buildPhase = ''
        ${old.shellHook}
        ${text}
      '';
    });
in
{
  kernel = described matrix.pkgs;
  inherit (matrix.jobs.x86_64.linux_described.foobar) module modinfo boot;

  # clangd's word on each file.
  shell = typed ''
    cp -r ${../../driver} driver
    chmod -R u+w driver
    cd driver
    kbuild modules
    kbuild compile_commands.json
    mkdir "$out"
    for file in *_main.c *_core.c; do
      clangd --check="$file" --compile-commands-dir=. >"$out/$file.log" 2>&1 || true
    done
  '' (((custom pkgs).packages description).callPackage ../../nix/shell.nix { });

  # One option is looked for, jumped to, switched on and saved; the .config before and after.
  menuconfig = typed ''
    unpackPhase
    cd "$sourceRoot"
    patchPhase
    cp ${./compiled/small.config} .config
    make $makeFlags olddefconfig
    mkdir "$out"
    touch "$out/screen"
    keys() {
      # It is compiled first.
      for _ in $(seq 100); do
        grep -q navigate "$out/screen" && break || sleep 1
      done
      for key in / CRC8 '\r' 1 y '\033\033' '\033\033' '\033\033' '\r'; do
        sleep 2
        printf "$key"
      done
    }
    keys | TERM=xterm timeout 150 script -qfec "stty rows 40 cols 120; make $makeFlags menuconfig" "$out/screen" || true
    scripts/diffconfig .config.old .config >"$out/changed"
  '' ((custom pkgs).shell description { });
}
