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
  packages = (pkgs.linuxKernel.packagesFor or pkgs.linuxPackagesFor) kernel;
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
  environment =
    (import ./environment.nix {
      inherit
        pkgs
        kernel
        packages
        attr
        ;
    }).file;
}
