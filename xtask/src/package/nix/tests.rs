// SPDX-License-Identifier: MIT OR Apache-2.0
//! What values become, and that a real parser takes it for what was meant.

use expect_test::{Expect, expect};
use serde_json::json;

use super::*;

/// The file that an expression is, which rnix has to accept too.
#[track_caller]
fn check(nix: impl Into<Nix>, expected: &Expect) {
    let file = nix.into().file(&[]).expect("formatted");
    let parsed = rnix::Root::parse(&file);
    assert!(parsed.errors().is_empty(), "{:?} in:\n{file}", parsed.errors());
    expected.assert_eq(&file);
}

#[test]
fn texts() {
    check(
        Nix::string("plain"),
        &expect![[r#"
        "plain"
    "#]],
    );
    check(
        Nix::string("a \"b\" \\ ${c} $d $$ {e}\tf\ng"),
        &expect![[r#"
            "a \"b\" \\ \${c} $d $$ {e}\tf\ng"
        "#]],
    );
    check(
        Nix::string("$"),
        &expect![[r#"
        "\$"
    "#]],
    );
    check(
        Nix::string("$\0{x}"),
        &expect![[r#"
        "\${x}"
    "#]],
    );
    let kernel = Nix::code("kernel.version");
    check(
        Nix::template(&[Part::Text("1.0-$"), Part::Value(&kernel), Part::Text("${x}")]),
        &expect![[r#"
        "1.0-\$${kernel.version}\${x}"
    "#]],
    );
}

#[test]
fn scripts() {
    check(
        Set::new().with("a", Nix::lines(&[Part::Text("echo '' ${x} '' $y\n  if\n")])),
        &expect![[r#"
            {
              a = ''
                echo ''' ''${x} ''' $y
                  if
              '';
            }
        "#]],
    );
    for text in ["  all\n  indented\n", "no end", "\nempty first\n", "tab\tin\n", "a quote'${x}\n"] {
        assert_eq!(Nix::lines(&[Part::Text(text)]), Nix::string(text));
    }
}

#[test]
fn paths() {
    let path = |text: &str| Nix::path(Path::new(text)).expect("relative");
    check(
        Nix::list([
            path("."),
            path(".."),
            path("../../driver"),
            path("a.c"),
            path("./b/c.h"),
            path("a b/${c}.c"),
            path("~/x"),
        ]),
        &expect![[r#"
            [
              ./.
              ../.
              ../../driver
              ./a.c
              ./b/c.h
              (./. + "/a b/\${c}.c")
              (./. + "/~/x")
            ]
        "#]],
    );
    assert!(Nix::path(Path::new("/etc/passwd")).is_err());
    let place = |text: &str| Nix::place(Path::new(text)).expect("absolute");
    check(
        Nix::list([place("/"), place("/nix/store"), place("/my work/${c}")]),
        &expect![[r#"
            [
              /.
              /nix/store
              (/. + "/my work/\${c}")
            ]
        "#]],
    );
    assert!(Nix::place(Path::new("etc/passwd")).is_err());
}

#[test]
fn sets() {
    let set = Set::new()
        .with("pname", Nix::string("x"))
        .maybe("version", None::<Nix>)
        .gap()
        .gap()
        .comment("why")
        .with("in", Nix::int(-1))
        .with("a b", Nix::json(&json!({ "1": [true, null, 1.5, -2], "${x}": {} })));
    check(
        set,
        &expect![[r#"
        {
          pname = "x";

          # why
          "in" = -1;
          "a b" = {
            "\${x}" = { };
            "1" = [
              true
              null
              "1.5"
              (-2)
            ];
          };
        }
    "#]],
    );
    check(
        Set::new(),
        &expect![[r#"
        { }
    "#]],
    );
}

#[test]
fn calls() {
    let stdenv = Nix::code("stdenv.mkDerivation");
    let body = Nix::call(&stdenv, [Nix::lambda("finalAttrs", &Set::new().with("a", Nix::bool(true)).into())]);
    let flags = Nix::joined("++", [Nix::code("kernelModuleMakeFlags"), Nix::strings(["-C"])]);
    check(
        Nix::function(&["lib", "stdenv", "..."], &body),
        &expect![[r#"
            { lib, stdenv, ... }:
            stdenv.mkDerivation (finalAttrs: {
              a = true;
            })
        "#]],
    );
    check(
        flags,
        &expect![[r#"
        kernelModuleMakeFlags ++ [ "-C" ]
    "#]],
    );
    check(
        Nix::prefixed("with lib.licenses;", &Nix::list([Nix::code("mit")])),
        &expect![[r#"
        with lib.licenses; [ mit ]
    "#]],
    );
    check(
        Nix::select(&Nix::select(&Nix::code("a.b"), "c d"), "e"),
        &expect![[r#"
        a.b."c d".e
    "#]],
    );
    check(
        Nix::list([Nix::code("a b"), Nix::call(&Nix::code("f"), [Nix::int(1), Nix::int(-1)])]),
        &expect![[r#"
        [
          (a b)
          (f 1 (-1))
        ]
    "#]],
    );
}

/// Whatever a text is, it comes back as it was: read by rnix, and evaluated as the Nix manual says.
#[test]
fn any_text_comes_back() {
    let alphabet = ["$", "{", "}", "'", "''", "\"", "\\", "\n", "\r", "\t", " ", "a", "n", "é", "#", "/*", "`", "''$"];
    let mut seed: u64 = 1;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..8 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text += alphabet[(seed >> 33) as usize % alphabet.len()];
        }
        let script = format!("{text}\n");
        for (nix, meant) in [
            (Nix::string(&text), &text),
            (Nix::lines(&[Part::Text(&text)]), &text),
            (Nix::lines(&[Part::Text(&script)]), &script),
        ] {
            let file = nix.file(&[]).expect("formatted");
            assert_eq!(read(&file).as_ref(), Some(meant), "{file}");
        }
    }
}

/// The text that a file with one text without interpolation means; none if there is more in it.
fn read(file: &str) -> Option<String> {
    use rnix::ast::{Expr, InterpolPart};
    let root = rnix::Root::parse(file).ok().ok()?;
    let Some(Expr::Str(text)) = root.expr() else { return None };
    text.normalized_parts()
        .into_iter()
        .map(|part| match part {
            InterpolPart::Literal(text) => Some(text),
            InterpolPart::Interpolation(_) => None,
        })
        .collect()
}
