// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask package`

mod explain;
mod git;
mod known;
mod nur;
mod trial;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

pub(super) use self::explain::explain;
use self::known::{Known, known};
pub(super) use self::nur::run as nur;
use crate::cli::{PackageNix, SourceChoice};
use crate::cmd::shell_words;
use crate::context::Context;
use crate::driver::Driver;
use crate::kernel::KernelTree;
use crate::outcome::ExitStatus;
use crate::package::driver::Package;
use crate::package::driver::source::Source;
use crate::package::generated::{Change, Generated};
use crate::package::nix::Nix;

/// Where the packages of the workspace's own drivers are.
const GENERATED: &str = "nix/generated";

/// The hand-written NixOS module, in the workspace.
const FUNCTION: &str = "nix/nixos/driver.nix";

pub(super) fn nix(context: &Context, asked: &PackageNix) -> Result<ExitStatus> {
    let drivers = drivers(context, &asked.drivers)?;
    let kernel = kernel(context, asked.kernel.as_deref(), &drivers)?;
    let mut status = if drivers.is_empty() { ExitStatus::NothingRan } else { ExitStatus::Good };
    for driver in &drivers {
        let is_own = driver.dir.parent() == Some(&context.workspace);
        let Some(mut known) = known(context, driver, &kernel)? else {
            status = ExitStatus::JudgedBad;
            continue;
        };
        let all = match &asked.out {
            Some(out) => std::path::absolute(out)?,
            None if is_own => context.workspace.join(GENERATED),
            None => driver.dir.join("nix"),
        };
        let dir = all.join(&known.package.name);
        known.package.source = match asked.source {
            SourceChoice::Local => local(&known, &driver.dir, &dir)?,
            SourceChoice::Git => git::source(context, &driver.dir, &mut known.package)?,
        };
        let generated = files(&known.package, &context.workspace, &dir)
            .with_context(|| format!("failed to package `{}`", driver.own_name))?;
        if !settle(context, &generated, &dir, asked.check)? {
            status = ExitStatus::JudgedBad;
        } else if !asked.check {
            tell(context, &known.package.name, &dir)?;
        }
    }
    Ok(status)
}

/// What to do with a package, for who has none of the overlay and the matrix.
fn tell(context: &Context, name: &str, dir: &Path) -> Result<()> {
    let package = Nix::call(&Nix::code("linuxPackages.callPackage"), [Nix::place(&dir.join("package.nix"))?]);
    let words = ["nix-build", "-E", &format!("with import <nixpkgs> {{ }}; {package} {{ }}")].map(str::to_owned);
    let imports = Nix::list([Nix::place(&dir.join("module.nix"))?]);
    context.events.answer(format!("build  {}", shell_words(&words)));
    context.events.answer(format!("NixOS  imports = {imports}; hardware.{name}.enable = true;"));
    Ok(())
}

/// The drivers that are named, or all of the workspace.
fn drivers(context: &Context, named: &[String]) -> Result<Vec<Driver>> {
    let workspace = &context.workspace;
    let drivers = match named {
        [] => Driver::all_in(workspace)?,
        named => named.iter().map(|word| Driver::named(word, workspace)).collect::<Result<_>>()?,
    };
    let limits = &context.settings.driver;
    let limited = |driver: Driver| match limits.get(&driver.own_name) {
        Some(limits) => driver.limited(limits),
        None => driver,
    };
    Ok(drivers.into_iter().map(limited).collect())
}

/// The kernel that they are built for once, to hear what their modules say of themselves.
fn kernel(context: &Context, named: Option<&str>, drivers: &[Driver]) -> Result<KernelTree> {
    let wishes = context.wishes(&named.map(str::to_owned).into_iter().collect::<Vec<_>>())?;
    let kernel = context.kernel(wishes.first().context("there is a default kernel")?)?;
    for driver in drivers {
        let unmet = driver.unmet(&kernel)?;
        if let [first, ..] = &unmet[..] {
            bail!(
                "`{}` can't be built for {}: {first}\nhelp: name another kernel: `-k NAME`",
                driver.own_name,
                kernel.release
            );
        }
    }
    Ok(kernel)
}

/// The driver's own folder as the source, seen from the package's.
fn local(known: &Known, driver: &Path, dir: &Path) -> Result<Source> {
    let root = relative(driver, dir).with_context(|| {
        format!(
            "`{}` and `{}` have no folder in common\nhelp: write nearer to the driver with --out",
            driver.display(),
            dir.display()
        )
    })?;
    Ok(Source::Files { root, files: known.files.clone() })
}

/// The files of one package. Beside the workspace's own lies the function already that all of them share.
fn files(package: &Package, workspace: &Path, dir: &Path) -> Result<Generated> {
    let own = workspace.join(FUNCTION);
    let is_own = dir.starts_with(workspace.join("nix"));
    let function = if is_own { relative(&own, dir) } else { None };
    let generated = Generated::default().with("package.nix", package.derivation()?);
    let at = function.clone().unwrap_or_else(|| PathBuf::from("driver.nix"));
    let generated = generated.with("module.nix", package.module(&at, Path::new("package.nix"))?);
    Ok(if function.is_some() { generated } else { generated.with("driver.nix", DRIVER_NIX) })
}

/// It goes with packages that lie elsewhere.
const DRIVER_NIX: &str = include_str!("../../../nix/nixos/driver.nix");

/// Writes files, or with --check says which are not as they should be; whether all is well.
pub(super) fn settle(context: &Context, generated: &Generated, dir: &Path, check: bool) -> Result<bool> {
    let changes = if check { generated.check(dir)? } else { generated.write(dir)? };
    for change in &changes {
        let (did, would, path) = match change {
            Change::New(path) => ("wrote", "is missing", path),
            Change::Changed(path) => ("changed", "is not what would be written", path),
            Change::Removed(path) => ("removed", "is no longer made", path),
        };
        let path = path.display();
        context.events.answer(if check { format!("{path} {would}") } else { format!("{did} {path}") });
    }
    if changes.is_empty() {
        context.events.answer(format!("{} is as it should be", dir.display()));
    } else if check {
        context.events.note("without --check they are written");
    }
    Ok(!check || changes.is_empty())
}

/// A path as seen from a folder; both are absolute.
fn relative(path: &Path, from: &Path) -> Option<PathBuf> {
    let shared = path.components().zip(from.components()).take_while(|(a, b)| a == b).count();
    // Only the root is everybody's, and what leads there is no path for somebody else.
    (shared > 1 || !path.is_absolute()).then(|| {
        let up = from.components().skip(shared).map(|_| "..");
        up.map(PathBuf::from)
            .chain(path.components().skip(shared).map(|part| PathBuf::from(part.as_os_str())))
            .collect()
    })
}

fn ensure_option(option: &str) -> Result<()> {
    let name = option.strip_prefix("CONFIG_").unwrap_or_default();
    let is_plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    ensure!(is_plain, "`{option}` is no option of the kernel's\nhelp: write them like CONFIG_ACPI_WMI");
    Ok(())
}
