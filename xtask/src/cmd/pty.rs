// SPDX-License-Identifier: MIT OR Apache-2.0
//! A terminal that we make, for a child that wants one of its own (pty(7)): what it writes there we read, and what we write it gets as
//! keys.

use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use anyhow::{Context as _, Result};
use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use super::raw::Size;

/// See the module's documentation.
#[derive(Debug)]
pub struct Pty {
    ours: fs_err::File,
    theirs: OwnedFd,
}

impl Pty {
    pub fn new(size: Size) -> Result<Self> {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let open = || -> io::Result<_> {
            let ours = openpt(flags)?;
            unlockpt(&ours)?;
            let theirs = ioctl_tiocgptpeer(&ours, flags)?;
            rustix::io::ioctl_fionbio(&ours, true)?;
            Ok((ours, theirs))
        };
        let (ours, theirs) = open().context("failed to make a terminal")?;
        let pty = Self { ours: fs_err::File::from_parts(ours.into(), "/dev/ptmx"), theirs };
        pty.resize(size);
        Ok(pty)
    }

    pub(super) fn theirs(&self) -> BorrowedFd<'_> {
        self.theirs.as_fd()
    }

    /// Whoever is on it is told.
    pub fn resize(&self, Size { rows, columns }: Size) {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let _stays_as_it_is = tcsetwinsize(&self.ours, size);
    }

    /// Whether somebody edits a line there, or the whole screen: keys come to him one by one.
    pub fn is_edited(&self) -> bool {
        tcgetattr(&self.theirs).is_ok_and(|modes| !modes.local_modes.contains(LocalModes::ICANON))
    }

    /// What was written since, without waiting.
    pub fn read(&self) -> Vec<u8> {
        let mut bytes = vec![0; 65536];
        let got = (&self.ours).read(&mut bytes).unwrap_or(0);
        bytes.truncate(got);
        bytes
    }

    /// Gives keys, as many as there is room for; says how many.
    pub fn write(&self, keys: &[u8]) -> usize {
        (&self.ours).write(keys).unwrap_or(0)
    }
}

impl AsFd for Pty {
    /// Can be read when somebody has written.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.ours.as_fd()
    }
}

/// Between fork and exec, with the terminal as standard input: a session of its own, with this terminal. System calls only.
pub(super) fn lead_session(is_inside: bool) -> io::Result<()> {
    // SAFETY: plain system calls.
    unsafe {
        if libc::setsid() < 0 || libc::ioctl(libc::STDIN_FILENO, libc::TIOCSCTTY, 0) < 0 {
            return Err(io::Error::last_os_error());
        }
        // Of a root of its own, who waits for it outside gets the terminal's signals as well, and must not end by them.
        if is_inside {
            libc::signal(libc::SIGINT, libc::SIG_IGN);
        }
    }
    Ok(())
}
