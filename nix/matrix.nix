# SPDX-License-Identifier: MIT OR Apache-2.0
# Drivers × kernels × architectures. A cell is three derivations: the driver's `module` as a package, `modinfo`, what it says of
# itself, and `boot`, its test in a machine with that kernel. No cell is missing: one that can't be is there with `meta.broken`, and
# `unmet`, the reasons. docs/nix-matrix.md has the ways to build them.
{
  pkgs ? import <nixpkgs> { },

  # Names in nixpkgs, `6_12` for `linux_6_12`; or from any name to what makes the kernel of a package set.
  kernels ? [
    "6_1"
    "6_6"
    "6_12"
    "6_18"
    "latest"
  ],
  # The drivers' folders, by their names.
  drivers ? import ./drivers.nix ../.,
  # A driver's package, for `callPackage` of a kernel's set.
  packageOf ? name: ./generated + "/${name}/package.nix",
  # A package set for each architecture: this machine's, and those that are built for from here.
  architectures ?
    pkgs.lib.optionalAttrs (pkgs ? pkgsCross) { aarch64 = pkgs.pkgsCross.aarch64-multiplatform; }
    // {
      ${pkgs.stdenv.hostPlatform.parsed.cpu.name} = pkgs;
    },

  # What runs the machines: "tcg" works everywhere, "kvm" needs builders with that feature.
  accel ? "tcg",
  # Whether modules are built once more, with debug information, so that a fault of a boot has lines of source.
  debugInfo ? true,
  xtask ? pkgs.callPackage ./xtask.nix { },
  # Further arguments of ./boot-check.nix, such as `machineTools`.
  boot ? { },
}:

let
  inherit (pkgs) lib;
  inherit (lib) recurseIntoAttrs;

  manifestIn =
    folder:
    let
      file = folder + "/driver.toml";
    in
    if builtins.pathExists file then builtins.fromTOML (builtins.readFile file) else { };
  settings =
    let
      file = ../workbench.toml;
    in
    if builtins.pathExists file then builtins.fromTOML (builtins.readFile file) else { };

  inherit (import ./limits.nix { inherit lib; }) unmet;

  # As nixpkgs names them: nix-build does not look into an attribute that begins with a digit.
  kernelsByAttr =
    let
      named =
        if builtins.isList kernels then
          lib.genAttrs kernels (
            name: set:
            set.linuxKernel.kernels."linux_${name}" or set."linux_${name}"
              or (throw "nixpkgs has no linux_${name}")
          )
        else
          kernels;
    in
    lib.mapAttrs' (name: lib.nameValuePair "linux_${name}") named;

  # What is there in place of a derivation that can't be.
  brokenCell =
    set: name: reasons: description:
    set.stdenv.mkDerivation {
      inherit name;
      buildCommand = "exit 1";
      passthru.unmet = reasons;
      meta = {
        inherit description;
        broken = true;
      };
    };

  # The driver's folder in the store, without what a plain `make` leaves in it.
  sourceOf =
    name: folder:
    builtins.path {
      name = "${name}-source";
      path = folder;
      filter =
        path: type:
        let
          base = baseNameOf path;
          endings = [
            ".o"
            ".ko"
            ".mod"
            ".mod.c"
            ".cmd"
            ".order"
            ".symvers"
          ];
        in
        if type == "directory" then
          !(lib.hasPrefix "." base || base == "target")
        else
          !builtins.any (ending: lib.hasSuffix ending base) endings;
    };

  # The module with what its package strips off.
  withDebugInfo =
    module:
    module.overrideAttrs (
      old:
      let
        unstripped = builtins.filter (
          word: !(builtins.isString word && lib.hasPrefix "INSTALL_MOD_STRIP=" word)
        );
      in
      {
        makeFlags = unstripped (old.makeFlags or [ ]);
        installFlags = unstripped (old.installFlags or [ ]);
        # Debug information names the kernel's headers.
        disallowedReferences = [ ];
        dontStrip = true;
      }
      // lib.optionalAttrs (old ? pname) { pname = "${old.pname}-with-debug-info"; }
    );

  cell =
    arch: set: kernelAttr: kernel: driver: folder:
    let
      there = builtins.tryEval "${kernel.version} ${kernel.modDirVersion}";
      packages = (set.linuxKernel.packagesFor or set.linuxPackagesFor) kernel;
      limits = (settings.driver or { }).${driver} or { };
      reasons =
        if there.success then
          unmet (manifestIn folder) limits kernel
          ++ lib.optional (isBroken kernel) "the kernel is not for ${arch}"
        else
          [ "nixpkgs has no kernel ${kernelAttr}, or none that evaluates" ];
      release = if there.success then kernel.modDirVersion else kernelAttr;
      broken = brokenCell set;

      package = packages.callPackage (packageOf driver) { };
      # The package may know of more reasons than driver.toml, such as its license or a platform.
      isBad = package.meta.broken or false || package.meta.unsupported or false;
      all =
        reasons ++ lib.optional (reasons == [ ] && isBad) "its package is not for this kernel or platform";

      module =
        if !there.success then
          broken "${driver}-${kernelAttr}" reasons "The driver ${driver} as a package"
        else if reasons != [ ] then
          package.overrideAttrs (old: {
            passthru = old.passthru or { } // {
              unmet = reasons;
            };
            meta = old.meta or { } // {
              broken = true;
            };
          })
        else
          package;

      noMachine = lib.optional (
        arch != "x86_64"
      ) "the workbench's machines are x86_64 ones, so nothing boots for ${arch}";
    in
    recurseIntoAttrs {
      inherit module;

      modinfo =
        if all != [ ] then
          broken "modinfo-${driver}-${release}" all "Whether the modules of ${driver} are whole"
        else
          set.callPackage ./modinfo-check.nix {
            name = driver;
            inherit module kernel;
          };

      boot =
        if all ++ noMachine != [ ] then
          broken "boot-${driver}-${release}" (all ++ noMachine) "Whether ${driver} works on Linux ${release}"
        else
          set.callPackage ./boot-check.nix (
            {
              name = driver;
              source = sourceOf driver folder;
              inherit
                module
                release
                xtask
                accel
                ;
              debugModule = if debugInfo then withDebugInfo module else null;
              environment =
                (import ./environment.nix {
                  pkgs = set;
                  inherit kernel packages;
                  attr = kernelAttr;
                }).file;
            }
            // boot
          );
    };

  # arch → kernel → driver → { module, modinfo, boot }
  jobs = nested (
    arch: set: kernelAttr: kernel:
    recurseIntoAttrs (builtins.mapAttrs (cell arch set kernelAttr kernel) drivers)
  );
  nested =
    driversOf:
    recurseIntoAttrs (
      builtins.mapAttrs (
        arch: set:
        recurseIntoAttrs (
          builtins.mapAttrs (kernelAttr: kernelOf: driversOf arch set kernelAttr (kernelOf set)) kernelsByAttr
        )
      ) architectures
    );

  # The same without `recurseForDerivations`, as a list.
  cells = builtins.concatMap (
    arch:
    builtins.concatMap (
      kernel:
      builtins.concatMap (
        driver:
        map
          (check: {
            attrPath = [
              arch
              kernel
              driver
              check
            ];
            drv = jobs.${arch}.${kernel}.${driver}.${check};
          })
          [
            "module"
            "modinfo"
            "boot"
          ]
      ) (builtins.attrNames drivers)
    ) (builtins.attrNames kernelsByAttr)
  ) (builtins.attrNames architectures);

  isBroken = drv: drv.meta.broken or false || drv.meta.unsupported or false;

  # What nix-eval-jobs prints of a cell, a JSON object a line there; and whether it is broken.
  told =
    { attrPath, drv }:
    let
      attr = builtins.concatStringsSep "." attrPath;
      text = builtins.unsafeDiscardStringContext;
      facts = {
        inherit attr attrPath;
        inherit (drv) name system;
        drvPath = text drv.drvPath;
        outputs = builtins.listToAttrs (
          map (output: {
            name = output;
            value = text drv.${output}.outPath;
          }) drv.outputs
        );
        broken = false;
      };
      tried = builtins.tryEval (builtins.deepSeq facts facts);
      broken = builtins.tryEval (isBroken drv);
      why = builtins.concatStringsSep "; " (drv.unmet or [ "its package says so" ]);
    in
    if broken.success && broken.value then
      {
        inherit attr attrPath;
        broken = true;
        error = "${attr} is marked as broken: ${why}";
      }
    else if tried.success then
      tried.value
    else
      {
        inherit attr attrPath;
        broken = false;
        error = "${attr} does not evaluate: `nix-instantiate nix/matrix.nix -A jobs.${attr}` says why";
      };
in
{
  inherit jobs;

  # Those cells that can be, in the same shape: for nix-build, and for Hydra.
  supported = nested (
    arch: _: kernel: _:
    recurseIntoAttrs (
      builtins.mapAttrs (
        driver: _:
        lib.filterAttrs (
          name: it: name == "recurseForDerivations" || !isBroken it
        ) jobs.${arch}.${kernel}.${driver}
      ) drivers
    )
  );

  # The same without a nesting, as `checks` of a flake are: `foobar-6_12-boot`, and for others than this machine's architecture
  # with its name in front.
  checks = builtins.listToAttrs (
    map (
      { attrPath, drv }:
      let
        at = builtins.elemAt attrPath;
        foreign = lib.optional (at 0 != pkgs.stdenv.hostPlatform.parsed.cpu.name) (at 0);
      in
      {
        name = builtins.concatStringsSep "-" (
          foreign
          ++ [
            (at 2)
            (lib.removePrefix "linux_" (at 1))
            (at 3)
          ]
        );
        value = drv;
      }
    ) (builtins.filter ({ drv, ... }: !isBroken drv) cells)
  );

  cells = map told cells;
}
