# SPDX-License-Identifier: MIT OR Apache-2.0
# What `cargo xtask` asks a nixpkgs: which kernels it has, and what modules for one of them are built with.
{
  # A folder with a nixpkgs.
  nixpkgs,
  # The kernel: `linux_6_6`.
  attr ? "linux_latest",
}:
let
  pkgs = import nixpkgs {
    # Not the person's own: the result must not depend on files that nobody looks at.
    config = { };
    overlays = [ ];
  };
  system = pkgs.stdenv.hostPlatform.system or builtins.currentSystem;
  inherit (pkgs.linuxKernel) kernels;

  # Names whose kernel is gone are still there, and throw.
  describe =
    name:
    let
      kernel = kernels.${name} or pkgs.${name};
      facts = {
        inherit name;
        inherit (kernel) version;
        release = kernel.modDirVersion or kernel.version;
        fits = builtins.elem system (kernel.meta.platforms or [ system ]);
      };
      tried = builtins.tryEval (builtins.deepSeq facts facts);
    in
    if (kernels ? ${name} || pkgs ? ${name}) && tried.success then tried.value else null;

  kernel = kernels.${attr} or pkgs.${attr};
  release = kernel.modDirVersion or kernel.version;
  packages = (pkgs.linuxKernel.packagesFor or pkgs.linuxPackagesFor) kernel;
  output = name: kernel.${name} or kernel.out or kernel;
  build = "${output "dev"}/lib/modules/${release}/build";
  programs = package: "${package.bin or package.out or package}/bin";
in
{
  # One kernel, or null.
  kernel = describe attr;

  kernels = builtins.filter (it: it != null && it.fits) (
    map describe (
      builtins.filter (name: builtins.substring 0 6 name == "linux_") (builtins.attrNames kernels)
    )
  );

  # A file that says it all, and keeps what it names alive.
  environment = derivation {
    name = "workbench-kernel-${kernel.version}";
    inherit system;
    builder = pkgs.stdenv.shell or "/bin/sh";
    # A builder that ends by becoming another program looks as if it had been killed.
    args = [
      "-c"
      ''printf %s "$facts" > "$out"; exit 0''
    ];
    facts = builtins.toJSON {
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
  };
}
