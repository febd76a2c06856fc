// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask package nur`

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use fs_err as fs;

use super::known::{Known, known};
use super::{drivers, git, kernel, settle};
use crate::cli::{PackageNur, SourceChoice};
use crate::context::Context;
use crate::driver::Driver;
use crate::outcome::ExitStatus;
use crate::package::driver::source::Source;
use crate::package::generated::Generated;
use crate::package::nur;

pub(in crate::tasks) fn run(context: &Context, asked: &PackageNur) -> Result<ExitStatus> {
    let drivers = drivers(context, &asked.drivers)?;
    if drivers.is_empty() {
        return Ok(ExitStatus::NothingRan);
    }
    let kernel = kernel(context, asked.kernel.as_deref(), &drivers)?;
    let dir = std::path::absolute(&asked.dir)?;
    let mut packages = Vec::new();
    let mut status = ExitStatus::Good;
    for driver in &drivers {
        let Some(mut known) = known(context, driver, &kernel)? else {
            status = ExitStatus::JudgedBad;
            continue;
        };
        if nur::RESERVED.contains(&known.package.name.as_str()) {
            bail!(
                "NUR gives the name `{}` another meaning\nhelp: say `name = \"...\"` in driver.toml of `{}`",
                known.package.name,
                driver.dir.display()
            );
        }
        if asked.source == SourceChoice::Git {
            known.package.source = git::source(context, &driver.dir, &mut known.package)?;
        }
        let generated = files(&known, driver).with_context(|| format!("failed to package `{}`", driver.own_name))?;
        packages.push((dir.join(nur::PACKAGES).join(&known.package.name), generated));
    }
    let known = Generated::known(&dir)?;
    let (repository, additions) = nur::repository(|name| dir.join(name).exists() && !known.iter().any(|it| it == name));
    for (dir, generated) in packages.iter().map(|(dir, it)| (dir, it)).chain([(&dir, &repository)]) {
        if !settle(context, generated, dir, asked.check)? {
            status = ExitStatus::JudgedBad;
        }
    }
    additions.into_iter().for_each(|line| context.events.note(line));
    Ok(status)
}

/// A driver's files: its package, its NixOS module, and its sources unless they are fetched.
fn files(known: &Known, driver: &Driver) -> Result<Generated> {
    let package = &known.package;
    let generated = Generated::default()
        .with("package.nix", package.derivation()?)
        .with("module.nix", package.module(Path::new(nur::FUNCTION), Path::new("package.nix"))?);
    let Source::Folder(folder) = &package.source else { return Ok(generated) };
    known.files.iter().try_fold(generated, |all, file: &PathBuf| {
        let name = folder.join(file);
        let name = name.to_str().with_context(|| format!("`{}` is no UTF-8", file.display()))?;
        Ok(all.with(name, fs::read(driver.dir.join(file))?))
    })
}
