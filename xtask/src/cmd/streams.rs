// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a child reads and writes.

use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

/// See the module's documentation.
#[derive(Debug, Clone, Copy)]
pub(super) enum Streams<'a> {
    /// We read what it writes.
    Ours,
    /// The terminal, which it gets.
    Terminal,
    /// It writes to where we write, and reads nothing.
    Shared,
    /// The same, but it reads this.
    Reading(BorrowedFd<'a>),
    /// It writes to nobody.
    None,
    /// This terminal, in a session of its own.
    On(BorrowedFd<'a>),
}

impl Streams<'_> {
    /// Lets a child have them, in a group of its own.
    pub(super) fn set(self, command: &mut Command) -> io::Result<()> {
        // Who begins a session can't lead a group before.
        if !self.has_session() {
            command.process_group(0);
        }
        match self {
            Self::Ours => command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()),
            Self::Terminal => command,
            Self::Shared => command.stdin(Stdio::null()),
            Self::Reading(pipe) => command.stdin(pipe.try_clone_to_owned()?),
            Self::None => command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()),
            Self::On(terminal) => {
                let end = || terminal.try_clone_to_owned().map(Stdio::from);
                command.stdin(end()?).stdout(end()?).stderr(end()?)
            }
        };
        Ok(())
    }

    pub(super) fn is_terminal(self) -> bool {
        matches!(self, Self::Terminal)
    }

    pub(super) fn has_session(self) -> bool {
        matches!(self, Self::On(_))
    }
}
