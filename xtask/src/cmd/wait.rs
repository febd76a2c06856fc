// SPDX-License-Identifier: MIT OR Apache-2.0
//! Waiting for a child's end, for a time at the most, or until somebody says that it is enough.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

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
