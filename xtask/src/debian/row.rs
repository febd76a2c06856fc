// SPDX-License-Identifier: MIT OR Apache-2.0
//! Further archives of Debian's form, a row each in workbench.toml: Ubuntu's, Proxmox', a company's.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, ensure};
use serde::Deserialize;

use super::suite::Suite;
use crate::kernel::looks_like_source;

/// `[archive.NAME]` in workbench.toml.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Row {
    /// The archive's address, as apt's sources have it.
    pub url: String,
    pub suites: Vec<String>,
    /// A file of the OpenPGP keys that may sign its lists, from the workspace; binary or in ASCII armour.
    pub key: PathBuf,
    #[serde(default = "main")]
    pub components: Vec<String>,
    /// The flavour that a name without one means: `generic` in Ubuntu, `pve` in Proxmox.
    #[serde(default)]
    pub flavour: Option<String>,
    /// The suite of Debian's whose compiler and make build for its kernels; by default its own suites have them.
    #[serde(default)]
    pub tools: Option<String>,
    /// Where the archive's past is, with `DATE` in the place of the date.
    #[serde(default)]
    pub snapshot: Option<String>,
}

/// Names that mean something else.
const TAKEN: &[&str] = &[super::DEBIAN, "nixpkgs", "kernel.org", "host", "all", "latest"];

fn main() -> Vec<String> {
    vec!["main".to_owned()]
}

impl Row {
    /// Its suites; each has its compiler in all of them.
    pub(super) fn suites(&self, archive: &str) -> Result<Vec<Arc<Suite>>> {
        let url = self.url.trim_end_matches('/');
        ensure!(
            looks_like_source(archive) && !TAKEN.contains(&archive),
            "`{archive}` can't be the name of an archive in workbench.toml\nhelp: take another word, of small letters"
        );
        ensure!(
            url.starts_with("http://") || url.starts_with("https://"),
            "the address `{url}` of the archive `{archive}` in workbench.toml is not an http:// or https:// one"
        );
        ensure!(!self.suites.is_empty(), "the archive `{archive}` in workbench.toml names no suites");
        let suite = |name: &String| Suite {
            name: name.clone(),
            archive: archive.to_owned(),
            url: url.to_owned(),
            past: self.snapshot.as_ref().map(|address| address.trim_end_matches('/').to_owned()),
            components: self.components.clone(),
            base: self.suites.iter().filter(|other| *other != name).cloned().collect(),
            series: Vec::new(),
        };
        Ok(self.suites.iter().map(|name| Arc::new(suite(name))).collect())
    }
}
