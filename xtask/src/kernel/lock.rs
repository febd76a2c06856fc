// SPDX-License-Identifier: MIT OR Apache-2.0
//! `kernels.lock`: which very packages a name means, for this person, for a colleague, and next year.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, ensure};
use fs_err as fs;
use serde::{Deserialize, Serialize};

use super::compose::{Recipe, ToolRecipe};
use crate::debian::{Archive, Package};
use crate::toml_file;
use crate::toolchain::Root;

/// The file's name, at the top of the workspace.
pub const LOCK_FILE: &str = "kernels.lock";

/// Raised when an older workbench could misread it.
const FORMAT: u32 = 1;

const HEAD: &str = "\
# Which packages the names of kernels mean; written by `cargo xtask kernels lock`.
# A package is a line: suite, SHA256, size in bytes, path in the archive.
";

/// What the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    format: u32,
    /// By the names that they are asked for by.
    #[serde(default)]
    kernel: BTreeMap<String, Kernel>,
    /// Tool roots, by their keys.
    #[serde(default)]
    tools: BTreeMap<String, ToolRoot>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kernel {
    release: String,
    version: String,
    origin: String,
    archive: String,
    tools: String,
    /// For each suite a date at which the archive's past has its packages.
    dates: BTreeMap<String, String>,
    packages: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ToolRoot {
    archive: String,
    compiler: String,
    dates: BTreeMap<String, String>,
    packages: Vec<String>,
}

impl Lock {
    /// The file of a workspace; none when it has none.
    pub fn read(workspace: &Path) -> Result<Option<Self>> {
        let file = workspace.join(LOCK_FILE);
        let text = match fs::read_to_string(&file) {
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            text => text?,
        };
        let again = "help: write it anew: `cargo xtask kernels lock`";
        let lock: Self = toml_file::parse(&text, &file).map_err(|err| anyhow!("{err:#}\n{again}"))?;
        ensure!(
            lock.format == FORMAT,
            "`{}` has the format {}, and this workbench knows {FORMAT}\n{again}",
            file.display(),
            lock.format
        );
        Ok(Some(lock))
    }

    /// The names that are pinned.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.kernel.keys().map(String::as_str)
    }

    /// The archive that a name's kernel comes from; none when the name is not pinned.
    pub fn archive_of(&self, name: &str) -> Option<&str> {
        self.kernel.get(name).map(|kernel| kernel.archive.as_str())
    }

    /// What a pinned name means; `archives` finds an archive by its name.
    pub fn recipe(&self, name: &str, archives: &dyn Fn(&str) -> Result<Arc<Archive>>) -> Result<Recipe> {
        let what = || format!("`{name}` in {LOCK_FILE} can't be used\nhelp: write it anew: `cargo xtask kernels lock`");
        let kernel = self.kernel.get(name).context("it is not there").with_context(what)?;
        let tools = self.tools.get(&kernel.tools).with_context(|| format!("it has no tools `{}`", kernel.tools));
        let tools = tools.with_context(what)?;
        let packages = |archive: &str, dates: &BTreeMap<String, String>, lines: &[String]| -> Result<Vec<Package>> {
            let found = archives(archive)?;
            lines.iter().map(|line| package(line, &found, dates)).collect()
        };
        let root = Root {
            key: kernel.tools.clone(),
            compiler: tools.compiler.clone(),
            packages: packages(&tools.archive, &tools.dates, &tools.packages).with_context(what)?,
        };
        Ok(Recipe {
            archive: kernel.archive.clone(),
            release: kernel.release.clone(),
            version: kernel.version.clone(),
            origin: kernel.origin.clone(),
            packages: packages(&kernel.archive, &kernel.dates, &kernel.packages).with_context(what)?,
            tools: ToolRecipe::Locked(root),
        })
    }

    /// Pins a name. `date` gives for a package the date at which its archive's past has it.
    pub fn pin(
        &mut self,
        name: &str,
        recipe: &Recipe,
        date: &dyn Fn(&Package) -> Result<Option<String>>,
    ) -> Result<()> {
        let ToolRecipe::Locked(root) = &recipe.tools else {
            return Err(anyhow!("the tools of `{name}` are not known"));
        };
        self.format = FORMAT;
        let dates = |packages: &[Package]| -> Result<BTreeMap<String, String>> {
            let mut dates = BTreeMap::new();
            for package in packages {
                if !dates.contains_key(&package.suite.name)
                    && let Some(date) = date(package)?
                {
                    dates.insert(package.suite.name.clone(), date);
                }
            }
            Ok(dates)
        };
        let tools_archive = root.packages.first().map_or(&recipe.archive, |package| &package.suite.archive);
        let tools = ToolRoot {
            archive: tools_archive.clone(),
            compiler: root.compiler.clone(),
            dates: dates(&root.packages)?,
            packages: root.packages.iter().map(line).collect(),
        };
        self.tools.insert(root.key.clone(), tools);
        let kernel = Kernel {
            release: recipe.release.clone(),
            version: recipe.version.clone(),
            origin: recipe.origin.clone(),
            archive: recipe.archive.clone(),
            tools: root.key.clone(),
            dates: dates(&recipe.packages)?,
            packages: recipe.packages.iter().map(line).collect(),
        };
        self.kernel.insert(name.to_owned(), kernel);
        self.tools.retain(|key, _| self.kernel.values().any(|kernel| kernel.tools == *key));
        Ok(())
    }

    /// Writes the file of a workspace, whole or not at all.
    pub fn write(&self, workspace: &Path) -> Result<()> {
        let path = workspace.join(LOCK_FILE);
        let what = || format!("failed to write `{}`", path.display());
        let text = format!("{HEAD}{}", toml::to_string_pretty(self).with_context(what)?);
        let mut file = tempfile::Builder::new()
            .permissions(std::fs::Permissions::from_mode(0o644))
            .tempfile_in(workspace)
            .with_context(what)?;
        file.write_all(text.as_bytes()).with_context(what)?;
        file.persist(&path).with_context(what)?;
        Ok(())
    }
}

fn package(line: &str, archive: &Archive, dates: &BTreeMap<String, String>) -> Result<Package> {
    let mut words = line.split(' ');
    let mut next = || words.next().unwrap_or_default();
    let (suite, sha256, size, path) = (next(), next(), next(), next());
    let suite = archive.suite(suite)?;
    let is_hash = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
    let date = dates.get(&suite.name).map(String::as_str);
    let size = size.parse().ok().filter(|_| is_hash && words.next().is_none());
    let package = size.and_then(|size| Package::of_file(path, size, sha256, suite, date));
    package.with_context(|| format!("`{line}` is not a package"))
}

fn line(package: &Package) -> String {
    format!("{} {} {} {}", package.suite.name, package.sha256, package.size, package.filename)
}
