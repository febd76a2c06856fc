// SPDX-License-Identifier: MIT OR Apache-2.0
//! A profile's settings become a .config, by the kernel's own Kconfig; what did not take is told with what stands against it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;

use super::Job;
use super::fragment::Fragment;
use super::make;
use crate::cmd::How;
use crate::kernel::is_on;
use crate::toolchain::enter::Access;

/// It takes seconds.
const DEADLINE: Duration = Duration::from_secs(10 * 60);

/// What says why a setting did not take, and its parts.
const WHY: &str = "nix/kernel";

/// How often it is asked anew how to switch on what is still off.
const ROUNDS: usize = 3;

/// Writes the .config of a job, and gives its text.
pub(super) fn configure(job: &Job<'_>) -> Result<String> {
    fs::create_dir_all(&job.objects)?;
    let name = Fragment::parse(
        "the profile's name",
        &format!("CONFIG_LOCALVERSION=\"+{}\"\n# CONFIG_LOCALVERSION_AUTO is not set\n", job.profile.name),
    )?;
    let fragments: Vec<&Fragment> = job.profile.fragments.iter().chain([&name]).collect();
    write(job, &Fragment::default(), &fragments)?;
    check(job, &fragments)?;
    meet_needs(job, &fragments)?;
    make(job, &[make::RELEASE])?;
    Ok(fs::read_to_string(config(job))?)
}

fn config(job: &Job<'_>) -> PathBuf {
    job.objects.join(".config")
}

/// What drivers need stands before the profile, which has the last word.
fn write(job: &Job<'_>, needs: &Fragment, fragments: &[&Fragment]) -> Result<()> {
    let base = job.profile.config.as_deref().unwrap_or_default();
    let settings: String = [needs].into_iter().chain(fragments.iter().copied()).map(Fragment::config).collect();
    let wanted = job.objects.join("wanted.config");
    fs::write(&wanted, format!("{base}{settings}"))?;
    if job.profile.config.is_some() {
        fs::copy(&wanted, config(job))?;
        make(job, &["olddefconfig"])
    } else {
        make(job, &[&format!("KCONFIG_ALLCONFIG={}", wanted.display()), "allnoconfig"])
    }
}

/// Switches on what drivers need, with all that it hangs on. What can't be had is no error: who needs it is skipped.
fn meet_needs(job: &Job<'_>, fragments: &[&Fragment]) -> Result<()> {
    let mut needs = Fragment::default();
    let mut missing = missing(job)?;
    for _ in 0..ROUNDS {
        let more = ways_to(job, &missing)?;
        if more.settings.iter().all(|setting| needs.settings.contains(setting)) {
            break;
        }
        needs.settings.extend(more.settings);
        write(job, &needs, fragments)?;
        missing = self::missing(job)?;
    }
    if !needs.settings.is_empty() {
        check(job, fragments).context("the profile and what drivers need do not go together")?;
    }
    if !missing.is_empty() {
        job.context.events.note(format!(
            "{} can't have {}, which drivers here need",
            job.said(),
            missing.iter().map(|option| option.as_str()).collect::<Vec<_>>().join(", ")
        ));
    }
    Ok(())
}

/// What drivers need that is off.
fn missing<'a>(job: &Job<'a>) -> Result<Vec<&'a String>> {
    let config = fs::read_to_string(config(job))?;
    Ok(job.needs.iter().filter(|option| !is_on(&config, option)).collect())
}

/// Settings that switch options on: as modules, where that can be.
fn ways_to(job: &Job<'_>, options: &[&String]) -> Result<Fragment> {
    let mut ways = Fragment::default();
    for option in options {
        for value in ["m", "y"] {
            let setting = format!("{}={value}", option.trim_start_matches("CONFIG_"));
            let (_, said) = why(job, &["--fragment".into(), setting.into()])?;
            let way = Fragment::parse("what drivers need", &said)?;
            if !way.settings.is_empty() {
                ways.settings.extend(way.settings);
                break;
            }
        }
    }
    Ok(ways)
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
    let mut words = Vec::new();
    for (number, fragment) in fragments.iter().enumerate() {
        let file = job.objects.join(format!("wanted-{number}"));
        fs::write(&file, fragment.wanted())?;
        words.extend(["--wanted".into(), file.into_os_string()]);
    }
    let (is_all, said) = why(job, &words)?;
    ensure!(is_all, "not all settings of the profile `{}` took:\n{}", job.profile.name, said.trim());
    Ok(())
}

/// Whether all is as these words want it, and what is said of what is not.
fn why(job: &Job<'_>, words: &[OsString]) -> Result<(bool, String)> {
    let program = lay_out_why(job)?;
    let way = job.context.way()?;
    let shown = [(job.source(), Access::Read), (job.objects.as_path(), Access::Write)];
    let perl = way.kernel_tool("perl", &job.root_dir, &job.context.cache, &shown)?;
    let perl = perl.arg(program).arg("--tree").arg(job.source()).arg("--config").arg(config(job)).args(words);
    let perl = perl.dir(job.source()).deadline(DEADLINE);
    let finished = perl.output()?;
    let said = String::from_utf8_lossy(&finished.stdout).into_owned();
    match finished.how {
        How::Exited(0) => Ok((true, said)),
        How::Exited(1) => Ok((false, said)),
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
