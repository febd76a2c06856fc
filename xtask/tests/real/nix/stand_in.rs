// SPDX-License-Identifier: MIT OR Apache-2.0
//! The stand-in for nixpkgs is one: what packages rely on means the same in a real nixpkgs, where there is one, and builds do what
//! nixpkgs' manual says that they do.

use anyhow::{Context as _, Result, ensure};
use libtest_mimic::Trial;
use serde_json::json;

use super::{Nix, Nixpkgs, Shared};

pub(super) fn trials(shared: &Shared) -> Vec<Trial> {
    vec![
        shared.trial("stand-in-library", library),
        shared.trial("stand-in-packages", packages),
        shared.trial("stand-in-refusals", refusals),
        shared.trial("stand-in-phases", phases),
        shared.trial("stand-in-file-sets", file_sets),
        shared.trial("stand-in-failures", failures),
    ]
}

/// An expression has this value with every nixpkgs there is.
fn check(nix: &Nix, expression: &str, expected: &serde_json::Value) -> Result<()> {
    for nixpkgs in nix.nixpkgs() {
        let expression = format!(
            "let pkgs = import <nixpkgs> {{ config = {{ }}; overlays = [ ]; }}; inherit (pkgs) lib; in {expression}"
        );
        let found = nix.eval(nixpkgs, &expression)?;
        ensure!(found == *expected, "{nixpkgs:?}: {expression}\nis {found}\nnot {expected}");
    }
    Ok(())
}

fn library(nix: &Nix) -> Result<()> {
    check(
        nix,
        r#"[
          (lib.versionAtLeast "6.12.1" "6.12")
          (lib.versionOlder "6.9" "6.12")
          (lib.versions.majorMinor "6.12.95")
          (lib.versions.pad 3 "6.1-rc3")
          (lib.optionals false [ 1 ])
          (lib.optional true 1)
          (lib.optionalString true "x")
          (lib.escapeShellArgs [ "a" "b c" "d'e" "$(f)" ])
          (lib.splitString "." "a.b..c")
          [ (lib.hasPrefix "ab" "abc") (lib.hasSuffix "bc" "abc") (lib.hasInfix "x" "abc") ]
          (lib.mapAttrs' (name: value: lib.nameValuePair "x${name}" (value + 1)) { a = 1; })
          (lib.filterAttrs (_: value: value != null) { a = 1; b = null; })
          (lib.recursiveUpdate { a.b = 1; a.c = 2; } { a.b = 3; })
          (lib.unique [ 1 2 1 ])
          (lib.flatten [ 1 [ 2 [ 3 ] ] ])
          (lib.getOutput "modules" { out = "o"; dev = "d"; })
          (lib.attrByPath [ "a" "b" ] 0 { a.b = 1; })
          (map (lib.strings.levenshteinAtMost 2 "config") [ "confg" "cnofig" "config" "confirmed" "" ])
          (lib.strings.escapeNixString "a\"b${"$"}{c}")
          (lib.licenses.gpl2Only.spdxId)
          (lib.kernel.yes.tristate)
          (lib.fix (self: { a = 1; b = self.a + 1; }))
          ((lib.makeExtensible (self: { a = 1; b = self.a; })).extend (final: prev: { a = prev.a + 1; })).b
          (lib.trivial.pipe 1 [ (x: x + 1) toString ])
          (lib.cartesianProduct { a = [ 1 2 ]; b = [ 3 ]; })
          (lib.strings.sanitizeDerivationName ".a b/c")
        ]"#,
        &json!([
            true, true, "6.12", "6.1.0-rc3", [], [1], "x", "a 'b c' 'd'\\''e' '$(f)'", ["a", "b", "", "c"],
            [true, true, false], {"xa": 2}, {"a": 1}, {"a": {"b": 3, "c": 2}}, [1, 2], [1, 2, 3], "o", 1,
            [true, true, true, false, false], "\"a\\\"b\\${c}\"", "GPL-2.0-only", "y", {"a": 1, "b": 2}, 2, "2",
            [{"a": 1, "b": 3}, {"a": 2, "b": 3}], "a-b-c",
        ]),
    )
}

/// Calling, overriding, and what a package says of itself.
fn packages(nix: &Nix) -> Result<()> {
    check(
        nix,
        r#"
        let
          file = { stdenv, lib, size ? 1 }: stdenv.mkDerivation (final: {
            pname = "it";
            version = "1.${toString size}";
            src = root + "/tests/zoo/clean";
            passthru.seen = final.version;
            meta = { description = "words"; license = lib.licenses.mit; broken = size > 2; };
          });
          it = pkgs.callPackage file { };
        in
        [
          it.name
          (it.override { size = 2; }).name
          (it.overrideAttrs (old: { version = old.version + "x"; })).seen
          (it.overrideAttrs (final: prev: { pname = "other"; })).name
          ((it.override { size = 2; }).overrideAttrs { version = "9"; }).seen
          it.meta.broken
          (it.override { size = 3; }).meta.broken
          (it.override { size = 3; }).meta.available
          (lib.isDerivation it)
          (builtins.tryEval (it.override { size = 3; }).drvPath).success
          (builtins.tryEval it.drvPath).success
        ]"#,
        &json!(["it-1.1", "it-1.2", "1.1x", "other-1.1", "9", false, true, false, true, false, true]),
    )
}

/// As in nixpkgs, a package that says that it can't be built has no store path, unless that is allowed.
fn refusals(nix: &Nix) -> Result<()> {
    let cases = [
        ("broken = true;", "allowBroken", "broken"),
        ("platforms = [ \"aarch64-linux\" ];", "allowUnsupportedSystem", "not available on the requested"),
        ("badPlatforms = [ builtins.currentSystem ];", "allowUnsupportedSystem", "not available on the requested"),
        ("license = pkgs.lib.licenses.unfree;", "allowUnfree", "unfree"),
    ];
    for nixpkgs in nix.nixpkgs() {
        for (meta, allowed, says) in cases {
            let expression = |config: &str| {
                format!(
                    "let pkgs = import <nixpkgs> {{ config = {{ {config} }}; overlays = [ ]; }}; in
                     builtins.isString (pkgs.stdenv.mkDerivation {{ name = \"it\"; meta = {{ {meta} }}; }}).drvPath"
                )
            };
            let said = nix.refuses(nixpkgs, &expression(""))?;
            ensure!(said.contains(says), "{nixpkgs:?}, {meta}: it says\n{said}");
            let value = nix.eval(nixpkgs, &expression(&format!("{allowed} = true;")))?;
            ensure!(value == json!(true), "{nixpkgs:?}, {meta}: {value}");
        }
        let said = nix.refuses(nixpkgs, "(import <nixpkgs> { }).callPackage ({ no-such-thing }: { }) { }")?;
        ensure!(said.contains("no-such-thing"), "{nixpkgs:?}: {said}");
    }
    Ok(())
}

/// All phases of a package, in order, with hooks, flags, patches and several outputs; with and without structured attributes.
fn phases(nix: &Nix) -> Result<()> {
    for structured in ["false", "true"] {
        let expression = format!(
            r#"
            with import <nixpkgs> {{ config = {{ }}; overlays = [ ]; }};
            stdenv.mkDerivation {{
              pname = "it's \$(odd)";
              version = "1";
              __structuredAttrs = {structured};
              outputs = [ "out" "dev" ];
              src = writeTextDir "sub/Makefile" ''
                all: ; @echo "$(WORD) $(OTHER)" > built
                install: ; mkdir -p $(DEST); cp built $(DEST)/
              '';
              sourceRoot = "Makefile/sub";
              patches = [
                (writeText "first.patch" ''
                  --- a/Makefile
                  +++ b/Makefile
                  @@ -1,2 +1,3 @@
                   all: ; @echo "$(WORD) $(OTHER)" > built
                  +	@echo patched >> built
                   install: ; mkdir -p $(DEST); cp built $(DEST)/
                '')
              ];
              nativeBuildInputs = [ (writeShellScriptBin "helper" "echo helped") ];
              postPatch = "substituteInPlace Makefile --replace-fail patched changed";
              makeFlags = [ "WORD=$(HOME)" ];
              buildFlags = [ "OTHER=o" "all" ];
              preBuild = "echo pre > order";
              postBuild = "helper >> order";
              installFlags = [ "DEST=${{placeholder "out"}}/share" ];
              postInstall = "mkdir -p $dev; cp order $dev/order; echo $FROM_ENV >> $dev/order";
              env.FROM_ENV = "from env";
            }}"#
        );
        let out = nix.build(&expression)?;
        let read = |path: &str| {
            let found = out.iter().map(|out| out.join(path)).find(|path| path.exists());
            let found = found.with_context(|| format!("no output has `{path}`: {out:?}"))?;
            anyhow::Ok(std::fs::read_to_string(found)?)
        };
        ensure!(read("share/built")? == "/homeless-shelter o\nchanged\n", "{}", read("share/built")?);
        // nix-build names the first output only.
        ensure!(out.len() == 1, "{out:?}");
        let dev = nix.build(&format!("({expression}).dev"))?;
        let order = std::fs::read_to_string(dev[0].join("order"))?;
        ensure!(order == "pre\nhelped\nfrom env\n", "{structured}: {order}");
    }
    Ok(())
}

/// Parts of a folder.
fn file_sets(nix: &Nix) -> Result<()> {
    let built = nix.build(
        r#"
        with import <nixpkgs> { };
        runCommand "list" {
          src = lib.fileset.toSource {
            root = root + "/tests/zoo";
            fileset = lib.fileset.unions [
              (root + "/tests/zoo/clean/clean.c")
              (lib.fileset.difference (root + "/tests/zoo/two-modules") (root + "/tests/zoo/two-modules/expected.toml"))
              (lib.fileset.fileFilter (file: file.hasExt "mod") (root + "/tests/zoo"))
              (lib.fileset.maybeMissing (root + "/tests/zoo/no-such"))
            ];
          };
        } "cd $src && find . -type f | sort > $out""#,
    )?;
    let mut expected: Vec<String> = std::fs::read_dir(crate::root().join("tests/zoo/two-modules"))?
        .map(|entry| Ok(format!("./two-modules/{}", entry?.file_name().to_string_lossy())))
        .collect::<Result<_>>()?;
    expected.retain(|path| !path.ends_with("/expected.toml"));
    expected.push("./clean/clean.c".to_owned());
    expected.sort();
    let found = std::fs::read_to_string(&built[0])?;
    ensure!(found.lines().collect::<Vec<_>>() == expected, "{found}\nnot {expected:#?}");
    Ok(())
}

/// What can't be built says why, and no sooner than it is built.
fn failures(nix: &Nix) -> Result<()> {
    let source =
        "(import <nixpkgs> { }).fetchFromGitHub { owner = \"who\"; repo = \"what\"; rev = \"v1\"; hash = \"\"; }";
    ensure!(nix.eval(Nixpkgs::StandIn, &format!("builtins.isString ({source}).drvPath"))? == json!(true), "no path");
    let said = nix.fails(source)?;
    ensure!(said.contains("it can't fetch who/what at v1 of GitHub"), "{said}");

    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), "content\n")?;
    let fetched = |hash: &str| {
        format!(
            "(import <nixpkgs> {{ }}).fetchurl {{ url = \"file://{}\"; sha256 = \"{hash}\"; }}",
            file.path().display()
        )
    };
    let hash = xtask::fetch::sha256(b"content\n");
    let built = nix.build(&fetched(&hash))?;
    ensure!(std::fs::read_to_string(&built[0])? == "content\n", "{built:?}");
    let said = nix.fails(&fetched(&hash.replace(|c: char| c.is_ascii_digit(), "a")))?;
    ensure!(said.contains("mismatch"), "{said}");

    let failing = |attributes: &str| {
        format!("(import <nixpkgs> {{ }}).stdenv.mkDerivation {{ name = \"it\"; dontUnpack = true; {attributes} }}")
    };
    let said =
        nix.fails(&failing("buildPhase = \"echo before; false; echo after\"; installPhase = \"touch $out\";"))?;
    ensure!(said.contains("before") && !said.contains("after\n"), "{said}");
    let said = nix.fails(
        "with import <nixpkgs> { }; let other = writeText \"other\" \"\"; in
         runCommand \"it\" { disallowedReferences = [ other ]; } \"echo ${other} > $out\"",
    )?;
    ensure!(said.contains("not allowed to refer to"), "{said}");
    Ok(())
}
