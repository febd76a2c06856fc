// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a person sees: the words of the shell or of gdb as they come, and the kernel's lines between them as soon as they are there. A
//! line that is not ended, such as a prompt with what was typed behind it, is written again below the kernel's.
//!
//! Of the two that a person talks to, one is in front. The other's lines stand between, too, and its unfinished one when its turn comes.

mod voice;

use self::voice::Voice;
use crate::judge::clean;

/// While a program has the whole screen, or the driver's time has not begun, so many of the kernel's lines are kept; the last ones.
const MOST_HELD: usize = 500;

/// How far the guest is, by its marks in the kernel's log.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It loads what the driver depends on: what the kernel says is shown only if it comes no further.
    #[default]
    Before,
    Live,
    /// It has said its last word.
    Over,
}

/// Whom a person talks to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    #[default]
    Shell,
    Debugger,
}

/// See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct Screen {
    coloured: bool,
    /// This run's marks in the kernel's log have this, and are nothing to see.
    mark: String,
    /// The number of the step from which on the kernel's lines are shown as they come.
    first: usize,
    stage: Stage,
    front: Side,
    shell: Voice,
    debugger: Voice,
    /// Lines that are not yet shown.
    held: Vec<Vec<u8>>,
    /// The kernel's line so far.
    kernel: Vec<u8>,
}

impl Screen {
    /// `nonce` is the run's; steps are counted from 1.
    pub(super) fn new(nonce: &str, first: usize, coloured: bool) -> Self {
        Self { coloured, first, mark: format!("workbench: {nonce} "), ..Self::default() }
    }

    fn voice(&mut self, side: Side) -> &mut Voice {
        match side {
            Side::Shell => &mut self.shell,
            Side::Debugger => &mut self.debugger,
        }
    }

    fn in_front(&self) -> &Voice {
        match self.front {
            Side::Shell => &self.shell,
            Side::Debugger => &self.debugger,
        }
    }

    /// Bytes of one whom the person talks to; gives what is to be written.
    pub(super) fn says(&mut self, side: Side, bytes: &[u8]) -> Vec<u8> {
        let is_front = side == self.front;
        let voice = self.voice(side);
        let was_taken = voice.is_taken;
        let ended = voice.follow(bytes);
        let is_taken = voice.is_taken;
        if !is_front {
            // A program that has the whole screen draws it anew when its turn comes.
            let ended = ended.filter(|_| !was_taken && !is_taken);
            return self.show_now(ended.into_iter().collect());
        }
        let mut out = bytes.to_vec();
        if was_taken && !is_taken && self.stage != Stage::Before {
            out.extend(self.release());
        }
        out
    }

    /// Now the person talks to this one; gives what is to be written, and whether a program has to draw its screen anew.
    pub(super) fn turn(&mut self, side: Side) -> (Vec<u8>, bool) {
        if side == self.front {
            return (Vec::new(), false);
        }
        let mut out = self.in_front().stay();
        self.front = side;
        let is_taken = self.in_front().is_taken;
        if !is_taken && self.stage != Stage::Before {
            out.extend(std::mem::take(&mut self.held).concat());
        }
        out.extend(self.in_front().again());
        (out, is_taken)
    }

    /// Bytes of the kernel's console; gives what is to be written.
    pub(super) fn kernel(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.kernel.extend_from_slice(bytes);
        let Some(end) = self.kernel.iter().rposition(|byte| *byte == b'\n') else { return Vec::new() };
        let rest = self.kernel.split_off(end + 1);
        let whole = std::mem::replace(&mut self.kernel, rest);
        let mut lines = Vec::new();
        for line in whole.split(|byte| *byte == b'\n').map(clean).filter(|line| !line.is_empty()) {
            if let Some((_, mark)) = line.split_once(&self.mark) {
                self.marked(mark);
            } else if self.stage != Stage::Over {
                lines.push(self.faint(&line));
            }
        }
        self.show(lines)
    }

    /// `begin 2 load foobar`, `done 2` or `end`.
    fn marked(&mut self, mark: &str) {
        let mut words = mark.split(' ');
        let (word, number) = (words.next(), words.next().and_then(|number| number.parse::<usize>().ok()));
        match (word, number) {
            (Some("begin"), Some(number)) if self.stage == Stage::Before && number >= self.first => {
                self.stage = Stage::Live;
                self.held.clear();
            }
            (Some("end"), _) => self.stage = Stage::Over,
            _ => {}
        }
    }

    /// Whether the guest has said its last word.
    pub(super) fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    /// A line of ours; gives what is to be written.
    pub(super) fn note(&mut self, text: &str) -> Vec<u8> {
        let line = self.faint(text);
        self.show(vec![line])
    }

    /// The machine has ended. Gives what is to be written for the terminal to be as programs expect it: with its usual screen, a
    /// cursor that is seen, plain letters, and at a line's beginning.
    pub(super) fn end(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        if self.in_front().is_taken {
            out.extend(b"\x1b[?1049l");
        }
        out.extend(b"\x1b[0m\x1b[?25h\x1b[?2004l");
        if self.in_front().is_unfinished() {
            out.extend(b"\r\n");
        }
        (self.shell, self.debugger) = (Voice::default(), Voice::default());
        out.extend(self.release());
        let last = std::mem::take(&mut self.kernel);
        if !last.is_empty() {
            out.extend(self.faint(&clean(&last)));
        }
        out
    }

    /// Shows lines of the kernel's or ours, or keeps them.
    fn show(&mut self, lines: Vec<Vec<u8>>) -> Vec<u8> {
        if self.stage == Stage::Before {
            return self.hold(lines);
        }
        self.show_now(lines)
    }

    /// The same for lines that do not wait for the driver's time.
    fn show_now(&mut self, lines: Vec<Vec<u8>>) -> Vec<u8> {
        if self.in_front().is_taken { self.hold(lines) } else { self.in_front().below(&lines) }
    }

    fn hold(&mut self, lines: Vec<Vec<u8>>) -> Vec<u8> {
        self.held.extend(lines);
        self.held.drain(..self.held.len().saturating_sub(MOST_HELD));
        Vec::new()
    }

    /// What was kept.
    fn release(&mut self) -> Vec<u8> {
        let held = std::mem::take(&mut self.held);
        self.in_front().below(&held)
    }

    fn faint(&self, line: &str) -> Vec<u8> {
        let (begin, end) = if self.coloured { ("\x1b[2m", "\x1b[0m") } else { ("", "") };
        format!("{begin}{line}{end}\r\n").into_bytes()
    }
}

#[cfg(test)]
mod tests;
