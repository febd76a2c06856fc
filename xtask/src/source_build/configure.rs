// SPDX-License-Identifier: MIT OR Apache-2.0
//! A profile's settings become a .config, by the kernel's own Kconfig; what did not take is told with what stands against it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;

use super::Job;
use super::fragment::Fragment;
use super::make;
use crate::cmd::How;
use crate::toolchain::enter::Access;

/// It takes seconds.
const DEADLINE: Duration = Duration::from_secs(10 * 60);

/// What says why a setting did not take, and its parts.
const WHY: &str = "nix/kernel";

/// Writes the .config of a job, and gives its text.
pub(super) fn configure(job: &Job<'_>) -> Result<String> {
    fs::create_dir_all(&job.objects)?;
    let base = job.profile.config.as_deref().unwrap_or_default();
    let name = Fragment::parse(
        "the profile's name",
        &format!("CONFIG_LOCALVERSION=\"+{}\"\n# CONFIG_LOCALVERSION_AUTO is not set\n", job.profile.name),
    )?;
    let fragments: Vec<&Fragment> = job.profile.fragments.iter().chain([&name]).collect();
    let settings: String = fragments.iter().map(|fragment| fragment.config()).collect();
    let config = job.objects.join(".config");
    let wanted = job.objects.join("wanted.config");
    fs::write(&wanted, format!("{base}{settings}"))?;
    if job.profile.config.is_some() {
        fs::copy(&wanted, &config)?;
        make(job, &["olddefconfig"])?;
    } else {
        make(job, &[&format!("KCONFIG_ALLCONFIG={}", wanted.display()), "allnoconfig"])?;
    }
    check(job, &fragments)?;
    make(job, &[make::RELEASE])?;
    Ok(fs::read_to_string(&config)?)
}

fn make(job: &Job<'_>, words: &[&str]) -> Result<()> {
    let make = make::command(job)?.args(words).deadline(DEADLINE);
    let finished = make.output()?;
    ensure!(
        finished.how == How::Exited(0),
        "`{make}` ended by {}:\n{}",
        finished.how,
        String::from_utf8_lossy(&finished.stderr).trim()
    );
    Ok(())
}

/// Whether all that was wanted is so.
fn check(job: &Job<'_>, fragments: &[&Fragment]) -> Result<()> {
    let program = lay_out_why(job)?;
    let way = job.context.way()?;
    let shown = [(job.source(), Access::Read), (job.objects.as_path(), Access::Write)];
    let mut perl = way.kernel_tool("perl", &job.root_dir, &job.context.cache, &shown)?;
    perl = perl.arg(program).arg("--tree").arg(job.source()).arg("--config").arg(job.objects.join(".config"));
    for (number, fragment) in fragments.iter().enumerate() {
        let file = job.objects.join(format!("wanted-{number}"));
        fs::write(&file, fragment.wanted())?;
        perl = perl.arg("--wanted").arg(file);
    }
    let perl = perl.dir(job.source()).deadline(DEADLINE);
    let finished = perl.output()?;
    let said = String::from_utf8_lossy(&finished.stdout);
    match finished.how {
        How::Exited(0) => Ok(()),
        How::Exited(1) => bail!("not all settings of the profile `{}` took:\n{}", job.profile.name, said.trim()),
        how => bail!("`{perl}` ended by {how}:\n{}", String::from_utf8_lossy(&finished.stderr).trim()),
    }
}

/// A copy of the program: a tool root sees nothing of where our own files are.
fn lay_out_why(job: &Job<'_>) -> Result<PathBuf> {
    let into = job.objects.join("why");
    let own = job.context.own(WHY)?;
    fs::create_dir_all(into.join("Why"))?;
    let copy = |name: &Path| fs::copy(own.join(name), into.join(name)).map(drop);
    copy(Path::new("why.pl"))?;
    for entry in fs::read_dir(own.join("Why"))? {
        copy(&Path::new("Why").join(entry?.file_name()))
            .context("failed to copy what tells why settings did not take")?;
    }
    Ok(into.join("why.pl"))
}
