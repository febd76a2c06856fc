// SPDX-License-Identifier: MIT OR Apache-2.0
//! One of those that a person talks to, by what it writes: the line that is not yet ended, and whether a program has the whole screen.

/// An unfinished line of more bytes is not written again.
pub(super) const LONGEST: usize = 4096;

/// DEC's private modes: the other screen, that programs such as vi and less use, as xterm's control sequences name it
/// (<https://invisible-island.net/xterm/ctlseqs/ctlseqs.html>).
const OTHER_SCREENS: &[&str] = &["1049", "1047", "47"];

/// See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct Voice {
    /// What was written since the last line's end.
    line: Vec<u8>,
    /// It is too long to be written again.
    is_long: bool,
    /// An escape sequence that is not yet complete.
    sequence: Vec<u8>,
    /// A program has the whole screen.
    pub(super) is_taken: bool,
}

impl Voice {
    /// Takes what was written; gives the lines that it has ended, with what stood of them before, unless that was shown and is gone.
    pub(super) fn follow(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let end = bytes.iter().rposition(|byte| *byte == b'\n');
        let before = if self.is_long { &[][..] } else { &self.line };
        let ended = end.map(|end| [before, &bytes[..=end]].concat());
        for byte in bytes {
            self.take(*byte);
        }
        ended
    }

    pub(super) fn is_unfinished(&self) -> bool {
        !self.line.is_empty()
    }

    /// What makes room for others in the place of its unfinished line, or of its whole screen.
    pub(super) fn leave(&self) -> Vec<u8> {
        let leave: &[u8] = match (self.is_taken, self.line.is_empty(), self.is_long) {
            (true, _, _) => b"\x1b[?1049l\x1b[0m\x1b[?25h",
            (false, true, _) => b"",
            // What is longer than a row is left where it is, but for the row that the cursor is in.
            (false, false, false) => b"\r\x1b[K",
            (false, false, true) => b"\r\n",
        };
        leave.to_vec()
    }

    /// The same, but its unfinished line stays where it is.
    pub(super) fn stay(&self) -> Vec<u8> {
        if self.is_taken || self.line.is_empty() { self.leave() } else { b"\r\n".to_vec() }
    }

    /// Its unfinished line, or an empty screen for who has the whole of it.
    pub(super) fn again(&self) -> Vec<u8> {
        match (self.is_taken, self.is_long) {
            (true, _) => b"\x1b[?1049h".to_vec(),
            (false, true) => Vec::new(),
            (false, false) => self.line.clone(),
        }
    }

    /// Lines in the place of its unfinished one, and that below them.
    pub(super) fn below(&self, lines: &[Vec<u8>]) -> Vec<u8> {
        if lines.is_empty() {
            return Vec::new();
        }
        [self.leave(), lines.concat(), self.again()].concat()
    }

    /// Keeps the unfinished line, and looks for the sequences that matter.
    fn take(&mut self, byte: u8) {
        if byte == b'\n' {
            self.line.clear();
            self.is_long = false;
            self.sequence.clear();
            return;
        }
        self.line.push(byte);
        if self.line.len() > LONGEST {
            self.line.clear();
            // Something must stand for what is there.
            self.line.push(b' ');
            self.is_long = true;
        }
        if byte == 0x1b {
            self.sequence = vec![byte];
        } else if !self.sequence.is_empty() {
            self.sequence.push(byte);
            let is_begin = self.sequence.len() == 2 && byte == b'[';
            if !is_begin && !(b' '..=b'?').contains(&byte) {
                let sequence = std::mem::take(&mut self.sequence);
                self.heed(&sequence);
            }
        }
    }

    /// A sequence that is complete: one that takes or gives back the screen, or a question to the terminal, which must not be asked
    /// again with the line.
    fn heed(&mut self, sequence: &[u8]) {
        let Some((last, parameters)) = sequence.strip_prefix(b"\x1b[").and_then(<[u8]>::split_last) else { return };
        let parameters = String::from_utf8_lossy(parameters);
        let is_screen = parameters.strip_prefix('?').is_some_and(|modes| {
            modes.split(';').any(|mode| OTHER_SCREENS.contains(&mode)) && matches!(last, b'h' | b'l')
        });
        if is_screen {
            self.is_taken = *last == b'h';
        }
        // Written again, it would go to another place than the line's, or wipe what stands above it.
        let is_elsewhere = matches!(last, b'H' | b'f' | b'd') || (*last == b'J' && !matches!(&*parameters, "" | "0"));
        if is_elsewhere {
            self.line.clear();
        } else if is_screen || matches!(last, b'n' | b'c') {
            let before = self.line.len().saturating_sub(sequence.len());
            self.line.truncate(before);
        }
    }
}
