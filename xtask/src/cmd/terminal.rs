// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lending the terminal to a child that a person works with: its process group must be the one in the foreground, or it is stopped as
//! soon as it reads (termios(4), tcsetpgrp(3)).

use std::io;

use anyhow::{Context as _, Result, ensure};

use super::{Cmd, How};

/// Ours, until it is given back.
#[derive(Debug)]
pub(super) struct Terminal {
    /// The group that was in the foreground before.
    before: libc::pid_t,
}

impl Terminal {
    /// The terminal that we were started on.
    pub(super) fn of(cmd: &Cmd) -> Result<Self> {
        super::raw::is_there(&format!("`{cmd}`"))?;
        // SAFETY: a plain system call.
        let before = unsafe { libc::tcgetpgrp(libc::STDIN_FILENO) };
        ensure!(before > 0, "the terminal does not say who is using it: {}", io::Error::last_os_error());
        Ok(Self { before })
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _it_may_be_gone = to_foreground(self.before);
    }
}

/// Gives the terminal to a group. Called between fork and exec as well: system calls only.
pub(super) fn to_foreground(group: libc::pid_t) -> io::Result<()> {
    // SAFETY: plain system calls. Who is in the background is stopped for asking, unless the signal is ignored.
    unsafe {
        let action = libc::signal(libc::SIGTTOU, libc::SIG_IGN);
        let given = libc::tcsetpgrp(libc::STDIN_FILENO, group);
        let why = io::Error::last_os_error();
        libc::signal(libc::SIGTTOU, action);
        if given == 0 { Ok(()) } else { Err(why) }
    }
}

impl Cmd {
    /// Runs it to its end with the terminal's input and output for its own, so that a person can work with it.
    pub fn attended(&self) -> Result<How> {
        let terminal = Terminal::of(self)?;
        let (mut child, group) = super::Group::start(|| self.spawn(super::Streams::Terminal))?;
        let status = child.wait().with_context(|| format!("failed to wait for `{self}`"));
        drop(group);
        drop(terminal);
        Ok(How::of(status?))
    }
}
