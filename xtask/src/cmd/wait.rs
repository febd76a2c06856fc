// SPDX-License-Identifier: MIT OR Apache-2.0
//! Waiting for a child's end, for a time at the most, or until somebody says that it is enough.

use std::fmt;
use std::io;
use std::os::fd::{BorrowedFd, FromRawFd as _, OwnedFd};
use std::process::Child;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// What came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waited {
    Ended,
    Deadline,
    Told,
}

/// Waits until a child has ended, `until` can be read or is closed, or this time is over.
pub(super) fn wait(pidfd: &OwnedFd, until: Option<&OwnedFd>, time: Option<Duration>) -> io::Result<Waited> {
    let end = time.map(|time| Instant::now() + time);
    loop {
        let left = end.map(|end| end.saturating_duration_since(Instant::now()));
        let left = left.map(|left| Timespec::try_from(left).expect("a deadline is less than a million years"));
        let mut polled = vec![PollFd::new(pidfd, PollFlags::IN)];
        polled.extend(until.map(|until| PollFd::new(until, PollFlags::IN)));
        match poll(&mut polled, left.as_ref()) {
            Ok(0) => return Ok(Waited::Deadline),
            Ok(_) if polled[0].revents().is_empty() => return Ok(Waited::Told),
            Ok(_) => return Ok(Waited::Ended),
            Err(Errno::INTR) => {}
            Err(err) => return Err(err.into()),
        }
    }
}

/// Waits until one of these can be read; says which can. What is none never can.
pub fn readable<const N: usize>(descriptors: [Option<BorrowedFd<'_>>; N]) -> io::Result<[bool; N]> {
    let there = descriptors.iter().flatten();
    let mut polled: Vec<PollFd<'_>> = there.map(|descriptor| PollFd::new(descriptor, PollFlags::IN)).collect();
    while let Err(err) = poll(&mut polled, None) {
        if err != Errno::INTR {
            return Err(err.into());
        }
    }
    let mut came = polled.iter().map(|polled| !polled.revents().is_empty());
    Ok(descriptors.map(|descriptor| descriptor.is_some() && came.next().unwrap_or(false)))
}

/// Can be read when the child has ended, which must not be reaped yet.
pub(super) fn pidfd_of(child: &Child) -> io::Result<OwnedFd> {
    // SAFETY: a plain system call; the number it returns is a new descriptor that nobody else owns.
    unsafe {
        let fd = libc::syscall(libc::SYS_pidfd_open, child.id() as libc::pid_t, 0);
        if fd < 0 { Err(io::Error::last_os_error()) } else { Ok(OwnedFd::from_raw_fd(fd as i32)) }
    }
}

/// What is done when a child's time is over, and how long it has to end then.
#[derive(Clone)]
pub(super) struct LastWords(pub(super) Arc<dyn Fn() -> Result<()> + Send + Sync>, pub(super) Duration);

impl fmt::Debug for LastWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LastWords({:?})", self.1)
    }
}
