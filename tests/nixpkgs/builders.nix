# SPDX-License-Identifier: MIT OR Apache-2.0
# Packages that are a few files, and sources that are fetched.
{ lib, stdenv }:
let
  # A source whose address needs a network: it can be evaluated, and fails when it is built.
  absent =
    what: name: attrs:
    let
      hash = attrs.hash or attrs.sha256 or lib.fakeHash;
    in
    stdenv.mkDerivation {
      inherit name;
      outputHash = hash;
      outputHashAlgo = if lib.hasPrefix "sha256-" hash then null else "sha256";
      outputHashMode = "recursive";
      buildCommand = ''
        echo "the stand-in for nixpkgs has no network: it can't fetch ${what}" >&2
        exit 1
      '';
      passthru = attrs;
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

  # Nix itself fetches, also from `file:` addresses; of others there is nothing in a sandbox without a network.
  fetchurl = lib.makeOverridable (
    {
      url ? builtins.head urls,
      urls ? [ url ],
      name ? baseNameOf (builtins.head (lib.toList url)),
      hash ? "",
      sha256 ? "",
      sha512 ? "",
      executable ? false,
      passthru ? { },
      meta ? { },
      ...
    }:
    let
      algorithm =
        if sha512 != "" then
          "sha512"
        else if hash != "" then
          null
        else
          "sha256";
      outputHash = lib.findFirst (it: it != "") lib.fakeHash [
        hash
        sha256
        sha512
      ];
    in
    derivation (
      {
        inherit name outputHash executable;
        system = "builtin";
        builder = "builtin:fetchurl";
        outputHashMode = if executable then "recursive" else "flat";
        unpack = false;
        preferLocalBuild = true;
        url = builtins.head (lib.toList url);
        urls = lib.toList url;
      }
      // lib.optionalAttrs (algorithm != null) { outputHashAlgo = algorithm; }
    )
    // {
      inherit meta;
      overrideAttrs = _: throw "the stand-in's fetchurl has no overrideAttrs";
    }
    // passthru
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
    absent "${owner}/${repo} at ${if tag != null && tag != "" then tag else rev} of GitHub" name (
      args // { meta.homepage = "https://github.com/${owner}/${repo}"; }
    );
  fetchFromGitLab = fetchFromGitHub;
  fetchgit =
    {
      url,
      name ? "source",
      ...
    }@args:
    absent url name args;
  fetchpatch =
    {
      url,
      name ? baseNameOf url,
      ...
    }@args:
    absent url name args;
  fetchpatch2 = fetchpatch;
  fetchzip =
    {
      url,
      name ? "source",
      ...
    }@args:
    absent url name args;
}
