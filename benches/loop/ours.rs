// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask` as a person or an editor runs it.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::time;

/// No round takes so long.
const DEADLINE: Duration = Duration::from_secs(300);

/// A driver of one folder.
pub(crate) struct Ours {
    folder: PathBuf,
}

/// A module that was built, and of what.
pub(crate) struct Build {
    pub(crate) kdir: PathBuf,
    /// The folder with the module.
    pub(crate) stage: PathBuf,
}

#[expect(clippy::disallowed_methods, reason = "the program that is measured is started as a person starts it")]
fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(words).env("CARGO_TARGET_DIR", folder.with_file_name("target")).stdin(Stdio::null());
    command
}

impl Ours {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    fn run(&self, words: &[&str]) -> Result<String> {
        let folder = self.folder.display().to_string();
        let output = command(&self.folder, &[words, &[&folder]].concat()).output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(
            output.status.success(),
            "`xtask {}`: {said}{}",
            words.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(said)
    }

    pub(crate) fn build(&self, kernel: &str) -> Result<Build> {
        let said = self.run(&["build", "--json", "--force", "-k", kernel])?;
        let events = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let commands = events.filter(|event| event["event"] == "command");
        let lines = commands.filter_map(|event| Some(event["line"].as_str()?.to_owned())).collect::<Vec<_>>();
        let words = lines.iter().map(|line| shlex::split(line).unwrap_or_default());
        let make = words.into_iter().find(|words| words.iter().any(|word| word.starts_with("M=")));
        let make = make.context("`build` did not say how it called make")?;
        let kdir = make.iter().skip_while(|word| *word != "-C").nth(1).context("make has no -C")?;
        let stage = make.iter().find_map(|word| word.strip_prefix("M=")).context("make has no M=")?;
        Ok(Build { kdir: kdir.into(), stage: stage.into() })
    }

    /// The verdict of modules that are built.
    pub(crate) fn test(&self, kernel: &str, built: &Path, further: &[&str]) -> Result<Duration> {
        let built = built.display().to_string();
        let words = ["vm-test", "--force", "--hurry", "-k", kernel, "--built", &built];
        time(|| self.run(&[&words, further].concat()).map(drop))
    }

    /// The verdict of modules that are built, on a machine of which none is kept yet, nor is after it.
    pub(crate) fn first(&self, kernel: &str, built: &Path, machines: &Path) -> Result<Duration> {
        let before = entries(machines)?;
        let took = self.test(kernel, built, &[])?;
        let new: Vec<PathBuf> = entries(machines)?.difference(&before).cloned().collect();
        ensure!(!new.is_empty(), "no machine was made in `{}`", machines.display());
        new.into_iter().try_for_each(std::fs::remove_dir_all)?;
        Ok(took)
    }

    /// The verdict of what has been tested.
    pub(crate) fn again(&self, kernel: &str) -> Result<Duration> {
        time(|| self.run(&["vm-test", "-k", kernel]).map(drop))
    }
}

fn entries(dir: &Path) -> Result<BTreeSet<PathBuf>> {
    std::fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect()
}

/// `watch --json`.
pub(crate) struct Watch {
    child: Child,
    events: Receiver<Value>,
}

impl Watch {
    /// Starts it, and waits until it has nothing more to do.
    pub(crate) fn start(folder: &Path, kernels: &[&str]) -> Result<Self> {
        let path = folder.display().to_string();
        let kernels = kernels.iter().flat_map(|kernel| ["-k", kernel]);
        let words: Vec<&str> = ["watch", "--json", path.as_str()].into_iter().chain(kernels).collect();
        let mut child = command(folder, &words).stdout(Stdio::piped()).spawn()?;
        let out = BufReader::new(child.stdout.take().context("it has no output")?);
        let (send, events) = channel();
        std::thread::spawn(move || {
            for event in out.lines().map_while(Result::ok).filter_map(|line| serde_json::from_str(&line).ok()) {
                if send.send(event).is_err() {
                    return;
                }
            }
        });
        let watch = Self { child, events };
        watch.round()?;
        watch.calm()?;
        Ok(watch)
    }

    /// How long it takes from this on until a round has ended, which must be a good one.
    pub(crate) fn after(&self, edit: impl FnOnce() -> Result<()>) -> Result<Duration> {
        time(|| {
            edit()?;
            self.round()
        })
    }

    fn round(&self) -> Result<()> {
        loop {
            let event = self.events.recv_timeout(DEADLINE).context("no round has ended")?;
            if event["event"] == "round-end" {
                ensure!(event["status"] == 0, "a round ended with {}", event["status"]);
                return Ok(());
            }
        }
    }

    /// Waits until it has no children but the one that waits for the next file: what was done in a hurry is confirmed.
    pub(crate) fn calm(&self) -> Result<()> {
        let pid = self.child.id();
        let mut calm = 0;
        // One child follows another.
        while calm < 5 {
            let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
            calm = if children.split_whitespace().any(works) { 0 } else { calm + 1 };
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

/// Whether this child has not ended, and is told to do something.
fn works(pid: &str) -> bool {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    !line.is_empty() && !line.split(|byte| *byte == 0).any(|word| word == b"--when-told")
}

impl Drop for Watch {
    fn drop(&mut self) {
        // SAFETY: a plain system call; the child is not waited for yet, so the number is its own.
        unsafe { libc::kill(self.child.id() as libc::pid_t, libc::SIGTERM) };
        let _it_has_ended = self.child.wait();
    }
}
