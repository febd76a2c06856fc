// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tables are in order, and docs/nix-problems.md is what they say.

use std::collections::BTreeSet;

use expect_test::expect_file;

use super::super::config::RULES;
use super::super::pattern::holes;
use super::super::signs;

#[test]
fn names_are_unique() {
    let names: Vec<&str> = signs::all().map(|sign| sign.name).collect();
    let unique: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(unique.len(), names.len());
    let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    let unique: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(unique.len(), names.len());
}

#[test]
fn every_hole_is_filled() {
    for sign in signs::all() {
        let then: Vec<&str> = sign.then.iter().flat_map(|text| holes(text)).collect();
        let said = |says: &'static str| holes(says).into_iter().chain(then.iter().copied()).collect::<BTreeSet<_>>();
        let texts = sign.help.iter().chain(sign.near).chain([&sign.why]);
        for hole in texts.flat_map(|text| holes(text)) {
            assert!(sign.says.iter().all(|says| said(says).contains(hole)), "{}: {{{hole}}}", sign.name);
        }
        assert!(!sign.name.is_empty() && !sign.says.is_empty() && !sign.why.is_empty());
    }
}

/// Of every row there is a case that has it.
#[test]
fn every_row_is_tried() {
    let logs = [
        include_str!("logs/building.rs"),
        include_str!("logs/compiling.rs"),
        include_str!("logs/evaluating.rs"),
        include_str!("logs/running.rs"),
    ];
    let is_tried = |texts: &[&str], word: &str, name: &str| {
        let is_it = |line: &str| line.trim_start().starts_with(word) && line.contains(&format!(" {name}: "));
        texts.iter().any(|text| text.lines().any(is_it))
    };
    let signs = signs::all().map(|sign| (&logs[..], sign.weight, sign.name));
    let configurations = [include_str!("configurations.rs")];
    let rules = RULES.iter().map(|rule| (&configurations[..], rule.weight, rule.name));
    let all = signs.chain(rules);
    let untried: Vec<&str> =
        all.filter(|(texts, weight, name)| !is_tried(texts, weight.word(), name)).map(|(_, _, name)| name).collect();
    assert!(untried.is_empty(), "without a case: {untried:?}");
}

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn code(text: &str) -> String {
    let text = cell(text);
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

const HEAD: &str = "\
# What goes wrong with kernel modules under Nix

`cargo xtask package explain FILE...` looks for these in logs and in files of Nix's language, and says them with the names at hand in the
place of `{name}`. A file `*.nix` is read as a configuration or a package, everything else as a log: of a build (`nix log`, `nix build -L`, its
last lines, `--log-format internal-json`), of an evaluation, of a machine; `-`, or no file, is a log on standard input.
It exits with 0 if nothing is wrong, 1 if something is, 2 if a file can't be read.

What is `wrong` stops a build or a module; a `note` looks like it and does not, or says under which condition it will.
A test makes this file from the program's own tables.
";

#[test]
fn the_document_is_what_the_tables_say() {
    let mut text = format!(
        "{HEAD}\n## In logs\n\n| name | the log says | | what it means | what mends it |\n| --- | --- | --- | --- | --- |\n"
    );
    for sign in signs::all() {
        let says: Vec<String> = sign.says.iter().map(|says| code(says)).collect();
        let then = sign.then.iter().map(|then| format!(", then {}", code(then))).collect::<String>();
        let help: Vec<String> = sign.help.iter().map(|help| cell(help)).collect();
        let says = says.join("<br>");
        let (name, word, why, help) = (sign.name, sign.weight.word(), cell(sign.why), help.join("<br>"));
        text = format!("{text}| {name} | {says}{then} | {word} | {why} | {help} |\n");
    }
    text.push_str("\n## In files of Nix's language\n\n| name | such as | | what it means | what mends it |\n| --- | --- | --- | --- | --- |\n");
    for rule in RULES {
        let help: Vec<String> = rule.help.iter().map(|help| cell(help)).collect();
        let (name, shows, word, why, help) =
            (rule.name, code(rule.shows), rule.weight.word(), cell(rule.why), help.join("<br>"));
        text = format!("{text}| {name} | {shows} | {word} | {why} | {help} |\n");
    }
    expect_file!["../../../../../docs/nix-problems.md"].assert_eq(&text);
}
