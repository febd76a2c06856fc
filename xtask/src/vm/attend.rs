// SPDX-License-Identifier: MIT OR Apache-2.0
//! A machine that a person works with: between the terminal and QEMU's two lines, that of the shell and that of the kernel's console.
//!
//! What is typed goes to the guest and nothing to us, but for one key, which works however the guest is. With gdb there is a third line,
//! that of gdb's terminal; whoever asks for keys gets them.

mod debugger;
mod keys;
mod screen;

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use self::debugger::{Debugger, INTERRUPT};
use self::keys::{Greeting, Keys, LEAVE};
use self::screen::{Screen, Side};
use super::argv::{Attended, Vm};
use super::boot::{Place, Ran, command, end, monitored};
use super::monitor::Events;
use crate::cmd::Cmd;
use crate::cmd::raw::{self, Raw};

/// Why nobody works with the machine any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// It has ended.
    Ended,
    /// The person has left it, and it was killed.
    ByPerson,
}

/// What the one who works with the machine is shown.
#[derive(Clone, Copy)]
pub struct Manner<'a> {
    /// The run's, by which the guest greets and marks the kernel's log.
    pub nonce: &'a str,
    /// The number of the step, from 1 on, from which on the kernel's lines are shown as they come.
    pub first: usize,
    pub coloured: bool,
    /// Gives lines to show when the shell begins.
    pub greeted: &'a (dyn Fn() -> Vec<String> + Sync),
}

/// QEMU's ends of the two lines, and ours; and gdb, if a person wants it.
#[derive(Debug)]
pub struct Lines {
    console: (UnixStream, UnixStream),
    shell: (UnixStream, UnixStream),
    gdb: Option<Gdb>,
}

/// gdb, to be started with the machine.
#[derive(Debug)]
pub struct Gdb {
    pub command: Cmd,
    /// Where it finds the machine.
    pub socket: UnixListener,
}

impl Lines {
    pub fn new(gdb: Option<Gdb>) -> Result<Self> {
        let pair = || UnixStream::pair().context("failed to make a pair of sockets");
        Ok(Self { console: pair()?, shell: pair()?, gdb })
    }

    /// What the machine is told of them.
    pub fn attended(&self, folder: Option<std::path::PathBuf>) -> Attended {
        let debugger = self.gdb.as_ref().map(|gdb| gdb.socket.as_raw_fd());
        Attended { console: self.console.0.as_raw_fd(), shell: self.shell.0.as_raw_fd(), folder, debugger }
    }
}

/// Runs a machine whose [`Vm::attended`] is of these lines, on the terminal, until it ends or the person leaves it.
///
/// # Errors
/// The terminal can't be put into raw mode, or QEMU or gdb not be started.
pub fn attend(vm: &Vm<'_>, place: &Place<'_>, lines: Lines, manner: Manner<'_>) -> Result<(Ran, Left)> {
    let Lines { console: (their_console, console), shell: (their_shell, shell), gdb } = lines;
    let (left, leave) = io::pipe().context("failed to make a pipe")?;
    let (qemu, gdb) = match gdb {
        None => (command(vm, place)?, None),
        Some(Gdb { command, socket }) => {
            let (events, monitor) = Events::pair()?;
            (monitored(vm, place, monitor)?.give(socket), Some((command, events)))
        }
    };
    let qemu = qemu.give(their_console).give(their_shell).until(left);
    let log = File::create(&vm.console).with_context(|| format!("failed to write `{}`", vm.console.display()))?;
    let raw = Raw::take(raw::Mode::Raw)?;
    let debugger = gdb.map(|(command, events)| Debugger::start(&command, events, raw::size())).transpose()?;
    let argv = qemu.argv();
    let (finished, left) = std::thread::scope(|scope| {
        let relay = Relay {
            raw: &raw,
            console: Some(console),
            log,
            shell: Some(shell),
            keys: Keys::default(),
            greeting: Some(Greeting::new(manner.nonce)),
            screen: Screen::new(manner.nonce, manner.first, manner.coloured),
            debugger,
            until_turn: None,
            greeted: manner.greeted,
        };
        let relay = scope.spawn(move || relay.run(leave.into()));
        let finished = qemu.output();
        // These were QEMU's ends as well: now ours say that it is over.
        drop(qemu);
        (finished, relay.join())
    });
    drop(raw);
    let left = left.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let finished = finished?;
    Ok((Ran { end: end(&finished), argv, wall: finished.wall }, left))
}

struct Relay<'a> {
    raw: &'a Raw,
    console: Option<UnixStream>,
    /// All that comes from the console.
    log: File,
    shell: Option<UnixStream>,
    keys: Keys,
    /// None when the guest has greeted.
    greeting: Option<Greeting>,
    screen: Screen,
    debugger: Option<Debugger>,
    /// After so long it may be somebody else's turn.
    until_turn: Option<Duration>,
    greeted: &'a (dyn Fn() -> Vec<String> + Sync),
}

impl Relay<'_> {
    /// Goes on until both lines are closed, or the person leaves, or the terminal is gone; `leave` is closed then, which ends QEMU.
    fn run(mut self, leave: OwnedFd) -> Left {
        let mut leaves = false;
        while !leaves && (self.console.is_some() || self.shell.is_some()) {
            // A terminal that can't be read or written to any more is nobody's.
            leaves = self.pass_on().unwrap_or(true);
        }
        drop(leave);
        let _it_may_be_gone = write(&self.screen.end());
        if leaves { Left::ByPerson } else { Left::Ended }
    }

    /// Waits for something, and passes it on; says whether the person leaves.
    fn pass_on(&mut self) -> Result<bool> {
        let stdin = io::stdin();
        let news = self.raw.news();
        let mut polled = vec![PollFd::new(&stdin, PollFlags::IN), PollFd::new(&news, PollFlags::IN)];
        let wanted = if self.keys.to_send().is_empty() { PollFlags::IN } else { PollFlags::IN | PollFlags::OUT };
        polled.extend(self.shell.as_ref().map(|shell| PollFd::new(shell, wanted)));
        polled.extend(self.console.as_ref().map(|console| PollFd::new(console, PollFlags::IN)));
        polled.extend(self.debugger.iter().flat_map(Debugger::polled));
        let until_turn = self.until_turn.and_then(|time| Timespec::try_from(time).ok());
        match poll(&mut polled, until_turn.as_ref()) {
            Err(Errno::INTR) => return Ok(false),
            other => other?,
        };
        let mut came = polled.iter().map(PollFd::revents).collect::<Vec<_>>().into_iter();
        let mut next = || came.next().unwrap_or(PollFlags::empty());
        let (typed, changed) = (next(), next());
        let shell = if self.shell.is_some() { next() } else { PollFlags::empty() };
        let console = if self.console.is_some() { next() } else { PollFlags::empty() };
        let of_debugger = [next(), next(), next()];
        if !typed.is_empty() && self.read_keys()? {
            return Ok(true);
        }
        if !changed.is_empty() {
            self.raw.changed()?;
            self.resized(raw::size());
        }
        // First what the kernel says: it is about what was typed before, and the prompt comes after it.
        if !console.is_empty() {
            let came = read(&mut self.console);
            // On a full disk the person still sees it.
            let _what_there_is_room_for = self.log.write_all(&came);
            write(&self.screen.kernel(&came))?;
        }
        if shell.intersects(!PollFlags::OUT) {
            let came = read(&mut self.shell);
            self.said(&came)?;
        }
        if shell.contains(PollFlags::OUT) {
            self.send();
        }
        self.heed_debugger(of_debugger)
    }

    fn resized(&mut self, size: raw::Size) {
        self.keys.resized(size);
        if let Some(debugger) = &self.debugger {
            debugger.resized(size);
        }
    }

    /// Passes on what gdb has written, and lets the other one speak if it is time; says whether the person has left it.
    fn heed_debugger(&mut self, came: [PollFlags; 3]) -> Result<bool> {
        let Some(debugger) = &mut self.debugger else { return Ok(false) };
        let (said, ended) = debugger.came(came);
        let (front, until_turn) = debugger.front();
        self.until_turn = until_turn;
        // That it has lost the machine is no news when the machine has ended.
        if self.screen.is_over() {
            return Ok(ended);
        }
        if !said.is_empty() {
            write(&self.screen.turn(Side::Debugger).0)?;
            write(&self.screen.says(Side::Debugger, &said))?;
        }
        let (shown, to_draw) = self.screen.turn(front);
        write(&shown)?;
        if to_draw && front == Side::Shell {
            // A program is told of sizes alone, and of one only if it is another.
            let size = raw::size();
            self.keys.resized(raw::Size { rows: size.rows.saturating_sub(1), ..size });
            self.keys.resized(size);
        }
        Ok(ended)
    }

    /// Says whether the person leaves.
    fn read_keys(&mut self) -> Result<bool> {
        let mut typed = [0; 4096];
        match rustix::io::read(io::stdin(), &mut typed) {
            Ok(0) => Ok(true),
            Ok(got) => Ok(self.typed(&typed[..got])),
            Err(Errno::INTR | Errno::AGAIN) => Ok(false),
            Err(err) => Err(err.into()),
        }
    }

    /// Gives keys to whom they are for; says whether the person leaves.
    fn typed(&mut self, bytes: &[u8]) -> bool {
        let Some(debugger) = &mut self.debugger else { return self.keys.typed(bytes) };
        let leave = bytes.iter().position(|byte| *byte == LEAVE);
        for part in bytes[..leave.unwrap_or(bytes.len())].split_inclusive(|byte| *byte == INTERRUPT) {
            let (text, interrupts) = part.strip_suffix(&[INTERRUPT]).map_or((part, false), |text| (text, true));
            let side = debugger.keys();
            match side {
                Side::Debugger if text.is_empty() => {}
                Side::Debugger => debugger.typed(text),
                Side::Shell => drop(self.keys.typed(text)),
            }
            if interrupts && side == Side::Shell {
                debugger.interrupt();
            }
        }
        leave.is_some()
    }

    fn said(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(greeting) = &mut self.greeting else { return write(&self.screen.says(Side::Shell, bytes)) };
        let Some(rest) = greeting.after(bytes) else { return Ok(()) };
        self.greeting = None;
        self.keys.heard(raw::size());
        for line in (self.greeted)() {
            write(&self.screen.note(&line))?;
        }
        write(&self.screen.says(Side::Shell, &rest))
    }

    fn send(&mut self) {
        let Some(shell) = &self.shell else { return };
        // The guest may take nothing, which must keep nobody from leaving.
        // SAFETY: a plain system call on bytes that live as long as it.
        let sent = unsafe {
            let bytes = self.keys.to_send();
            libc::send(shell.as_raw_fd(), bytes.as_ptr().cast(), bytes.len(), libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL)
        };
        self.keys.sent(usize::try_from(sent).unwrap_or(0));
    }
}

/// What a line has; it becomes none at its end.
fn read(line: &mut Option<UnixStream>) -> Vec<u8> {
    let Some(open) = line else { return Vec::new() };
    let mut bytes = vec![0; 65536];
    match open.read(&mut bytes) {
        Ok(got) if got > 0 => bytes.truncate(got),
        Err(err) if err.kind() == io::ErrorKind::Interrupted => bytes.clear(),
        _ => {
            *line = None;
            bytes.clear();
        }
    }
    bytes
}

/// Writes to the terminal, past the reporter, which is silent meanwhile.
fn write(mut bytes: &[u8]) -> Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(io::stdout(), bytes) {
            Ok(wrote) => bytes = &bytes[wrote..],
            Err(Errno::INTR) => {}
            Err(err) => return Err(err.into()),
        }
    }
    Ok(())
}
