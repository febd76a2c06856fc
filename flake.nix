# SPDX-License-Identifier: MIT OR Apache-2.0
{
  description = "Kernel module workbench: builds, boots, judges and packages Linux kernel modules outside the kernel's tree";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      own = import ./nix;
      # The workbench itself runs on x86_64; drivers are built for both.
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      perSystem =
        make:
        lib.genAttrs systems (
          system: make system (import ./. { pkgs = nixpkgs.legacyPackages.${system}; })
        );
      # Those that have a shell and packages of their own; legacyPackages has them all.
      kernels = [
        "6_1"
        "6_6"
        "6_12"
        "6_18"
        "latest"
      ];
      # A flake's jobs are sets of derivations, and nothing else.
      withoutMarks =
        jobs:
        if lib.isDerivation jobs then
          jobs
        else
          lib.mapAttrs (_: withoutMarks) (removeAttrs jobs [ "recurseForDerivations" ]);
    in
    {
      inherit (own) overlays nixosModules;

      # nixpkgs' kernels and their package sets, with the drivers and the described kernels in them.
      legacyPackages = perSystem (_: all: all);

      # Flat: `foobar-linux_6_12`.
      packages = perSystem (
        system: all:
        lib.listToAttrs (
          lib.concatMap (
            kernel:
            lib.concatMap (
              driver:
              let
                package = all."linuxPackages_${kernel}".${driver};
              in
              lib.optional (!package.meta.broken && lib.meta.availableOn { inherit system; } package) (
                lib.nameValuePair "${driver}-linux_${kernel}" package
              )
            ) own.drivers
          ) kernels
        )
        // lib.optionalAttrs (system == "x86_64-linux") {
          inherit (all) xtask;
          default = all.xtask;
        }
      );

      # What `nix flake check` builds: each driver's module, what it says of itself, and its test in a machine.
      checks.x86_64-linux = self.legacyPackages.x86_64-linux.checks;

      hydraJobs = withoutMarks self.legacyPackages.x86_64-linux.supported;

      # `nix develop`, or `nix develop .#linux_6_6` for another kernel than the default one.
      devShells = perSystem (
        _: all:
        lib.listToAttrs (
          map (
            kernel:
            lib.nameValuePair "linux_${kernel}" (all."linuxPackages_${kernel}".callPackage ./nix/shell.nix { })
          ) kernels
        )
        // {
          default = all.shell;
        }
      );
    };
}
