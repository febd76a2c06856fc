# SPDX-License-Identifier: MIT OR Apache-2.0
# An overlay of nixpkgs by which every kernel's set of packages is extended: linuxPackages, linuxPackages_6_12, those of
# linuxPackagesFor. A set that another nixpkgs has made does not see it.
{ extension }:
_: prev:
# What nixpkgs has for this since 25.11.
if prev ? kernelPackagesExtensions then
  { kernelPackagesExtensions = prev.kernelPackagesExtensions ++ [ extension ]; }
else
  {
    linuxKernel = prev.linuxKernel // {
      packagesFor = kernel: (prev.linuxKernel.packagesFor kernel).extend extension;
    };
  }
