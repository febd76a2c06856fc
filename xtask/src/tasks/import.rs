// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask kernels import`

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use super::package::settle;
use crate::cli::Import;
use crate::context::Context;
use crate::import::{self, Facts, Imported};
use crate::kernel::Wish;
use crate::outcome::ExitStatus;
use crate::package::nix::Nix;

pub(super) fn run(context: &Context, import: &Import) -> Result<ExitStatus> {
    let (imported, unneeded) = read(context, import)?;
    for name in unneeded {
        context.events.note(format!("doing without `{name}`: nothing of the kernel's is in it"));
    }
    if let Some(absent) = &imported.facts.absent {
        context.events.note(absent);
    }
    let out = match &import.out {
        Some(out) => std::path::absolute(out)?,
        None => context.workspace.join("nix/generated/kernels"),
    };
    let dir = out.join(&imported.name);
    let files = imported.files(&dir, &context.workspace)?;
    let is_good = settle(context, &files, &dir, import.check)?;
    if !import.check {
        tell(context, &imported, &dir)?;
    }
    Ok(if is_good { ExitStatus::Good } else { ExitStatus::JudgedBad })
}

fn read(context: &Context, import: &Import) -> Result<(Imported, Vec<String>)> {
    let Import { packages, name, url, .. } = import;
    let (files, names): (Vec<&String>, Vec<&String>) = packages.iter().partition(|it| import::is_file(it));
    match (&files[..], &names[..]) {
        ([..], []) => {
            let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
            import::of_files(&files, url.as_deref(), name.as_deref())
        }
        ([], [asked]) => {
            ensure!(url.is_none(), "`--url` is for files; where the packages of `{asked}` are is known");
            let wish: Wish = asked.parse()?;
            let found = context.packaged(&wish)?;
            let (kernels, recipe) = found.with_context(|| {
                format!(
                    "no archive has the kernel `{asked}`\n\
                     help: `cargo xtask kernels list --available` names those that can be had"
                )
            })?;
            import::of_archive(asked, &kernels.packages(&recipe)?, name.as_deref())
        }
        ([], _) => bail!("several kernels were named\nhelp: import one at a time"),
        ([_, ..], [name, ..]) => bail!(
            "`{name}` is no file of a package, and there are such files beside it\n\
             help: name either the files of one kernel's packages, or a kernel of an archive"
        ),
    }
}

fn tell(context: &Context, imported: &Imported, dir: &Path) -> Result<()> {
    let Facts { version, release, arch, compiler, headers, .. } = &imported.facts;
    let repairs: Vec<&str> = headers.repairs.iter().map(|repair| repair.name()).collect();
    let call = Nix::call(&Nix::code("pkgs.callPackage"), [Nix::place(dir)?]);
    let rows = [
        ("kernel", format!("{release} (Linux {version}, {arch})")),
        ("compiler", format!("{} {}", compiler.0, compiler.1)),
        ("mended", if repairs.is_empty() { "nothing".to_owned() } else { repairs.join(" ") }),
        ("use", format!("boot.kernelPackages = pkgs.linuxPackagesFor ({call} {{ }});")),
    ];
    for (what, text) in rows {
        context.events.answer(format!("{what:<9} {text}"));
    }
    Ok(())
}
