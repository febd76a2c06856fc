// SPDX-License-Identifier: MIT OR Apache-2.0
//! gdb beside the shell, on the same terminal: it has a terminal of ours, and gets the keys while it asks for them.

use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::event::{PollFd, PollFlags};

use super::super::monitor::Events;
use super::screen::Side;
use crate::cmd::raw::Size;
use crate::cmd::{Cmd, Pty, Running};

/// Ctrl-\, which has a program stopped on other terminals, too.
pub(super) const INTERRUPT: u8 = 0x1c;

/// What lasts for less is a step, or a breakpoint whose condition does not hold: nobody turns to somebody else for that.
const STEADY: Duration = Duration::from_millis(250);

/// Ctrl-C, on gdb's own terminal.
const CTRL_C: u8 = 0x03;

/// gdb, and what is heard of the machine that it has.
#[derive(Debug)]
pub(super) struct Debugger {
    pty: Pty,
    gdb: Running,
    /// None when nobody tells any more.
    events: Option<Events>,
    attention: Attention,
    /// Keys that it has no room for yet.
    waiting: Vec<u8>,
}

/// What has last happened between the person, gdb and the machine.
#[derive(Debug, Clone, Copy, Default)]
struct Attention {
    /// Keys went to gdb.
    told: Option<Instant>,
    /// gdb has written something.
    spoke: Option<Instant>,
    /// Since when the machine stands, unless it runs.
    stands: Option<Instant>,
}

impl Attention {
    /// Whose the keys are; gdb may be editing a line.
    fn keys(&self, is_edited: bool, now: Instant) -> Side {
        let is_recent = |since: Instant| now.duration_since(since) < STEADY;
        let stands = self.stands.is_some_and(|since| !is_recent(since));
        if is_edited || stands || self.told.is_some_and(is_recent) { Side::Debugger } else { Side::Shell }
    }

    /// Whose unfinished line is shown.
    fn front(&self, is_edited: bool, now: Instant) -> Side {
        let has_spoken = self.spoke.is_some_and(|since| now.duration_since(since) < STEADY);
        if has_spoken { Side::Debugger } else { self.keys(is_edited, now) }
    }

    /// After so long both may be somebody else's, without anything that happens.
    fn until_change(&self, is_edited: bool, now: Instant) -> Option<Duration> {
        let left = |since: Instant| (since + STEADY).checked_duration_since(now).filter(|left| !left.is_zero());
        // Nobody is told when gdb has done with its line, which on a busy host may be after its last word.
        let look = (is_edited && self.stands.is_none()).then_some(STEADY);
        [self.told, self.spoke, self.stands].into_iter().flatten().filter_map(left).chain(look).min()
    }
}

impl Debugger {
    /// Starts gdb.
    pub(super) fn start(gdb: &Cmd, events: Events, size: Size) -> Result<Self> {
        let pty = Pty::new(size)?;
        let gdb = gdb.start_on(&pty)?;
        Ok(Self { pty, gdb, events: Some(events), attention: Attention::default(), waiting: Vec::new() })
    }

    /// The three that [`Self::came`] is about.
    pub(super) fn polled(&self) -> [PollFd<'_>; 3] {
        let wanted = if self.waiting.is_empty() { PollFlags::IN } else { PollFlags::IN | PollFlags::OUT };
        let ended = PollFd::new(&self.gdb, PollFlags::IN);
        // Of who tells nothing any more nothing is wanted.
        let events = self.events.as_ref().map_or_else(
            || PollFd::from_borrowed_fd(self.gdb.as_fd(), PollFlags::empty()),
            |events| PollFd::from_borrowed_fd(events.as_fd(), PollFlags::IN),
        );
        [PollFd::new(&self.pty, wanted), ended, events]
    }

    /// Takes what has come; gives what gdb has written, and whether it has ended.
    pub(super) fn came(&mut self, [terminal, ended, events]: [PollFlags; 3]) -> (Vec<u8>, bool) {
        if !events.is_empty()
            && let Some(open) = &mut self.events
        {
            match open.read() {
                Some(told) => told.into_iter().for_each(|runs| self.attention.stands = (!runs).then(Instant::now)),
                None => self.events = None,
            }
        }
        if terminal.contains(PollFlags::OUT) {
            self.send();
        }
        let said = if terminal.contains(PollFlags::IN) || !ended.is_empty() { self.pty.read() } else { Vec::new() };
        if !said.is_empty() {
            self.attention.spoke = Some(Instant::now());
        }
        (said, !ended.is_empty())
    }

    pub(super) fn keys(&self) -> Side {
        self.attention.keys(self.pty.is_edited(), Instant::now())
    }

    /// Whose unfinished line is shown, and after how long that may change without anything that happens. Both are of one moment: what
    /// changed between two would be seen by neither.
    pub(super) fn front(&self) -> (Side, Option<Duration>) {
        let (is_edited, now) = (self.pty.is_edited(), Instant::now());
        (self.attention.front(is_edited, now), self.attention.until_change(is_edited, now))
    }

    /// Keys for it.
    pub(super) fn typed(&mut self, keys: &[u8]) {
        self.attention.told = Some(Instant::now());
        self.waiting.extend_from_slice(keys);
        self.send();
    }

    /// Has it stop the machine.
    pub(super) fn interrupt(&mut self) {
        self.typed(&[CTRL_C]);
    }

    pub(super) fn resized(&self, size: Size) {
        self.pty.resize(size);
    }

    fn send(&mut self) {
        let sent = self.pty.write(&self.waiting);
        self.waiting.drain(..sent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whose the keys and the front are, so many milliseconds after the start, and when that may change.
    #[track_caller]
    fn check(told: Option<u64>, spoke: Option<u64>, stands: Option<u64>, is_edited: bool, at: u64, expected: &str) {
        let start = Instant::now();
        let moment = |ms: u64| start + Duration::from_millis(ms);
        let attention = Attention { told: told.map(moment), spoke: spoke.map(moment), stands: stands.map(moment) };
        let (keys, front) = (attention.keys(is_edited, moment(at)), attention.front(is_edited, moment(at)));
        let left = attention.until_change(is_edited, moment(at)).map(|left| left.as_millis());
        assert_eq!(format!("{keys:?} {front:?} {left:?}"), expected);
    }

    #[test]
    fn while_it_runs() {
        check(None, None, None, false, 1000, "Shell Shell None");
        check(Some(0), Some(10), None, false, 100, "Debugger Debugger Some(150)");
        check(Some(0), Some(10), None, false, 255, "Shell Debugger Some(5)");
        check(Some(0), Some(10), None, false, 300, "Shell Shell None");
        check(Some(0), Some(10), None, true, 300, "Debugger Debugger Some(250)");
    }

    #[test]
    fn while_it_stands() {
        // A condition is looked at, or a module's symbols are placed.
        check(None, None, Some(900), false, 1000, "Shell Shell Some(150)");
        check(None, None, Some(900), false, 1200, "Debugger Debugger None");
        check(None, Some(910), Some(900), true, 920, "Debugger Debugger Some(230)");
        check(Some(0), Some(0), Some(0), true, 5000, "Debugger Debugger None");
    }
}
