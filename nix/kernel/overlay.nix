# SPDX-License-Identifier: MIT OR Apache-2.0
# An overlay that gives a nixpkgs the kernels of a folder of descriptions: linuxKernel.kernels.linux_NAME,
# linuxKernel.packages.linux_NAME and linuxPackages_NAME.
{
  directory,
}:
final: prev:
let
  inherit (prev) lib;
  custom = import ./custom.nix { pkgs = final; };
  # Names are those of the files: what a set holds must not depend on the packages that it is made of.
  names = map (lib.removeSuffix ".toml") (
    lib.filter (lib.hasSuffix ".toml") (lib.attrNames (builtins.readDir directory))
  );
  each =
    prefix: make:
    lib.listToAttrs (
      map (
        name:
        lib.nameValuePair "${prefix}${name}" (
          # Its own base would be itself.
          if prev.linuxKernel.kernels ? "linux_${name}" then
            throw "nixpkgs has a kernel linux_${name} already\nhelp: give ${toString directory}/${name}.toml another name"
          else
            make (directory + "/${name}.toml")
        )
      ) names
    );
in
{
  linuxKernel = prev.linuxKernel // {
    kernels = prev.linuxKernel.kernels // each "linux_" custom.kernel;
    packages = prev.linuxKernel.packages // each "linux_" custom.packages;
  };
}
// each "linuxPackages_" custom.packages
