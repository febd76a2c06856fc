# SPDX-License-Identifier: MIT OR Apache-2.0
# Packages that are a few files, and sources that are fetched.
{ lib, stdenv }:
let
  # A source whose address needs a network: it can be evaluated, and fails when it is built.
  absent =
    { recursive }:
    what: name: attrs:
    let
      algorithm = if attrs.sha512 or "" != "" then "sha512" else "sha256";
      given = lib.filter (it: it != "") [
        (attrs.hash or "")
        (attrs.sha256 or "")
        (attrs.sha512 or "")
      ];
    in
    stdenv.mkDerivation {
      inherit name;
      # As nixpkgs does with a hash that is not known yet.
      outputHash = builtins.head (given ++ [ "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" ]);
      outputHashAlgo = if attrs.hash or "" != "" || given == [ ] then null else algorithm;
      outputHashMode = if recursive then "recursive" else "flat";
      buildCommand = ''
        echo "the stand-in for nixpkgs has no network: it can't fetch ${what}" >&2
        exit 1
      '';
      passthru = attrs;
    };
  folder = {
    recursive = true;
  };
in
rec {
  runCommand = runCommandWith { };
  runCommandCC = runCommand;
  runCommandLocal = runCommandWith {
    preferLocalBuild = true;
    allowSubstitutes = false;
  };
  runCommandWith =
    more: name: attrs: buildCommand:
    stdenv.mkDerivation (
      more
      // {
        inherit name buildCommand;
        enableParallelBuilding = true;
        passAsFile = [ "buildCommand" ] ++ attrs.passAsFile or [ ];
      }
      // removeAttrs attrs [ "passAsFile" ]
    );

  # An environment for `nix-shell`, which can be built as well, to say that all inputs are there.
  mkShell = lib.makeOverridable (
    {
      name ? "nix-shell",
      packages ? [ ],
      inputsFrom ? [ ],
      nativeBuildInputs ? [ ],
      buildInputs ? [ ],
      ...
    }@args:
    let
      # The shell's own inputs, and what those others are built with.
      of = attribute: builtins.concatMap (it: it.${attribute} or [ ]) inputsFrom;
    in
    stdenv.mkDerivation (
      removeAttrs args [
        "packages"
        "inputsFrom"
      ]
      // {
        inherit name;
        nativeBuildInputs = packages ++ nativeBuildInputs ++ of "nativeBuildInputs";
        buildInputs = buildInputs ++ of "buildInputs";
        phases = [ "buildPhase" ];
        buildPhase = ''export -p > "$out"'';
      }
    )
  );

  writeTextFile =
    {
      name,
      text,
      executable ? false,
      destination ? "",
      checkPhase ? "",
      meta ? { },
      derivationArgs ? { },
      ...
    }:
    runCommandLocal name
      (
        {
          inherit text executable meta;
          target = destination;
          passAsFile = [ "text" ];
        }
        // derivationArgs
      )
      ''
        mkdir -p "$(dirname "$out$target")"
        cp "$textPath" "$out$target"
        if [ -n "$executable" ]; then chmod +x "$out$target"; fi
        ${checkPhase}
      '';
  writeText = name: text: writeTextFile { inherit name text; };
  writeTextDir =
    path: text:
    writeTextFile {
      name = baseNameOf path;
      inherit text;
      destination = "/${path}";
    };
  writeScript =
    name: text:
    writeTextFile {
      inherit name text;
      executable = true;
    };
  writeShellScript = name: text: writeScript name "#!${stdenv.shell}\n${text}\n";
  writeScriptBin =
    name: text:
    writeTextFile {
      inherit name text;
      executable = true;
      destination = "/bin/${name}";
      meta.mainProgram = name;
    };
  writeShellScriptBin = name: text: writeScriptBin name "#!${stdenv.shell}\n${text}\n";

  linkFarm =
    name: entries:
    let
      list =
        if builtins.isAttrs entries then
          lib.mapAttrsToList (name: path: { inherit name path; }) entries
        else
          entries;
    in
    runCommandLocal name { passthru.entries = entries; } (
      ''
        mkdir -p "$out"
      ''
      + lib.concatMapStrings (it: ''
        mkdir -p "$out"/${lib.escapeShellArg (dirOf it.name)}
        ln -s ${lib.escapeShellArg "${it.path}"} "$out"/${lib.escapeShellArg it.name}
      '') list
    );
  linkFarmFromDrvs =
    name: packages:
    linkFarm name (
      map (it: {
        inherit (it) name;
        path = it;
      }) packages
    );
  symlinkJoin =
    {
      name,
      paths,
      postBuild ? "",
      ...
    }@args:
    runCommandLocal name
      (removeAttrs args [
        "name"
        "paths"
        "postBuild"
      ])
      ''
        mkdir -p "$out"
        for path in ${lib.escapeShellArgs (map (it: "${it}") paths)}; do
          cp -rsn --no-preserve=mode "$path/." "$out/"
        done
        ${postBuild}
      '';
  emptyFile = writeText "empty-file" "";
  emptyDirectory = runCommandLocal "empty-directory" { } ''mkdir "$out"'';

  fetchurl = lib.makeOverridable (
    {
      url ? builtins.head urls,
      urls ? [ url ],
      name ? baseNameOf (builtins.head (lib.toList url)),
      hash ? "",
      sha256 ? "",
      sha512 ? "",
      ...
    }@args:
    let
      place = builtins.head (lib.toList url);
      expected = if sha256 != "" then sha256 else hash;
      file = builtins.path {
        inherit name;
        path = /. + lib.removePrefix "file://" place;
        recursive = false;
        sha256 =
          if expected != "" then
            expected
          else
            throw "the stand-in for nixpkgs knows a file by its sha256 only: ${place}";
      };
    in
    # In the sandbox there is no such file, so that it is taken into the store when it is asked for.
    if lib.hasPrefix "file://" place then
      runCommandLocal name {
        inherit file;
        passthru = {
          inherit url;
        }
        // args.passthru or { };
      } ''cp "$file" "$out"''
    else
      absent { recursive = false; } place name args
  );
  fetchFromGitHub =
    {
      owner,
      repo,
      rev ? "",
      tag ? "",
      name ? "source",
      ...
    }@args:
    absent folder "${owner}/${repo} at ${
      if tag != null && tag != "" then tag else rev
    } of GitHub" name (args // { meta.homepage = "https://github.com/${owner}/${repo}"; });
  fetchFromGitLab = fetchFromGitHub;
  fetchgit =
    {
      url,
      name ? "source",
      ...
    }@args:
    absent folder url name args;
  fetchpatch =
    {
      url,
      name ? baseNameOf url,
      ...
    }@args:
    absent folder url name args;
  fetchpatch2 = fetchpatch;
  fetchzip =
    {
      url,
      name ? "source",
      ...
    }@args:
    absent folder url name args;
}
