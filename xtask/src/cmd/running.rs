// SPDX-License-Identifier: MIT OR Apache-2.0
//! A child that works while we listen to something else: it speaks for itself, and is ended when its work is no longer wanted.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::Child;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::begin::{self, Begin};
use super::group::Group;
use super::streams::Streams;
use super::wait::{Waited, wait};
use super::{Cmd, How, Pty, pidfd_of};

/// So long a child has for ending its own children.
const TO_END: Duration = Duration::from_secs(2);

/// See the module's documentation. It is killed with its group when this is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    group: Option<Group>,
    pidfd: OwnedFd,
}

impl Cmd {
    /// Starts it; it writes to where we write, and reads nothing.
    pub fn start(&self) -> Result<Running> {
        self.start_with(Streams::Shared)
    }

    /// Starts it; nobody hears what it says.
    pub fn start_unheard(&self) -> Result<Running> {
        self.start_with(Streams::None)
    }

    /// As [`Self::start`], but it hears on its standard input when it begins ([`begin::Begins::on_stdin`]).
    pub fn start_ahead(&self) -> Result<(Running, Begin)> {
        let (begin, begins) = begin::pair().context("failed to make a pipe")?;
        Ok((self.start_with(Streams::Reading(begins.pipe().as_fd()))?, begin))
    }

    /// Starts it on a terminal of ours, for its own.
    pub fn start_on(&self, pty: &Pty) -> Result<Running> {
        self.start_with(Streams::On(pty.theirs()))
    }

    fn start_with(&self, streams: Streams<'_>) -> Result<Running> {
        let (child, group) = Group::start(|| self.spawn(streams))?;
        let pidfd = pidfd_of(&child).with_context(|| format!("failed to watch over `{self}`"))?;
        Ok(Running { child, group: Some(group), pidfd })
    }
}

impl Running {
    /// Asks it to end, and sees to it that it does.
    pub fn stop(self) {
        let pid = self.child.id() as libc::pid_t;
        // SAFETY: a plain system call; the child is not reaped, so the number is its own.
        unsafe { libc::kill(pid, libc::SIGTERM) };
        let _it_is_killed_if_not = wait(&self.pidfd, None, Some(TO_END));
    }

    /// Lets one that was started ahead end, which it does when nobody can tell it to begin.
    pub fn dismiss(self, begin: Begin) {
        drop(begin);
        let _it_is_killed_if_not = wait(&self.pidfd, None, Some(TO_END));
    }

    pub fn has_ended(&self) -> bool {
        wait(&self.pidfd, None, Some(Duration::ZERO)).is_ok_and(|waited| waited == Waited::Ended)
    }

    /// Waits until it has ended.
    pub fn wait(mut self) -> Result<How> {
        wait(&self.pidfd, None, None).context("failed to wait for a child")?;
        self.reap()
    }

    fn reap(&mut self) -> Result<How> {
        // SAFETY: the child led its own group since before its exec, and it is not reaped yet.
        unsafe { libc::kill(-(self.child.id() as libc::pid_t), libc::SIGKILL) };
        drop(self.group.take());
        Ok(How::of(self.child.wait().context("failed to wait for a child")?))
    }
}

impl AsFd for Running {
    /// Can be read when it has ended.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.group.is_some() {
            let _dead_anyway = self.reap();
        }
    }
}
