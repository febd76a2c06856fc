# SPDX-License-Identifier: MIT OR Apache-2.0
# A real nixpkgs over the tools of /usr: its library, its functions that make kernels and its phases do what they always do, and the
# compilers and small programs, which it would build first, are those that the sandbox mounts. `compiled.rs` compiles a kernel with it.
{
  config ? { },
  overlays ? [ ],
}:
let
  nixpkgs = <nixpkgs>;
  lib = import (nixpkgs + "/lib");

  # A package that is there already.
  tool =
    name: more:
    let
      package = {
        inherit name;
        pname = name;
        version = "0";
        type = "derivation";
        outPath = "/usr";
        outputs = [ "out" ];
        outputName = "out";
        out = package;
        bin = package;
        dev = package;
        lib = package;
        meta.mainProgram = name;
        override = _: package;
        overrideAttrs = _: package;
      }
      // more;
    in
    package;

  tools = lib.genAttrs [
    "bc"
    "bison"
    "cargo"
    "clang-tools"
    "clippy"
    "coreutils"
    "cpio"
    "elfutils"
    "flex"
    "getopt"
    "gmp"
    "hexdump"
    "kmod"
    "libmpc"
    "mpfr"
    "ncurses"
    "openssl"
    "pahole"
    "perl"
    "pkg-config"
    "python3"
    "python3Minimal"
    "qemu"
    "rsync"
    "rust-bindgen-unwrapped"
    "rustc"
    "rustfmt"
    "xz"
    "zlib"
    "zstd"
  ] (name: tool name { });

  shell = tool "bash" { shellPath = "/bin/bash"; };

  compiler = tool "gcc" {
    cc = tool "gcc" { };
    bintools = tool "binutils" {
      bintools = tool "ld" { };
      isLLVM = false;
    };
    targetPrefix = "";
    isGNU = true;
    isClang = false;
  };

  host =
    _: prev:
    tools
    // {
      # As the stand-in has it.
      tool = name: tool name { };
      bash = shell;
      bashNonInteractive = shell;
      rustc-unwrapped = tool "rustc" { meta.platforms = [ ]; };
      rustPlatform.rustLibSrc = "/usr/lib/rust";
      # Kernels call it by its parts, not through nixpkgs' wrapper.
      stdenv = prev.stdenv // {
        cc = compiler;
      };
    };
in
import nixpkgs {
  inherit config;
  overlays = [ host ] ++ overlays;
  crossOverlays = [ ];
  # The third would build xz.
  stdenvStages =
    args: lib.take 2 (import (nixpkgs + "/pkgs/stdenv/native") (removeAttrs args [ "crossOverlays" ]));
}
