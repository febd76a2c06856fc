// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kernels that are described become kernels of a nixpkgs, and what a configuration did not take is told while Nix builds it: with
//! a kernel in small, `tests/kconfig`. A real one is compiled by `compiled.rs`; what there is to say of options, by `xtask/tests/why`.

use anyhow::{Result, ensure};
use expect_test::{Expect, expect};
use libtest_mimic::Trial;

use super::{Nix, Nixpkgs, Shared};

pub(super) fn trials(shared: &Shared) -> Vec<Trial> {
    vec![
        shared.trial("custom-kernels", kernels),
        shared.real_trial("custom-kernels-of-nixpkgs", kernels_of_nixpkgs),
        shared.trial("custom-refusals", refusals),
        shared.trial("custom-options", options),
    ]
}

/// What became of the described kernels of a folder, a line each: of these, or of all.
fn check(nix: &Nix, nixpkgs: Nixpkgs, folder: &str, names: &str, expected: &Expect) -> Result<()> {
    let facts = nix.eval(
        nixpkgs,
        &format!(
            "import (root + \"/tests/nix/kernels/facts.nix\") {{
               inherit root;
               directory = root + \"/{folder}\";
               names = {names};
             }}"
        ),
    )?;
    let lines = facts.as_object().into_iter().flatten().map(|(name, facts)| format!("{name} {facts}\n"));
    expected.assert_eq(&lines.collect::<String>());
    Ok(())
}

/// Those that need nothing that the stand-in lacks: other architectures, clang, and kernels that Debian has not.
fn kernels(nix: &Nix) -> Result<()> {
    check(
        nix,
        Nixpkgs::StandIn,
        "nix/kernels",
        "[ \"debug\" \"vm\" ]",
        &expect![[r#"
        debug {"arch":"ARCH=x86_64","checked":true,"compiler":"gcc","environment":true,"inSet":true,"module":true,"patches":["config-of-debug"],"release":null,"shell":true,"suffix":"+deb13-amd64-debug"}
        vm {"arch":"ARCH=x86_64","checked":true,"compiler":"gcc","environment":true,"inSet":true,"module":true,"patches":[],"release":"6.12.94-vm","shell":true,"suffix":"-vm"}
    "#]],
    )?;
    check(
        nix,
        Nixpkgs::StandIn,
        "tests/nix/kernels",
        "[ \"candidate\" \"manual\" ]",
        &expect![[r#"
        candidate {"arch":"ARCH=x86_64","checked":true,"compiler":"gcc","environment":true,"inSet":true,"module":true,"patches":[],"release":"7.2.0-rc1","shell":true,"suffix":""}
        manual {"arch":"ARCH=x86_64","checked":true,"compiler":"gcc","environment":true,"inSet":true,"module":true,"patches":[],"release":"6.2.0-mine","shell":true,"suffix":"-mine"}
    "#]],
    )
}

fn kernels_of_nixpkgs(nix: &Nix) -> Result<()> {
    check(
        nix,
        Nixpkgs::Real,
        "nix/kernels",
        "null",
        &expect![[r#"
            clang {"arch":"ARCH=x86_64","checked":true,"compiler":"clang","environment":true,"inSet":true,"module":true,"patches":["config-of-clang"],"release":null,"shell":true,"suffix":""}
            debug {"arch":"ARCH=x86_64","checked":true,"compiler":"gcc","environment":true,"inSet":true,"module":true,"patches":["config-of-debug"],"release":null,"shell":true,"suffix":"-debug"}
            vm {"arch":"ARCH=x86_64","checked":true,"compiler":"gcc","environment":true,"inSet":true,"module":true,"patches":[],"release":"6.12.94-vm","shell":true,"suffix":"-vm"}
        "#]],
    )?;
    check(
        nix,
        Nixpkgs::Real,
        "tests/nix/kernels",
        "null",
        &expect![[r#"
            candidate {"arch":"ARCH=x86_64","checked":true,"compiler":"gcc","environment":true,"inSet":true,"module":true,"patches":[],"release":"7.2.0-rc1","shell":true,"suffix":""}
            cross {"arch":"ARCH=arm64","checked":true,"compiler":"clang","environment":true,"inSet":true,"module":true,"patches":["config-of-cross"],"release":null,"shell":true,"suffix":""}
            manual {"arch":"ARCH=x86_64","checked":true,"compiler":"gcc","environment":true,"inSet":true,"module":true,"patches":[],"release":"6.2.0-mine","shell":true,"suffix":"-mine"}
            pinned {"arch":"ARCH=x86_64","checked":true,"compiler":"gcc","environment":true,"inSet":true,"module":true,"patches":["mine","config-of-pinned"],"release":"6.6.140","shell":true,"suffix":""}
            tuned {"arch":"ARCH=x86_64","checked":true,"compiler":"gcc","environment":true,"inSet":true,"module":true,"patches":["config-of-tuned"],"release":null,"shell":true,"suffix":"-zen1-mine"}
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
    for nixpkgs in nix.nixpkgs() {
        refused_by(nix, nixpkgs)?;
    }
    Ok(())
}

fn refused_by(nix: &Nix, nixpkgs: Nixpkgs) -> Result<()> {
    for (description, message) in REFUSALS {
        let read = "(import (root + \"/nix/kernel/description.nix\") { lib = import <nixpkgs/lib>; }).readText";
        let quoted = format!("{description:?}");
        let said = nix.refuses(nixpkgs, &format!("({read} /mine.toml {quoted}).name"))?;
        ensure!(said.contains(message), "{nixpkgs:?}: `{message}` is missing; it said:\n{said}");
        ensure!(said.contains("mine.toml: ") && said.contains("help: "), "no file, or no help:\n{said}");
    }
    Ok(())
}

/// The descriptions of tests/nix/options: what their configurations say, or that they are made.
fn options(nix: &Nix) -> Result<()> {
    let of = |name: &str| {
        format!(
            "let custom = import (root + \"/nix/kernel/custom.nix\") {{ pkgs = import <nixpkgs> {{ }}; }};
             in (custom.kernel (root + \"/tests/nix/options/{name}.toml\")).configfile"
        )
    };
    let refused = |name: &str, expected: Expect| -> Result<()> {
        let said = nix.fails(&of(name))?;
        // The script's own lines: a title, what is deeper, and the help.
        let lines = said.lines().skip_while(|line| !line.starts_with("error: "));
        let lines = lines
            .take_while(|line| !line.starts_with("error: Cannot build") && !line.starts_with("error: builder for"));
        expected.assert_eq(&lines.map(|line| format!("{line}\n")).collect::<String>());
        Ok(())
    };
    for name in ["taken", "warned"] {
        let built = nix.build(&of(name))?;
        let [config] = built.as_slice() else { anyhow::bail!("not one file, but {built:?}") };
        ensure!(std::fs::read_to_string(config)?.contains("CONFIG_HZ=250\n"), "{name} has another configuration");
    }
    refused(
        "refused",
        expect![[r#"
        error: CARD was to be y, but is off
          CARD is n: tristate "A card", Kconfig:25
            depends on, Kconfig:27: BUS [=n] && !OLD_CARD [=m]
              BUS is n: tristate "A bus", Kconfig:22
              OLD_CARD is m: tristate "An old card", Kconfig:30
        help: also set BUS=y OLD_CARD=n

    "#]],
    )?;
    refused(
        "rivals",
        expect![[r#"
        error: FAST and SLOW were to be y, but of the choice "Speed", Kconfig:64, only one can be
        help: keep one of FAST and SLOW

    "#]],
    )?;
    refused(
        "older",
        expect![[r#"
        error: the sources call themselves 6.12.0, and were to be 6.11.0
        help: version and extraversion of older.toml, together, have to be what the sources call themselves
    "#]],
    )?;
    refused(
        "whole",
        expect![[r#"
        error: CARD was to be y, but is off
          CARD is n: tristate "A card", Kconfig:25
            depends on, Kconfig:27: BUS [=n] && !OLD_CARD [=m]
              BUS is n: tristate "A bus", Kconfig:22
              OLD_CARD is m: tristate "An old card", Kconfig:30
        help: also set BUS=y OLD_CARD=n

        error: SIMPLE was to be n, but is y
          SIMPLE is y: bool "Keep it simple", Kconfig:60
            the prompt at Kconfig:62: EXPERT [=n]
              EXPERT is n: bool "Expert settings", Kconfig:15
        help: also set EXPERT=y

        error: HZ was to be 100, but is 250
        help: nothing stands against it: set HZ=100 where the configuration is made

    "#]],
    )
}
