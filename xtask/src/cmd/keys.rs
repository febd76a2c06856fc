// SPDX-License-Identifier: MIT OR Apache-2.0
//! Keys that a person presses while we work: each counts at once, and is not shown.

use std::io::{self, IsTerminal as _};
use std::os::fd::{AsFd as _, BorrowedFd};

use anyhow::Result;

use super::raw::{Mode, Raw};

/// See the module's documentation.
#[derive(Debug)]
pub struct Keys {
    raw: Raw,
    stdin: io::Stdin,
}

impl Keys {
    /// None where there is no terminal, and so nobody who could press any.
    pub fn take() -> Result<Option<Self>> {
        let stdin = io::stdin();
        if !stdin.is_terminal() || !io::stdout().is_terminal() {
            return Ok(None);
        }
        Ok(Some(Self { raw: Raw::take(Mode::Keys)?, stdin }))
    }

    /// Can be read when one was pressed.
    pub fn pressed(&self) -> BorrowedFd<'_> {
        self.stdin.as_fd()
    }

    /// Can be read when somebody else may have had the terminal; then it is [`Keys::regain`].
    pub fn news(&self) -> BorrowedFd<'_> {
        self.raw.news()
    }

    pub fn regain(&self) -> Result<()> {
        self.raw.changed()
    }

    /// The key that was pressed; none at the terminal's end.
    pub fn read(&self) -> Option<u8> {
        let mut key = [0];
        matches!(rustix::io::read(&self.stdin, &mut key), Ok(1)).then_some(key[0])
    }
}
