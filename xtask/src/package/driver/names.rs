// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names, descriptions and versions as nixpkgs wants them.

use anyhow::{Result, bail};

/// What a package set of nixpkgs' is made by, see nix/extension.nix; and a folder of nix/generated.
const RESERVED: &[&str] = &[
    "__unfix__",
    "callPackage",
    "extend",
    "kernel",
    "kernelAtLeast",
    "kernelModuleMakeFlags",
    "kernelOlder",
    "kernels",
    "newScope",
    "override",
    "recurseForDerivations",
    "stdenv",
    "type",
];

/// The attribute and the package's name of a driver: what is allowed in the names of store paths, and needs no quotes in Nix.
///
/// # Errors
/// Nothing of it is left.
pub fn attribute(name: &str) -> Result<String> {
    let mut attribute = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            attribute.push(c);
        } else if !attribute.is_empty() && !attribute.ends_with('-') {
            attribute.push('-');
        }
    }
    let attribute = attribute.trim_end_matches('-');
    if attribute.is_empty() {
        bail!("no package can be called {name:?}\nhelp: say `name = \"...\"` in driver.toml, with letters from a to z");
    }
    if RESERVED.contains(&attribute) {
        bail!(
            "`{attribute}` is a name that every kernel's package set needs itself\n\
             help: say `name = \"...\"` in driver.toml, with another one"
        );
    }
    let needs_letter = attribute.starts_with(|c: char| c.is_ascii_digit());
    Ok(format!("{}{attribute}", if needs_letter { "_" } else { "" }))
}

/// A description by the rules of pkgs/README.md: one line, a capital letter, no article before it and no full stop behind it.
pub fn description(said: Option<&str>, name: &str) -> String {
    let line: String = said.unwrap_or_default().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut text = line.split_whitespace().collect::<Vec<_>>().join(" ");
    for article in ["a ", "an ", "the "] {
        if text.get(..article.len()).is_some_and(|start| start.eq_ignore_ascii_case(article)) {
            text.drain(..article.len());
        }
    }
    let text = text.trim_end_matches(['.', ' ']);
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => format!("Kernel module {name}"),
    }
}

/// A version: one that begins with a digit, as nixpkgs and the comparison of versions need it.
pub fn version(said: &str) -> Option<String> {
    let text = said.trim().trim_start_matches(['v', 'V']);
    let kept: String = text.chars().filter(|c| c.is_ascii_alphanumeric() || "+-._".contains(*c)).collect();
    kept.starts_with(|c: char| c.is_ascii_digit()).then_some(kept)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn names_of_all_kinds() {
        let shown = |name: &str| attribute(name).unwrap_or_else(|err| err.to_string());
        let all = ["qc71-laptop", "rtl8821_au", "8821au", "my driver", "a${b}\"c", "über", "..", "kernel", "treiber-ß"];
        expect![[r#"
            qc71-laptop -> qc71-laptop
            rtl8821_au -> rtl8821_au
            8821au -> _8821au
            my driver -> my-driver
            a${b}"c -> a-b-c
            über -> ber
            .. -> no package can be called ".."
            help: say `name = "..."` in driver.toml, with letters from a to z
            kernel -> `kernel` is a name that every kernel's package set needs itself
            help: say `name = "..."` in driver.toml, with another one
            treiber-ß -> treiber"#]]
        .assert_eq(&all.map(|name| format!("{name} -> {}", shown(name))).join("\n"));
        let shown = |said: Option<&str>| description(said, "name");
        let all = [Some("A driver for ACME."), Some("the  quick\nfox..."), Some("An ä"), Some("äh"), Some(" "), None];
        expect![[r#"
            Driver for ACME
            Quick fox
            Ä
            Äh
            Kernel module name
            Kernel module name"#]]
        .assert_eq(&all.map(shown).join("\n"));
        let shown = |said: &str| version(said).unwrap_or_else(|| "none".to_owned());
        expect![[r#"
            1.0
            2.1-rc1
            1.12.0+dfsg
            none
            3x
            none"#]]
        .assert_eq(&["1.0", "v2.1-rc1", "1.12.0+dfsg", "$Revision: 1 $", "3 ${x}", ""].map(shown).join("\n"));
    }
}
