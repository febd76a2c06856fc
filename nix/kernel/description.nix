# SPDX-License-Identifier: MIT OR Apache-2.0
# Reads a description of a kernel (nix/kernels/NAME.toml) and refuses what it can't mean, with the file and the key.
{ lib }:
let
  inherit (lib)
    concatStringsSep
    isAttrs
    isBool
    isInt
    isList
    isString
    ;

  # By nixpkgs' names of systems: what its pkgsCross calls them.
  systems = {
    x86_64-linux = "gnu64";
    i686-linux = "gnu32";
    aarch64-linux = "aarch64-multiplatform";
    armv7l-linux = "armv7l-hf-multiplatform";
    riscv64-linux = "riscv64";
    loongarch64-linux = "loongarch64-linux";
    powerpc64le-linux = "powernv";
    s390x-linux = "s390x";
  };

  text = {
    what = "a text";
    fits = isString;
  };
  truth = {
    what = "true or false";
    fits = isBool;
  };
  table = {
    what = "a table";
    fits = isAttrs;
  };
  oneOf = words: {
    what = "one of ${concatStringsSep ", " (map quoted words)}";
    fits = value: isString value && lib.elem value words;
    inherit words;
  };
  listOf = kind: {
    what = "a list, each of it ${kind.what}";
    fits = value: isList value && lib.all kind.fits value;
  };
  either = one: other: {
    what = "${one.what} or ${other.what}";
    fits = value: one.fits value || other.fits value;
  };
  matching = pattern: what: {
    inherit what;
    fits = value: isString value && builtins.match pattern value != null;
  };
  hash = matching "sha(1|256|512)[-:].*|[0-9a-z]{52,64}" "a hash, such as \"sha256-...\"";
  file = matching "[^:]+" "a path beside the description";

  quoted = value: "`${value}`";

  keys = {
    base = matching "linux(_[a-z0-9_]+)?" "a kernel of nixpkgs, such as \"linux_6_12\"";
    version = matching "[0-9]+\\.[0-9]+(\\.[0-9]+)?(-rc[0-9]+)?" "a version, such as \"6.12.94\" or \"6.13-rc2\"";
    inherit hash;
    source = table;
    branch = matching "[0-9]+\\.[0-9]+|testing" "a branch, such as \"6.12\"";
    extraversion = matching "[-+.][A-Za-z0-9.+_-]*" "what the sources add to the version, such as \"-rt5\"";
    localversion = matching "[-+.][A-Za-z0-9.+_-]*" "what is added to the version, such as \"-mine\"";
    patches = listOf (either file table);
    config = table;
    config-file = file;
    defconfig = matching "[A-Za-z0-9_-]+config" "a target of make, such as \"defconfig\"";
    common-config = truth;
    auto-modules = truth;
    checks = oneOf [
      "error"
      "warn"
    ];
    compiler = oneOf [
      "gcc"
      "clang"
    ];
    system = oneOf (lib.attrNames systems);
    randstruct-seed = text;
    make-flags = listOf text;
  };

  sourceKeys = {
    url = text;
    inherit hash;
    path = file;
  };

  patchKeys = {
    url = text;
    inherit hash;
    name = text;
  };

  configKeys = {
    value = either text (
      either truth {
        what = "a number";
        fits = isInt;
      }
    );
    freeform = text;
    optional = truth;
    force = truth;
    unset = truth;
  };

  # The word that was meant, if there is one that is near.
  near =
    word: words:
    let
      found = lib.filter (other: lib.strings.levenshteinAtMost 2 word other) words;
    in
    if found == [ ] then "" else "; did you mean ${quoted (lib.head found)}?";

  read = path: readText path (builtins.readFile path);

  # What a file of that path would say.
  readText =
    path: text:
    let
      told = toString path;
      fail = what: help: throw "${told}: ${what}\nhelp: ${help}";

      checked =
        within: allowed: value:
        let
          each = lib.mapAttrs (
            key: given:
            let
              kind =
                allowed.${key}
                  or (fail "${quoted "${within}${key}"} is no key${near key (lib.attrNames allowed)}" "the keys are ${concatStringsSep ", " (lib.attrNames allowed)}");
            in
            if kind.fits given then
              given
            else
              fail "${quoted "${within}${key}"} is ${builtins.toJSON given}${if kind ? words && isString given then near given kind.words else ""}" "it has to be ${kind.what}"
          ) value;
        in
        builtins.deepSeq each each;

      given = checked "" keys (builtins.fromTOML text);
      source = checked "source." sourceKeys (given.source or { });
      patches = map (
        patch:
        if isString patch then
          patch
        else
          let
            known = checked "patches." patchKeys patch;
          in
          if known ? url && known ? hash then
            known
          else
            fail "a patch has no `url` or no `hash`" "give both, or a path"
      ) (given.patches or [ ]);

      option =
        key: value:
        if lib.hasPrefix "CONFIG_" key then
          fail "`config.${key}` has the prefix" "write `${lib.removePrefix "CONFIG_" key}`"
        else if builtins.match "[A-Za-z0-9_]+" key == null then
          fail "`config.${key}` is no name of an option" "it is made of letters, digits and `_`"
        else if isAttrs value then
          let
            known = checked "config.${key}." configKeys value;
            said = lib.filter (word: known ? ${word}) [
              "value"
              "freeform"
              "unset"
            ];
          in
          if lib.length said != 1 then
            fail "`config.${key}` needs one of `value`, `freeform` and `unset`" "write { value = \"y\", optional = true }"
          else
            known
        else if configKeys.value.fits value then
          { inherit value; }
        else
          fail "`config.${key}` is ${builtins.toJSON value}" "it has to be true, false, \"y\", \"m\", \"n\", a number, a text, or a table such as { value = \"m\", optional = true }";

      config = lib.mapAttrs option (given.config or { });

      # Each is true of a description that contradicts itself, or says too little.
      contradictions = [
        {
          holds = !(given ? base) && !(given ? version) && !(source ? path);
          what = "nothing says which kernel it is";
          help = "give `base = \"linux_6_12\"`, or `version` and `hash`, or `version` and [source]";
        }
        {
          holds = given ? version && !(given ? hash) && source == { };
          what = "`version` without `hash`";
          help = "give the `hash` of kernel.org's archive of it; with hash = \"${lib.fakeHash}\" Nix tells the right one";
        }
        {
          holds = given ? hash && !(given ? version);
          what = "`hash` without `version`";
          help = "give the `version` that kernel.org's archive has; the hash of another belongs into [source]";
        }
        {
          holds = given ? hash && source != { };
          what = "both `hash` and [source]";
          help = "the hash of a source of your own is `source.hash`";
        }
        {
          holds = source != { } && (source ? url) == (source ? path);
          what = "[source] needs either `url` or `path`";
          help = "`url` comes with `hash`; `path` is a folder beside the description, or an archive";
        }
        {
          holds = source ? url && !(source ? hash);
          what = "`source.url` without `source.hash`";
          help = "with hash = \"${lib.fakeHash}\" Nix tells the right one";
        }
        {
          holds = source ? url && !(given ? version);
          what = "[source] without `version`";
          help = "give the `version` that the Makefile at its top has";
        }
        {
          holds = given ? config-file && (given ? defconfig || given ? common-config || given ? auto-modules);
          what = "`config-file` says it all, so that `defconfig`, `common-config` and `auto-modules` mean nothing";
          help = "leave them out, or leave out `config-file`";
        }
        {
          holds = given ? localversion && config ? LOCALVERSION;
          what = "both `localversion` and `config.LOCALVERSION`";
          help = "leave out the second: `localversion` sets it";
        }
      ];
      contradiction = lib.findFirst (it: it.holds) null contradictions;
    in
    if contradiction != null then
      fail contradiction.what contradiction.help
    else
      builtins.deepSeq [ given source patches config ] (
        {
          compiler = "gcc";
          checks = "error";
        }
        // given
        // {
          name = lib.removeSuffix ".toml" (baseNameOf told);
          inherit
            source
            patches
            config
            fail
            ;
          directory = dirOf path;
        }
      );
in
{
  inherit read readText systems;
}
