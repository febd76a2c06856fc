// SPDX-License-Identifier: MIT OR Apache-2.0
//! A child that is started ahead of its work: its time counts from when that begins, and it is killed if it never does.

use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::io::ioctl_fionread;

use super::wait::readable;

/// Who says that it begins. Dropped without a word, it never does.
#[derive(Debug)]
pub struct Begin(io::PipeWriter);

/// Who waits for it, of whom there may be several.
#[derive(Debug, Clone)]
pub struct Begins(Arc<OwnedFd>);

/// Both ends.
pub fn pair() -> io::Result<(Begin, Begins)> {
    let (reader, writer) = io::pipe()?;
    Ok((Begin(writer), Begins(Arc::new(reader.into()))))
}

impl Begin {
    pub fn now(mut self) {
        // Those who waited may all be gone.
        let _nobody_waits = self.0.write_all(b"!");
    }
}

impl Begins {
    /// What another program says on our standard input.
    pub fn on_stdin() -> io::Result<Self> {
        use std::os::fd::AsFd as _;
        Ok(Self(Arc::new(io::stdin().as_fd().try_clone_to_owned()?)))
    }

    /// Waits for the word; says whether it was said.
    pub fn wait(&self) -> bool {
        use std::os::fd::AsFd as _;
        readable([Some(self.0.as_fd())]).is_ok() && self.is_said()
    }

    /// The word is never taken out of the pipe, so that everybody hears it.
    pub fn is_said(&self) -> bool {
        ioctl_fionread(&self.0).is_ok_and(|bytes| bytes > 0)
    }

    pub(super) fn pipe(&self) -> &OwnedFd {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_heard() {
        let check = |says: bool, expected: bool| {
            let (begin, begins) = pair().expect("a pipe");
            let other = begins.clone();
            let waiting = std::thread::spawn(move || (other.wait(), other.wait()));
            if says {
                begin.now()
            } else {
                drop(begin)
            }
            assert_eq!((waiting.join().expect("it waits"), begins.wait()), ((expected, expected), expected));
        };
        check(true, true);
        check(false, false);
    }
}
