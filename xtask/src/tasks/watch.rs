// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask watch`: tests a driver whenever one of its files has been saved. Each round is a `vm-test` of its own, which is ended
//! when a file is saved again; what it left to make is made up for when nobody waits. The next round is started as soon as one has
//! ended, and waits for its file.

mod ahead;
mod folders;

use std::ffi::OsString;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use self::ahead::Next;
use self::folders::Folders;
use super::Machines;
use crate::cli::VmTest;
use crate::cmd::begin::Begin;
use crate::cmd::{self, Cmd, How, Keys, Running};
use crate::context::Context;
use crate::judge::Transcript;
use crate::outcome::ExitStatus;
use crate::report::Event;
use crate::runs;

/// An editor that saves in several steps is done when nothing has happened for so long.
const QUIET: Duration = Duration::from_millis(15);

/// The word of our command line that names this task.
const WORD: &str = "watch";

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Again,
    Log,
    Shell,
    Quit,
}

impl Wish {
    fn of(key: u8) -> Option<Self> {
        match key {
            b'r' | b'\n' | b'\r' | b' ' => Some(Self::Again),
            b'l' => Some(Self::Log),
            b's' => Some(Self::Shell),
            b'q' | 4 => Some(Self::Quit),
            _ => None,
        }
    }
}

/// A child of ours, and since when it works.
struct Round {
    child: Running,
    since: Instant,
    manner: Manner,
}

/// How a round is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// As soon as can be.
    Hurried,
    /// The same, although nothing has changed.
    Anew,
    Calm,
}

pub(super) fn run(context: &Context, asked: &VmTest) -> Result<ExitStatus> {
    let plan = super::plan(context, &asked.jobs, Machines::Together, asked.repeat)?;
    if plan.is_empty(context) {
        return Ok(ExitStatus::NothingRan);
    }
    let mut folders = Folders::new(&plan.drivers, &context.workspace)?;
    let mut keys = Keys::take()?;
    let mut work = Work::Round(begin(context, &Reason::Asked, Manner::Hurried, None)?);
    let mut waiting = Next::default();
    loop {
        let [ended, saved, pressed, regained] = cmd::readable([
            work.child().map(AsFd::as_fd),
            Some(folders.as_fd()),
            keys.as_ref().map(Keys::pressed),
            keys.as_ref().map(Keys::news),
        ])?;
        if regained && let Some(keys) = &keys {
            keys.regain()?;
        }
        if saved {
            std::thread::sleep(QUIET);
            let news = folders.news()?;
            if !news.is_empty() {
                work.stop();
                let next = waiting.take(&news);
                work = Work::Round(begin(context, &Reason::Saved(news), Manner::Hurried, next)?);
                continue;
            }
        }
        if ended {
            waiting.start();
            work = next(context, work)?;
        }
        if pressed {
            // A terminal that is gone presses none.
            match keys.as_ref().and_then(Keys::read).map_or(Some(Wish::Quit), Wish::of) {
                Some(Wish::Quit) => return Ok(ExitStatus::Good),
                Some(Wish::Again) => {
                    work.stop();
                    work = Work::Round(begin(context, &Reason::Asked, Manner::Anew, None)?);
                }
                Some(wish) => {
                    drop(keys.take());
                    lend(context, &plan.drivers[0].own_name, wish);
                    keys = Keys::take()?;
                    context.events.note("waiting for a saved file again; r: again, l: log, s: shell, q: quit");
                }
                None => (),
            }
        }
    }
}

/// What is done at the moment.
enum Work {
    Round(Round),
    /// Make confirms what was built without it, after a round with this exit status.
    Make(Running, i32),
    /// The test is run again, with all its time.
    Test(Running, i32),
    Nothing,
}

impl Work {
    fn child(&self) -> Option<&Running> {
        match self {
            Self::Round(Round { child, .. }) | Self::Make(child, _) | Self::Test(child, _) => Some(child),
            Self::Nothing => None,
        }
    }

    fn stop(self) {
        match self {
            Self::Round(Round { child, .. }) | Self::Make(child, _) | Self::Test(child, _) => child.stop(),
            Self::Nothing => {}
        }
    }
}

/// What comes after work that has ended. A verdict that was given in a hurry is looked at again when nobody waits.
fn next(context: &Context, work: Work) -> Result<Work> {
    Ok(match work {
        Work::Round(Round { child, since, manner }) => {
            let how = child.wait()?;
            say_end(context, how, since.elapsed());
            match how {
                How::Exited(status) if manner == Manner::Hurried => {
                    let make = child_of("build", &["--confirm"])?.idle();
                    Work::Make(make.start_unheard()?, status)
                }
                _ => Work::Nothing,
            }
        }
        Work::Make(child, status) => match child.wait()? {
            How::Exited(0) => Work::Test(child_of("vm-test", &[])?.idle().start_unheard()?, status),
            How::Exited(1) => Work::Round(begin(context, &Reason::Doubt(OTHER_MODULE), Manner::Calm, None)?),
            _ => Work::Nothing,
        },
        Work::Test(child, status) => match child.wait()? {
            How::Exited(calm) if calm != status => {
                Work::Round(begin(context, &Reason::Doubt(OTHER_VERDICT), Manner::Calm, None)?)
            }
            _ => Work::Nothing,
        },
        Work::Nothing => Work::Nothing,
    })
}

/// Why a round begins.
enum Reason {
    /// These files have been saved.
    Saved(Vec<PathBuf>),
    /// Somebody wants it.
    Asked,
    /// What was said in a hurry does not hold.
    Doubt(&'static str),
}

const OTHER_MODULE: &str = "make builds another module than Kbuild's notes, so from now on make builds it each time";
const OTHER_VERDICT: &str = "with all its time the test comes to another verdict";

/// Begins a round, with the child that has waited for it if there is one.
fn begin(context: &Context, reason: &Reason, manner: Manner, waiting: Option<(Running, Begin)>) -> Result<Round> {
    let (saved, doubt) = match reason {
        Reason::Saved(files) => (files.iter().map(|path| shown(path)).collect(), None),
        Reason::Asked => (Vec::new(), None),
        Reason::Doubt(doubt) => (Vec::new(), Some((*doubt).to_owned())),
    };
    context.events.say(Event::Round { saved, doubt });
    // What is printed after this is the child's.
    context.events.settle();
    let since = Instant::now();
    let words: &[&str] = match manner {
        Manner::Hurried => &["--hurry"],
        Manner::Anew => &["--hurry", "--force"],
        Manner::Calm => &[],
    };
    let child = match waiting {
        None => child_of("vm-test", words)?.start()?,
        Some((child, begin)) => {
            begin.now();
            child
        }
    };
    Ok(Round { child, since, manner })
}

fn say_end(context: &Context, how: How, took: Duration) {
    let status = match how {
        How::Exited(status) => Some(status),
        How::Signalled(_) | How::Deadline => None,
    };
    context.events.say(Event::RoundEnd { status, ms: took.as_millis() as u64 });
    context.events.settle();
}

/// Our own program with our own words, but for another task.
fn child_of(task: &str, further: &[&str]) -> Result<Cmd> {
    let exe = std::env::current_exe().context("failed to find our own program")?;
    let words = reworded(std::env::args_os().skip(1).collect(), task, further);
    Ok(Cmd::new(exe).args(words))
}

/// The words of a command line with another task in place of this one.
fn reworded(words: Vec<OsString>, task: &str, further: &[&str]) -> Vec<OsString> {
    let at = words.iter().position(|word| word == WORD).unwrap_or(0);
    let before = words.iter().take(at).cloned();
    let after = words.iter().skip(at + 1).cloned();
    before.chain([task.into()]).chain(further.iter().map(Into::into)).chain(after).collect()
}

fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

/// Lends the terminal: to a reader of the last run's log, or to the machine.
fn lend(context: &Context, driver: &str, wish: Wish) {
    let how = match wish {
        Wish::Log => pager(context, driver).and_then(|pager| pager.attended()),
        _ => child_of("shell", &[]).and_then(|shell| shell.attended()),
    };
    // A person who can't be shown a log goes on watching.
    if let Err(err) = how {
        context.events.note(format!("{err:#}"));
    }
}

fn pager(context: &Context, driver: &str) -> Result<Cmd> {
    let log = runs::newest(&context.target.join("runs"), driver);
    let log = log.with_context(|| format!("`{driver}` has not run in a machine yet"))?.join(Transcript::CONSOLE);
    let pager = std::env::var_os("PAGER").filter(|pager| !pager.is_empty()).unwrap_or_else(|| "less".into());
    Ok(Cmd::new(pager).arg(log))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &[&str], task: &str, expected: &str) {
        let words = words.iter().map(Into::into).collect();
        let words = reworded(words, task, &["--hurry"]);
        let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
        assert_eq!(words.join(" "), expected);
    }

    #[test]
    fn command_lines_of_rounds() {
        check(&["watch"], "vm-test", "vm-test --hurry");
        check(&["--json", "watch", "foobar", "-k", "6_1"], "build", "--json build --hurry foobar -k 6_1");
        check(&["watch", "watch"], "vm-test", "vm-test --hurry watch");
    }
}
