// SPDX-License-Identifier: MIT OR Apache-2.0
//! The terminal in raw mode, for a person who works with a machine: every key is the machine's, and what it prints stands there as
//! it comes. However we end, the terminal is as it was, unless it is by a signal that nobody can heed.

use std::io::{self, IsTerminal as _, Read as _};
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicI32, AtomicPtr, Ordering};

use anyhow::{Context as _, Result, ensure};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr,
};

/// How the terminal was, for a signal's handler.
static BEFORE: AtomicPtr<Termios> = AtomicPtr::new(null_mut());

/// Where a signal's handler says that it came, or -1.
static NEWS: AtomicI32 = AtomicI32::new(-1);

/// The signals that are told, and what the handler says: the terminal has another size; we go on after a stop, and whoever had the
/// terminal meanwhile has left it as it likes.
const SIGNALS: [libc::c_int; 2] = [libc::SIGWINCH, libc::SIGCONT];

/// A terminal's size in characters; 0 where it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub rows: u16,
    pub columns: u16,
}

/// What becomes of what is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// All of it comes as it is, and nothing else happens.
    Raw,
    /// Keys come one by one and are not shown; those that end or stop us do so.
    Keys,
}

/// The terminal that we were started on, in such a mode until this is dropped.
#[derive(Debug)]
pub struct Raw {
    mode: Mode,
    news: UnixStream,
    _theirs: UnixStream,
    handlers: Vec<(libc::c_int, libc::sigaction)>,
}

/// # Errors
/// Standard input or output is no terminal.
pub fn is_there(what: &str) -> Result<()> {
    ensure!(
        io::stdin().is_terminal() && io::stdout().is_terminal(),
        "{what} needs a terminal, and there is none\nhelp: start it in one, not in a pipe"
    );
    Ok(())
}

/// The terminal's size now.
pub fn size() -> Size {
    let size = tcgetwinsize(io::stdout()).map(|size| Size { rows: size.ws_row, columns: size.ws_col });
    size.unwrap_or(Size { rows: 0, columns: 0 })
}

impl Raw {
    /// Takes the terminal, if nobody has.
    pub fn take(mode: Mode) -> Result<Self> {
        super::group::heed_signals();
        let before = tcgetattr(io::stdin()).context("the terminal does not say how it is set")?;
        let (news, theirs) = UnixStream::pair().context("failed to make a pair of sockets")?;
        news.set_nonblocking(true)?;
        theirs.set_nonblocking(true)?;
        let saved = Box::into_raw(Box::new(before));
        let free = BEFORE.compare_exchange(null_mut(), saved, Ordering::SeqCst, Ordering::SeqCst);
        ensure!(free.is_ok(), "the terminal is taken already");
        NEWS.store(theirs.as_raw_fd(), Ordering::SeqCst);
        let handlers = SIGNALS.iter().filter_map(|signal| Some((*signal, tell_of(*signal)?))).collect();
        let raw = Self { mode, news, _theirs: theirs, handlers };
        raw.set()?;
        Ok(raw)
    }

    /// Can be read when its size has changed, or its mode; then it is [`Raw::changed`].
    pub fn news(&self) -> BorrowedFd<'_> {
        self.news.as_fd()
    }

    /// Takes note of what has changed, and sees to it that it is in raw mode.
    pub fn changed(&self) -> Result<()> {
        let mut told = [0; 64];
        while matches!((&self.news).read(&mut told), Ok(got) if got > 0) {}
        self.set()
    }

    fn set(&self) -> Result<()> {
        let mut raw = tcgetattr(io::stdin()).context("the terminal does not say how it is set")?;
        match self.mode {
            Mode::Raw => raw.make_raw(),
            Mode::Keys => {
                raw.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
                raw.special_codes[SpecialCodeIndex::VMIN] = 1;
                raw.special_codes[SpecialCodeIndex::VTIME] = 0;
            }
        }
        tcsetattr(io::stdin(), OptionalActions::Now, &raw).context("failed to put the terminal into raw mode")
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        give_back();
        for (signal, before) in &self.handlers {
            // SAFETY: the structure is what sigaction(2) gave.
            unsafe { libc::sigaction(*signal, before, null_mut()) };
        }
        NEWS.store(-1, Ordering::SeqCst);
    }
}

/// Sets the terminal as it was, if it was taken. Does only what a signal's handler may (signal-safety(7)).
pub(super) fn give_back() {
    let before = BEFORE.swap(null_mut(), Ordering::SeqCst);
    if before.is_null() {
        return;
    }
    // SAFETY: it was made by `take`, is never freed, and nobody changes it. Descriptor 0 is open as long as we are.
    let (before, stdin) = unsafe { (&*before, BorrowedFd::borrow_raw(libc::STDIN_FILENO)) };
    // Of whoever is in the background the terminal is no more, and touching it would stop us.
    // SAFETY: a plain system call.
    let ours = unsafe { libc::getpgrp() };
    if tcgetpgrp(stdin).is_ok_and(|group| group.as_raw_nonzero().get() == ours) {
        let _it_may_be_gone = tcsetattr(stdin, OptionalActions::Now, before);
    }
}

/// Has a signal told to [`NEWS`]; gives what was done on it before.
fn tell_of(signal: libc::c_int) -> Option<libc::sigaction> {
    extern "C" fn handler(_signal: libc::c_int) {
        // SAFETY: system calls on a byte that lives as long as the call; errno is the thread's that was interrupted.
        unsafe {
            let errno = *libc::__errno_location();
            libc::write(NEWS.load(Ordering::SeqCst), [0_u8].as_ptr().cast(), 1);
            *libc::__errno_location() = errno;
        }
    }
    // SAFETY: both structures are valid for the call, and the handler does only what handlers may.
    unsafe {
        let mut new: libc::sigaction = std::mem::zeroed();
        new.sa_sigaction = handler as extern "C" fn(libc::c_int) as libc::sighandler_t;
        new.sa_flags = libc::SA_RESTART;
        let mut before: libc::sigaction = std::mem::zeroed();
        (libc::sigaction(signal, &raw const new, &raw mut before) == 0).then_some(before)
    }
}
