// SPDX-License-Identifier: MIT OR Apache-2.0
//! The folders of runs: numbered, so that two runs at once never meet, with `latest` leading to the newest.

use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use fs_err as fs;

use crate::fetch::sha256;

/// How many runs of a driver on a kernel are kept.
const KEPT: u64 = 8;

/// Makes the folder of a new run in `dir`, and forgets the oldest runs.
pub(crate) fn new_folder(dir: &Path) -> Result<PathBuf> {
    fs::create_dir_all(dir)?;
    let numbers = || -> Result<Vec<u64>> {
        let names = fs::read_dir(dir)?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        Ok(names.collect())
    };
    let mut number = numbers()?.into_iter().max().unwrap_or(0);
    let folder = loop {
        number += 1;
        let folder = dir.join(number.to_string());
        match fs::create_dir(&folder) {
            Ok(()) => break folder,
            Err(err) if err.kind() == ErrorKind::AlreadyExists => (),
            Err(err) => return Err(err.into()),
        }
    };
    for old in numbers()?.into_iter().filter(|old| old + KEPT <= number) {
        // Another run may be forgetting it too.
        let _gone_or_not = fs::remove_dir_all(dir.join(old.to_string()));
    }
    point_latest(dir, number)?;
    Ok(folder)
}

/// Replaces the link in one step, so that it leads somewhere at all times.
fn point_latest(dir: &Path, number: u64) -> Result<()> {
    let new = dir.join(format!("latest-{number}"));
    symlink(number.to_string(), &new).context("failed to make a link")?;
    fs::rename(&new, dir.join("latest"))?;
    Ok(())
}

/// A word that no other run has, by which the guest's words for this run are known.
pub(crate) fn nonce(folder: &Path) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let text = format!("{} {} {}", folder.display(), std::process::id(), now.as_nanos());
    sha256(text.as_bytes())[..12].to_owned()
}
