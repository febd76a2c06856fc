# SPDX-License-Identifier: MIT OR Apache-2.0
# What modules for a kernel are built with and what is booted, as `cargo xtask` reads it: `file` names the kernel where there is
# no Nix to ask, `--kernel ./FILE`, and keeps what it names alive.
{
  pkgs,
  kernel,
  # The kernel's package set.
  packages,
  # What the kernel is called in messages: `linux_6_6`.
  attr,
}:
let
  system = pkgs.stdenv.hostPlatform.system or builtins.currentSystem;
  release = kernel.modDirVersion or kernel.version;
  output = name: kernel.${name} or kernel.out or kernel;
  build = "${output "dev"}/lib/modules/${release}/build";
  programs = package: "${package.bin or package.out or package}/bin";

  facts = {
    inherit attr release;
    inherit (kernel) version;
    kdir = build;
    image = "${kernel.out or kernel}/${kernel.target or "bzImage"}";
    modules = "${output "modules"}/lib/modules/${release}";
    # kernel.makeFlags are those of the kernel's own build. The set has had these since 25.05.
    make-flags =
      packages.kernelModuleMakeFlags or ((kernel.commonMakeFlags or [ ]) ++ [ "KBUILD_OUTPUT=${build}" ]);
    path = map programs (
      (kernel.moduleBuildDependencies or [ ])
      ++ [ pkgs.stdenv.cc ]
      ++ (if pkgs.stdenv.cc ? bintools then [ pkgs.stdenv.cc.bintools ] else [ ])
      ++ (pkgs.stdenv.initialPath or [ ])
    );
  };
in
{
  inherit facts;

  file = derivation {
    name = "workbench-kernel-${kernel.version}";
    inherit system;
    builder = pkgs.stdenv.shell or "/bin/sh";
    # A builder that ends by becoming another program looks as if it had been killed.
    args = [
      "-c"
      ''printf %s "$facts" > "$out"; exit 0''
    ];
    facts = builtins.toJSON facts;
  };
}
