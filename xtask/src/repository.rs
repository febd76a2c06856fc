// SPDX-License-Identifier: MIT OR Apache-2.0
//! What git knows of a folder. Where there is no git or no repository, nothing is known, and nothing needs it.

use std::path::Path;
use std::time::Duration;

use crate::cmd::{Cmd, How};

/// It only reads a few files; a file system that has gone away must not hold us up.
const DEADLINE: Duration = Duration::from_secs(10);

/// The repository that a folder is in.
#[derive(Debug)]
pub(crate) struct Repository<'a> {
    dir: &'a Path,
}

impl<'a> Repository<'a> {
    pub(crate) fn at(dir: &'a Path) -> Self {
        Self { dir }
    }

    /// The commit in short, with `-dirty` if there are changes.
    pub(crate) fn describe(&self) -> Option<String> {
        self.git(&["describe", "--always", "--dirty", "--exclude=*"])
    }

    /// A line that git says; nothing when it says none, or fails.
    fn git(&self, words: &[&str]) -> Option<String> {
        let git = Cmd::new("git").args(["--no-optional-locks"]).args(words).dir(self.dir).deadline(DEADLINE);
        let finished = git.output().ok().filter(|finished| finished.how == How::Exited(0))?;
        let line = String::from_utf8(finished.stdout).ok()?.trim().to_owned();
        Some(line).filter(|line| !line.is_empty())
    }
}
