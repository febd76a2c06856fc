# SPDX-License-Identifier: MIT OR Apache-2.0
# NixOS systems with the packaged drivers, each as the derivation that it is built by, or as the assertions that fail: for a nixpkgs
# that is a whole one.
let
  root = ../..;
  own = import (root + "/nix");
  nixpkgs = <nixpkgs>;
  hasHaskell = builtins.pathExists (
    nixpkgs + "/pkgs/development/haskell-modules/hackage-packages.nix"
  );

  system =
    module:
    import (nixpkgs + "/nixos/lib/eval-config.nix") {
      system = "x86_64-linux";
      modules = [
        own.nixosModules.foobar
        own.nixosModules.qc71-laptop
        {
          boot.loader.grub.enable = false;
          fileSystems."/" = {
            device = "/dev/vda";
            fsType = "ext4";
          };
          nixpkgs.overlays = [
            own.overlays.default
          ]
          # A nixpkgs that was made smaller has no shellcheck, which only looks at scripts.
          ++ (
            if hasHaskell then
              [ ]
            else
              [
                (_: prev: {
                  haskellPackages = { };
                  shellcheck-minimal = prev.hello // {
                    compiler.bootstrapAvailable = false;
                  };
                })
              ]
          );
          system.stateVersion = "25.11";
        }
        module
      ];
    };

  both = {
    hardware.foobar = {
      enable = true;
      settings.size = 256;
    };
    hardware.qc71-laptop.enable = true;
  };
  told =
    module: builtins.unsafeDiscardStringContext (system module).config.system.build.toplevel.drvPath;
  on =
    kernel:
    { pkgs, ... }:
    {
      imports = [ both ];
      boot.kernelPackages = pkgs.${kernel};
    };
  failing =
    module:
    map (it: it.message) (builtins.filter (it: !it.assertion) (system module).config.assertions);
in
{
  systems = builtins.listToAttrs (
    map
      (kernel: {
        name = kernel;
        value = told (on kernel);
      })
      [
        "linuxPackages_6_6"
        "linuxPackages_latest"
        "linuxPackages_zen"
      ]
  );

  # What is loaded, and how.
  loads =
    let
      inherit ((system both).config) boot;
    in
    {
      modules = builtins.filter (
        name:
        builtins.elem name [
          "foobar"
          "qc71_laptop"
        ]
      ) boot.kernelModules;
      options =
        builtins.match ".*options foobar size=256.*" (
          builtins.replaceStrings [ "\n" ] [ " " ] boot.extraModprobeConfig
        ) == [ ];
    };

  vm = builtins.unsafeDiscardStringContext (system both).config.system.build.vm.drvPath;

  # Units that a package brings, and whether the system takes them.
  units =
    let
      inherit
        ((system (
          { pkgs, ... }:
          {
            imports = [
              (import (root + "/nix/nixos/driver.nix") {
                name = "toy";
                package = null;
                modules = [ ];
                units = {
                  services.toyd = [ "multi-user.target" ];
                  services."toy@" = [ ];
                  timers.toyd = [ "timers.target" ];
                };
              })
            ];
            hardware.toy = {
              enable = true;
              package = pkgs.hello;
            };
          }
        )).config
        )
        systemd
        ;
    in
    {
      service = systemd.services.toyd.wantedBy;
      template = systemd.services ? "toy@";
      timer = systemd.timers.toyd.wantedBy;
      package = builtins.elem "hello" (map (it: it.pname or "") systemd.packages);
    };

  # A package of another kernel than the one that is booted.
  mixed = failing (
    { pkgs, ... }:
    {
      hardware.foobar = {
        enable = true;
        package = pkgs.linuxPackages_6_6.foobar;
      };
    }
  );
}
