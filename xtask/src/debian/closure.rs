// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a set of packages needs in order to run, when no maintainer script is ever run.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use super::packages::{Index, Package};

/// Dependencies that only serve maintainer scripts, documentation, or a system that is booted.
const NOT_NEEDED: &[&str] = &[
    "adduser",
    "base-files",
    "debconf",
    "debconf-2.0",
    "dpkg",
    "init-system-helpers",
    "install-info",
    "passwd",
    "perl:any",
    "sensible-utils",
    "systemd",
    "tzdata",
    "ucf",
    "linux-initramfs-tool",
    "kernel-image",
    "linux-base",
    "initramfs-tools",
];

/// The packages of these names and all they depend on, each once, sorted by name.
/// Where there is a choice, one that is in already serves, else the first that the index has.
pub fn closure<'a>(index: &'a Index, wanted: &[&str]) -> Result<Vec<&'a Package>> {
    let mut chosen: BTreeMap<&str, &Package> = BTreeMap::new();
    let mut queue: Vec<(Vec<&str>, &str)> = wanted.iter().map(|name| (vec![*name], "what was asked for")).collect();
    while let Some((choice, needed_by)) = queue.pop() {
        if choice.iter().any(|name| NOT_NEEDED.contains(name) || chosen.contains_key(name)) {
            continue;
        }
        let Some(package) = choice.iter().find_map(|name| index.newest(name)) else {
            bail!("the archive has no package `{}`, which `{needed_by}` depends on", choice.join("` or `"));
        };
        if chosen.insert(&package.name, package).is_none() {
            queue.extend(package.dependencies().map(|choice| (choice, package.name.as_str())));
        }
    }
    Ok(chosen.into_values().collect())
}
