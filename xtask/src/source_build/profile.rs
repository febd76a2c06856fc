// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a kernel is built for: a few settings of the kernel's own configuration, with nothing else switched on; or a whole .config.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

use super::fragment::Fragment;
use crate::kernel::{Arch, looks_like_profile};

/// `[profile.NAME]` in workbench.toml: a person's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Row {
    /// The profile that it adds to [default: `vm`, or none if there is a `config`].
    pub base: Option<String>,
    /// A whole .config to begin with; what it does not name is as the kernel has it by default.
    pub config: Option<PathBuf>,
    /// Files with settings, as a .config has them. The last one counts.
    pub fragments: Vec<PathBuf>,
    /// `gcc` or `clang`.
    pub compiler: Option<Compiler>,
    /// The processor, by the kernel's name: `arm64`, `riscv` [default: `x86`, or the base's].
    pub arch: Option<Arch>,
}

/// What compiles a kernel, and then its modules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compiler {
    #[default]
    Gcc,
    Clang,
}

/// A profile, with all that it builds on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) name: String,
    /// A whole .config; without one all begins with everything switched off.
    pub(super) config: Option<String>,
    /// In the order in which they count.
    pub(super) fragments: Vec<Fragment>,
    pub(super) compiler: Compiler,
    pub(super) arch: Arch,
    /// It takes the compiler of Rust.
    pub(super) rust: bool,
}

/// The workbench's own: what each is for, and which other it adds to. Their files are in `qemu/kernel`.
pub const OWN: &[(&str, Option<&str>, &str)] = &[
    ("vm", None, "boots in a machine of ours and loads modules, and little else"),
    ("debug", Some("vm"), "finds bad accesses, leaks, locks in the wrong order, and what must not sleep"),
    ("kcsan", Some("vm"), "finds data races"),
    ("rust", Some("vm"), "modules in Rust"),
    ("coverage", Some("vm"), "counts which lines of a module have run"),
];

/// The least that boots.
const LEAST: &str = "vm";

/// Where the files of [`OWN`] are.
const FILES: &str = "qemu/kernel";

/// All profiles that there are.
pub(super) struct Profiles<'a> {
    /// Those of workbench.toml.
    pub(super) rows: &'a BTreeMap<String, Row>,
    /// Reads a file that workbench.toml names.
    pub(super) read: &'a dyn Fn(&Path) -> Result<String>,
    /// Reads one of the workbench's own.
    pub(super) own: &'a dyn Fn(&str) -> Result<String>,
}

impl Profiles<'_> {
    /// The profile of a name: the person's, or else the workbench's.
    pub(super) fn find(&self, name: &str) -> Result<Profile> {
        self.along(name, &mut Vec::new())
    }

    /// `way` has the names that led here.
    fn along(&self, name: &str, way: &mut Vec<String>) -> Result<Profile> {
        // A person's own may add to the workbench's of the same name.
        let is_same = way.last().is_some_and(|last| last == name);
        let Some(row) = self.rows.get(name).filter(|_| !is_same) else { return self.of_ours(name) };
        ensure!(
            !way.iter().any(|known| known == name),
            "the profiles `{}` of workbench.toml add to each other in a circle",
            way.join("`, `")
        );
        ensure!(
            looks_like_profile(name),
            "`[profile.{name}]` in workbench.toml can't be asked for\nhelp: a name has small letters, and dashes between them"
        );
        way.push(name.to_owned());
        let base = row.base.as_deref().or_else(|| row.config.is_none().then_some(LEAST));
        let mut profile = match base {
            Some(base) => self.along(base, way)?,
            None => Profile::default(),
        };
        let read = |path: &PathBuf| {
            (self.read)(path)
                .with_context(|| format!("`[profile.{name}]` in workbench.toml names `{}`", path.display()))
        };
        if let Some(config) = &row.config {
            profile.config = Some(read(config)?);
        }
        for path in &row.fragments {
            profile.fragments.push(Fragment::parse(&path.display().to_string(), &read(path)?)?);
        }
        profile.compiler = row.compiler.unwrap_or(profile.compiler);
        ensure!(
            profile.config.is_some() || row.arch.is_none_or(|arch| arch == Arch::X86),
            "`[profile.{name}]` in workbench.toml is for another processor than the profiles of the workbench\n\
             help: name a whole .config for it: `config = \"board.config\"`"
        );
        profile.arch = row.arch.unwrap_or(profile.arch);
        Ok(Profile { name: name.to_owned(), ..profile })
    }

    fn of_ours(&self, name: &str) -> Result<Profile> {
        let Some((_, base, _)) = OWN.iter().find(|(own, ..)| *own == name) else {
            let mut all: Vec<&str> = OWN.iter().map(|(own, ..)| *own).collect();
            all.extend(self.rows.keys().map(String::as_str).filter(|row| !OWN.iter().any(|(own, ..)| own == row)));
            bail!(
                "there is no profile `{name}` to build a kernel by\n\
                 help: there are `{}`; a row `[profile.{name}]` in workbench.toml makes one",
                all.join("`, `")
            );
        };
        let mut profile = match base {
            Some(base) => self.of_ours(base)?,
            None => Profile::default(),
        };
        let file = format!("{FILES}/{name}.config");
        profile.fragments.push(Fragment::parse(&file, &(self.own)(&file)?)?);
        profile.rust |= name == "rust";
        Ok(Profile { name: name.to_owned(), ..profile })
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::toml_file;

    /// What a name means beside a workbench.toml; each file has a setting that is called as the file is.
    #[track_caller]
    fn check(toml: &str, name: &str, expected: &Expect) {
        let rows: BTreeMap<String, Row> = toml_file::parse(toml, Path::new("workbench.toml")).expect("rows");
        let text = |path: &str| {
            let stem = Path::new(path).file_stem().unwrap_or_default().to_string_lossy().to_uppercase();
            Ok(format!("CONFIG_{stem}=y\n"))
        };
        let read = |path: &Path| {
            if path.ends_with("gone.config") { bail!("it is not there") } else { text(&path.to_string_lossy()) }
        };
        let said = match (Profiles { rows: &rows, read: &read, own: &text }).find(name) {
            Err(err) => format!("{err:#}"),
            Ok(Profile { name, config, fragments, compiler, arch, rust }) => {
                let options = fragments.iter().flat_map(|it| &it.settings).map(|it| it.option.as_str());
                let options = options.collect::<Vec<_>>().join(" ");
                let rust = if rust { " rust" } else { "" };
                let arch = if arch == Arch::X86 { String::new() } else { format!(" {arch:?}") };
                format!("{name}: {} [{options}] {compiler:?}{arch}{rust}", config.unwrap_or_default().trim())
            }
        };
        expected.assert_eq(&said);
    }

    #[test]
    fn ours() {
        check("", "vm", &expect!["vm:  [VM] Gcc"]);
        check("", "debug", &expect!["debug:  [VM DEBUG] Gcc"]);
        check("", "rust", &expect!["rust:  [VM RUST] Gcc rust"]);
        check(
            "[mine]\n[debug]\n",
            "dbg",
            &expect![[r#"
                there is no profile `dbg` to build a kernel by
                help: there are `vm`, `debug`, `kcsan`, `rust`, `coverage`, `mine`; a row `[profile.dbg]` in workbench.toml makes one"#]],
        );
    }

    #[test]
    fn a_persons() {
        let toml = "[mine]\nbase = 'debug'\nfragments = ['a.config', 'b.config']\ncompiler = 'clang'\n\
                    [more]\nbase = 'mine'\nfragments = ['c.config']\n\
                    [whole]\nconfig = 'all.config'\n\
                    [rust]\nbase = 'rust'\nfragments = ['d.config']\n";
        check(toml, "mine", &expect!["mine:  [VM DEBUG A B] Clang"]);
        check(toml, "more", &expect!["more:  [VM DEBUG A B C] Clang"]);
        check(toml, "whole", &expect!["whole: CONFIG_ALL=y [] Gcc"]);
        check(toml, "rust", &expect!["rust:  [VM RUST D] Gcc rust"]);
        let toml = "[board]\nconfig = 'all.config'\narch = 'arm64'\n[more]\nbase = 'board'\nfragments = ['a.config']\n";
        check(toml, "board", &expect!["board: CONFIG_ALL=y [] Gcc Arm64"]);
        check(toml, "more", &expect!["more: CONFIG_ALL=y [A] Gcc Arm64"]);
    }

    #[test]
    fn what_goes_wrong() {
        check(
            "[a]\nbase = 'b'\n[b]\nbase = 'a'\n",
            "a",
            &expect!["the profiles `a`, `b` of workbench.toml add to each other in a circle"],
        );
        check(
            "[a]\nbase = 'vn'\n",
            "a",
            &expect![[r#"
            there is no profile `vn` to build a kernel by
            help: there are `vm`, `debug`, `kcsan`, `rust`, `coverage`, `a`; a row `[profile.vn]` in workbench.toml makes one"#]],
        );
        check(
            "[a]\nfragments = ['gone.config']\n",
            "a",
            &expect!["`[profile.a]` in workbench.toml names `gone.config`: it is not there"],
        );
        check(
            "[a]\nbase = 'debug'\narch = 'arm64'\n",
            "a",
            &expect![[r#"
            `[profile.a]` in workbench.toml is for another processor than the profiles of the workbench
            help: name a whole .config for it: `config = "board.config"`"#]],
        );
    }
}
