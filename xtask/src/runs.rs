// SPDX-License-Identifier: MIT OR Apache-2.0
//! The folders of runs: numbered, so that two runs at once never meet, with `latest` leading to the newest; and what is
//! remembered of a run, so that it need not be run again.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use fs_err as fs;
use serde::{Deserialize, Serialize};

use crate::fetch::sha256;
use crate::judge::{Failure, Judgement, Transcript, Verdict};
use crate::kbuild::stamp;
use crate::outcome::{Outcome, Ran};

/// How many runs of a driver on a kernel are kept.
const KEPT: usize = 8;

/// A run's judgement, as JSON.
pub(crate) const VERDICT: &str = "verdict.json";

/// What a run hung on, and what else its outcome says; it is written last, when all else is there.
const KNOWN: &str = "known.json";

/// Makes the folder of a new run in `dir`, to which `latest` leads, and forgets the oldest runs.
pub(crate) fn new_folder(dir: &Path) -> Result<(PathBuf, Option<Held>)> {
    let (folder, held) = folder_ahead(dir)?;
    point_latest_to(&folder)?;
    Ok((folder, held))
}

/// The same for a run that has not begun: `latest` leads to where it did.
pub(crate) fn folder_ahead(dir: &Path) -> Result<(PathBuf, Option<Held>)> {
    fs::create_dir_all(dir)?;
    let mut number = numbers(dir)?.into_iter().max().unwrap_or(0);
    let folder = loop {
        number += 1;
        let folder = dir.join(number.to_string());
        match fs::create_dir(&folder) {
            Ok(()) => break folder,
            Err(err) if err.kind() == ErrorKind::AlreadyExists => (),
            Err(err) => return Err(err.into()),
        }
    };
    let held = Held::new(&folder);
    for old in numbers(dir)?.into_iter().rev().skip(KEPT) {
        forget(&dir.join(old.to_string()));
    }
    Ok((folder, held))
}

/// The numbers of the runs in a folder, the oldest first.
fn numbers(dir: &Path) -> Result<Vec<u64>> {
    let names = fs::read_dir(dir)?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let mut numbers: Vec<u64> = names.collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// A run's folder that is in use: nobody removes it meanwhile.
#[derive(Debug)]
pub(crate) struct Held(#[expect(dead_code, reason = "it is the lock that matters")] File);

impl Held {
    /// None when the folder is gone, or its file system has no locks.
    pub(crate) fn new(folder: &Path) -> Option<Self> {
        let file = File::open(folder).ok()?;
        file.try_lock_shared().ok()?;
        Some(Self(file))
    }
}

/// A child that another thread has just forked has all of our locks, until it becomes its program.
const FORK_TO_EXEC: Duration = Duration::from_millis(500);

/// Removes a run's folder, unless somebody uses it. Another run may be removing it too.
pub(crate) fn forget(folder: &Path) {
    let Ok(file) = File::open(folder) else { return };
    let start = Instant::now();
    while file.try_lock().is_err() {
        if start.elapsed() > FORK_TO_EXEC {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let _gone_or_not = fs::remove_dir_all(folder);
}

/// Forgets a run that has not been one.
pub(crate) fn take_back(folder: &Path) {
    forget(folder);
    let newest = |dir: &Path| Some(dir.join(numbers(dir).ok()?.into_iter().max()?.to_string()));
    if let Some(newest) = folder.parent().and_then(newest) {
        let _a_convenience = point_latest_to(&newest);
    }
}

/// Lets `latest` lead to this run.
pub(crate) fn point_latest_to(folder: &Path) -> Result<()> {
    let number = folder.file_name().and_then(|name| name.to_str()?.parse().ok());
    let (Some(dir), Some(number)) = (folder.parent(), number) else { return Ok(()) };
    point_latest(dir, number)
}

/// The newest run of a driver of this name, on whichever machine and kernel.
pub(crate) fn newest(runs: &Path, driver: &str) -> Option<PathBuf> {
    let below = |dir: &Path| fs::read_dir(dir).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let is_its = |dir: &PathBuf| {
        let name = dir.file_name().unwrap_or_default().to_string_lossy();
        name.strip_prefix(driver).is_some_and(|rest| rest.is_empty() || rest.starts_with(['@', '-']))
    };
    let kernels = below(runs).filter(is_its).flat_map(|dir| below(&dir).collect::<Vec<_>>());
    let ran = |dir: &PathBuf| fs::metadata(dir.join(Transcript::RECORD)).and_then(|it| it.modified()).ok();
    kernels.map(|dir| dir.join("latest")).filter(|dir| ran(dir).is_some()).max_by_key(ran)
}

/// Replaces the link in one step, so that it leads somewhere at all times.
fn point_latest(dir: &Path, number: u64) -> Result<()> {
    let new = dir.join(format!("latest-{number}"));
    let _left_by_a_dead_run = fs::remove_file(&new);
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

/// See [`KNOWN`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Known {
    inputs: String,
    /// With their stamps.
    modules: Vec<(PathBuf, String)>,
    warnings: usize,
    ran: Ran,
}

/// Remembers what came of a run, to be shown again while its inputs are these. What may not come again is not remembered: a machine
/// that was lost, and a time that was over, the machine's or a step's, as it can be on a host with too much to do.
pub(crate) fn remember(outcome: &Outcome, inputs: String) -> Result<()> {
    let comes_again = match &outcome.verdict {
        Verdict::Pass | Verdict::Crash(_) => true,
        Verdict::Fail(failures) => !failures.iter().any(|failure| matches!(failure, Failure::Step { late: true, .. })),
        Verdict::Hang(_) | Verdict::Lost(_) | Verdict::Skip(_) => false,
    };
    let Some(ran) = outcome.ran.filter(|_| comes_again) else { return Ok(()) };
    let modules = outcome.modules.iter().map(|path| (path.clone(), stamp(path))).collect();
    let known = Known { inputs, modules, warnings: outcome.warnings, ran };
    let partial = outcome.kept.join(format!("{KNOWN}.partial"));
    fs::write(&partial, serde_json::to_string_pretty(&known)?)?;
    fs::rename(&partial, outcome.kept.join(KNOWN))?;
    Ok(())
}

/// What came of the newest run in `dir` that had these inputs, if its folder is whole; with those of its modules that no later
/// build has replaced. What can't be read was never written.
pub(crate) fn recall(dir: &Path, inputs: &str, driver: &str, kernel: &str) -> Option<Outcome> {
    let folders = numbers(dir).ok()?.into_iter().rev().map(|number| dir.join(number.to_string()));
    folders.into_iter().find_map(|folder| {
        let known: Known = serde_json::from_str(&fs::read_to_string(folder.join(KNOWN)).ok()?).ok()?;
        let parts = [Transcript::RECORD, Transcript::CONSOLE, Transcript::RESULTS].map(|name| folder.join(name));
        let is_whole = parts.iter().all(|part| part.is_file());
        if known.inputs != inputs || !is_whole {
            return None;
        }
        let judgement: Judgement = serde_json::from_str(&fs::read_to_string(folder.join(VERDICT)).ok()?).ok()?;
        let Known { modules, warnings, ran, .. } = known;
        let modules = modules.into_iter().filter(|(path, known)| stamp(path) == *known).map(|(path, _)| path).collect();
        let outcome = Outcome::new(driver, kernel, judgement, folder);
        Some(Outcome { cached: true, modules, warnings, ran: Some(ran), ..outcome })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Remark;

    #[test]
    fn old_runs_are_forgotten() {
        let dir = tempfile::tempdir().expect("a folder");
        let (_, held) = new_folder(dir.path()).expect("a folder");
        for _ in 0..9 {
            new_folder(dir.path()).expect("a folder");
        }
        assert_eq!(numbers(dir.path()).expect("numbers"), [1, 3, 4, 5, 6, 7, 8, 9, 10], "the first is in use");
        drop(held);
        new_folder(dir.path()).expect("a folder");
        assert_eq!(numbers(dir.path()).expect("numbers"), [4, 5, 6, 7, 8, 9, 10, 11]);
        assert_eq!(fs::read_link(dir.path().join("latest")).expect("a link"), Path::new("11"));
    }

    fn outcome(verdict: Verdict, dir: &Path) -> Outcome {
        let judgement = Judgement { verdict, remarks: vec![Remark::new("worth knowing")], cases: Vec::new() };
        let folder = dir.join("1");
        fs::create_dir(&folder).expect("a folder");
        for name in [Transcript::RECORD, Transcript::CONSOLE, Transcript::RESULTS, "m.ko"] {
            fs::write(folder.join(name), "").expect("written");
        }
        fs::write(folder.join(VERDICT), serde_json::to_string(&judgement).expect("JSON")).expect("written");
        let modules = vec![folder.join("m.ko")];
        let ran = Some(Ran { steps: 3, ms: 4 });
        Outcome { modules, warnings: 2, ran, ..Outcome::new("d", "k", judgement, folder) }
    }

    /// What is recalled of a run with this verdict, whose folder is then changed.
    #[track_caller]
    fn check(verdict: Verdict, change: impl Fn(&Path), inputs: &str, expected: bool) {
        let dir = tempfile::tempdir().expect("a folder");
        let before = outcome(verdict, dir.path());
        remember(&before, "a".to_owned()).expect("written");
        change(&before.kept);
        let recalled = recall(dir.path(), inputs, "d", "k");
        assert_eq!(recalled.is_some(), expected);
        if let Some(recalled) = recalled {
            let modules = before.modules.iter().filter(|path| path.exists()).cloned().collect();
            let after = Outcome { cached: true, modules, ..before };
            assert_eq!(format!("{recalled:?}"), format!("{after:?}"));
        }
    }

    #[test]
    fn what_is_remembered() {
        let fail = || Verdict::Fail(Vec::new());
        check(Verdict::Pass, |_| (), "a", true);
        check(fail(), |_| (), "a", true);
        for late in [false, true] {
            let (name, reason) = ("cat".to_owned(), "still running after 3 s".to_owned());
            let step = Failure::Step { name, reason, output: Vec::new(), log: Vec::new(), late, sites: Vec::new() };
            check(Verdict::Fail(vec![step]), |_| (), "a", !late);
        }
        check(Verdict::Skip(Vec::new()), |_| (), "a", false);
        check(Verdict::Lost(String::new()), |_| (), "a", false);
        check(Verdict::Hang(crate::judge::Place::default()), |_| (), "a", false);
        check(Verdict::Pass, |_| (), "b", false);
        check(Verdict::Pass, |folder| fs::remove_file(folder.join("m.ko")).expect("removed"), "a", true);
        for name in [Transcript::RECORD, Transcript::CONSOLE, Transcript::RESULTS, VERDICT, KNOWN] {
            check(Verdict::Pass, |folder| fs::remove_file(folder.join(name)).expect("removed"), "a", false);
        }
        for name in [VERDICT, KNOWN] {
            check(Verdict::Pass, |folder| fs::write(folder.join(name), "{").expect("written"), "a", false);
            check(Verdict::Pass, |folder| fs::write(folder.join(name), [0xff]).expect("written"), "a", false);
        }
        check(Verdict::Pass, |folder| fs::remove_dir_all(folder).expect("removed"), "a", false);
    }
}
