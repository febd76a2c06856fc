// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kernels that are described become kernels of a real nixpkgs, as far as evaluating goes: it can't be built with here. What
//! their configuration says when it fails is tested by `xtask/tests/why`.

use anyhow::{Result, ensure};
use expect_test::{Expect, expect};
use libtest_mimic::Trial;

use super::{Nix, Nixpkgs, Shared};

pub(super) fn trials(shared: &Shared) -> Vec<Trial> {
    vec![
        shared.trial("custom_kernels", |nix| on_real(nix, kernels)),
        shared.trial("custom_refusals", |nix| on_real(nix, refusals)),
    ]
}

/// The stand-in makes no kernels.
fn on_real(nix: &Nix, run: fn(&Nix) -> Result<()>) -> Result<()> {
    if nix.nixpkgs().contains(&Nixpkgs::Real) { run(nix) } else { Ok(()) }
}

/// A folder of descriptions, and the facts of each of its kernels, a line each.
fn kernels(nix: &Nix) -> Result<()> {
    let check = |folder: &str, expected: Expect| -> Result<()> {
        let facts = nix.eval(
            Nixpkgs::Real,
            &format!(
                "import (root + \"/tests/nix/kernels/facts.nix\") {{ inherit root; directory = root + \"/{folder}\"; }}"
            ),
        )?;
        let lines = facts.as_object().into_iter().flatten().map(|(name, facts)| format!("{name} {facts}\n"));
        expected.assert_eq(&lines.collect::<String>());
        Ok(())
    };
    check(
        "nix/kernels",
        expect![[r#"
            clang {"arch":"ARCH=x86_64","checked":true,"compiler":"clang","inSet":true,"module":true,"patches":["config-of-clang"],"release":null,"shell":true,"suffix":""}
            debug {"arch":"ARCH=x86_64","checked":true,"compiler":"gcc","inSet":true,"module":true,"patches":["config-of-debug"],"release":null,"shell":true,"suffix":"-debug"}
            vm {"arch":"ARCH=x86_64","checked":true,"compiler":"gcc","inSet":true,"module":true,"patches":[],"release":"6.12.94-vm","shell":true,"suffix":"-vm"}
        "#]],
    )?;
    check(
        "tests/nix/kernels",
        expect![[r#"
            candidate {"arch":"ARCH=x86_64","checked":true,"compiler":"gcc","inSet":true,"module":true,"patches":[],"release":"7.2.0-rc1","shell":true,"suffix":""}
            cross {"arch":"ARCH=arm64","checked":true,"compiler":"clang","inSet":true,"module":true,"patches":["config-of-cross"],"release":null,"shell":true,"suffix":""}
            manual {"arch":"ARCH=x86_64","checked":true,"compiler":"gcc","inSet":true,"module":true,"patches":[],"release":"6.2.0-mine","shell":true,"suffix":"-mine"}
            pinned {"arch":"ARCH=x86_64","checked":true,"compiler":"gcc","inSet":true,"module":true,"patches":["mine","config-of-pinned"],"release":"6.6.140","shell":true,"suffix":""}
            tuned {"arch":"ARCH=x86_64","checked":true,"compiler":"gcc","inSet":true,"module":true,"patches":["config-of-tuned"],"release":null,"shell":true,"suffix":"-zen1-mine"}
        "#]],
    )
}

/// What a description says, and what it is told.
const REFUSALS: &[(&str, &str)] = &[
    ("base = \"linux_6_12\"\nconfg = 1", "`confg` is no key; did you mean `config`?"),
    ("base = \"linux_6_12\"\ncompiler = \"clagn\"", "`compiler` is \"clagn\"; did you mean `clang`?"),
    ("base = \"linux_6_12\"\nsystem = \"aarch64\"", "`system` is \"aarch64\""),
    ("base = \"linux_6_12\"\n[config]\nCONFIG_KGDB = true", "`config.CONFIG_KGDB` has the prefix"),
    ("base = \"linux_6_12\"\n[config]\nKGDB = { valu = true }", "`config.KGDB.valu` is no key; did you mean `value`?"),
    ("base = \"linux_6_12\"\n[config]\nKGDB = { optional = true }", "needs one of `value`, `freeform` and `unset`"),
    ("base = \"linux_6_12\"\n[config]\nHZ = 2.5", "`config.HZ` is 2.5"),
    ("base = \"linux_6_12\"\n[[patches]]\nurl = \"x\"", "a patch has no `url` or no `hash`"),
    ("localversion = \"-mine\"", "nothing says which kernel it is"),
    ("version = \"6.12\"", "`version` without `hash`"),
    ("base = 3", "`base` is 3"),
];

fn refusals(nix: &Nix) -> Result<()> {
    for (description, message) in REFUSALS {
        let read = "(import (root + \"/nix/kernel/description.nix\") { lib = import <nixpkgs/lib>; }).readText";
        let quoted = format!("{description:?}");
        let said = nix.refuses(Nixpkgs::Real, &format!("({read} /mine.toml {quoted}).name"))?;
        ensure!(said.contains(message), "`{message}` is missing; it said:\n{said}");
        ensure!(said.contains("mine.toml: ") && said.contains("help: "), "no file, or no help:\n{said}");
    }
    Ok(())
}
