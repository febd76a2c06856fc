// SPDX-License-Identifier: MIT OR Apache-2.0
//! The rules of the house that a program can keep an eye on. Each failure says what to do.

use std::path::{Path, PathBuf};

use xshell::{Shell, cmd};

/// Lines that a file of our own Rust may have; one that needs more holds two ideas.
const MOST_LINES: usize = 400;

/// Crates in the tree of `xtask`, build scripts included. It only ever goes down, or somebody says why in the manifest.
const MOST_CRATES: usize = 216;

#[test]
fn formatted() {
    let shell = shell();
    if let Err(err) = cmd!(shell, "cargo fmt --all --check").quiet().run() {
        panic!("{err}\nrun `cargo fmt`");
    }
}

#[test]
fn clippy_is_content() {
    let shell = shell();
    if let Err(err) =
        cmd!(shell, "cargo clippy --workspace --all-targets --locked --quiet -- -D warnings").quiet().run()
    {
        panic!("{err}\nrun `cargo clippy --all-targets -- -D warnings` and mend what it says");
    }
}

#[test]
fn every_source_names_its_licence() {
    let without: Vec<String> = sources()
        .into_iter()
        .filter(|(_, text)| !text.lines().take(3).any(|line| line.contains("SPDX-License-Identifier: ")))
        .map(|(path, _)| path)
        .collect();
    assert!(without.is_empty(), "without an SPDX line at the top: {without:?}");
}

#[test]
fn every_module_says_what_it_is() {
    let without: Vec<String> = rust_sources()
        .filter(|(path, text)| !text.contains("//! ") && !text.contains("@generated") && !path.ends_with("build.rs"))
        .map(|(path, _)| path)
        .collect();
    assert!(without.is_empty(), "without a `//!` line: {without:?}");
}

#[test]
fn files_hold_one_idea() {
    let long: Vec<String> = rust_sources()
        .filter(|(_, text)| !text.contains("@generated") && text.lines().count() > MOST_LINES)
        .map(|(path, text)| format!("{path}: {} lines", text.lines().count()))
        .collect();
    assert!(long.is_empty(), "longer than {MOST_LINES} lines: {long:?}");
}

/// As `nixfmt` does it; and a parser that is not the formatter's agrees that it is Nix.
#[test]
fn nix_is_formatted() {
    let mut unformatted = Vec::new();
    for (path, text) in sources().into_iter().filter(|(path, _)| path.ends_with(".nix")) {
        let errors = rnix::Root::parse(&text).errors().to_vec();
        assert!(errors.is_empty(), "{path}: {errors:?}");
        let formatted = nixfmt_rs::format(&text).unwrap_or_else(|err| panic!("{path}: {err:?}"));
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(root().join(&path), &formatted).expect("written");
        } else if formatted != text {
            unformatted.push(path);
        }
    }
    assert!(unformatted.is_empty(), "not as nixfmt has it, and UPDATE_EXPECT=1 formats it: {unformatted:?}");
}

#[test]
fn no_lint_is_silenced() {
    let silenced: Vec<String> = rust_sources()
        .filter(|(path, text)| !path.contains("tidy") && !text.contains("@generated") && text.contains("#[allow("))
        .map(|(path, _)| path)
        .collect();
    assert!(
        silenced.is_empty(),
        "#[allow] stays when its reason is gone; #[expect(.., reason)] does not: {silenced:?}"
    );
}

#[test]
fn documents_are_short() {
    for (name, most) in [("README.md", 80), ("ARCHITECTURE.md", 150)] {
        let lines = std::fs::read_to_string(root().join(name)).expect("the document is there").lines().count();
        assert!(lines <= most, "{name} has {lines} lines; {most} is the most");
    }
}

#[test]
fn dependencies_are_few() {
    let shell = shell();
    let tree = cmd!(
        shell,
        "cargo tree --locked --package xtask --edges normal,build --prefix none --target x86_64-unknown-linux-gnu"
    );
    let tree = tree.quiet().read().expect("cargo tree works");
    let mut crates: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    crates.sort_unstable();
    crates.dedup();
    assert!(crates.len() <= MOST_CRATES, "xtask has {} crates in its tree; {MOST_CRATES} is the most", crates.len());
}

fn rust_sources() -> impl Iterator<Item = (String, String)> {
    sources().into_iter().filter(|(path, _)| path.ends_with(".rs"))
}

/// The source files that git knows or would add, with their texts.
fn sources() -> Vec<(String, String)> {
    let shell = shell();
    let files = cmd!(shell, "git ls-files --cached --others --exclude-standard").quiet().read().expect("git is there");
    let is_source = |path: &&str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        ["Makefile", "Kbuild"].contains(&name)
            || [".rs", ".c", ".h", ".S", ".nix", ".sh", ".py"].iter().any(|end| name.ends_with(end))
    };
    let read = |path: &str| Some((path.to_owned(), std::fs::read_to_string(root().join(path)).ok()?));
    let sources: Vec<_> = files.lines().filter(is_source).filter_map(read).collect();
    assert!(sources.len() > 50, "found only {} source files: the search is broken", sources.len());
    sources
}

fn shell() -> Shell {
    let shell = Shell::new().expect("there is a current folder");
    shell.change_dir(root());
    shell
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the workspace").to_owned()
}
