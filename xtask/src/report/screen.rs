// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bottom of a terminal: some lines that are drawn over again, below what scrolls by. Standard error, since results
//! go to standard output. The sequences are ECMA-48's: CUU goes up, EL and ED erase to the line's and the screen's end.

use std::fmt::Write as _;
use std::io::Write as _;

/// A terminal's, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) columns: usize,
    pub(super) rows: usize,
}

/// A line to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Drawn {
    /// With colours.
    pub(super) text: String,
    /// Columns that it takes.
    pub(super) width: usize,
}

/// What stands there now, with the cursor below it, so that a shell's prompt meets an empty line even when we are killed.
#[derive(Debug, Default)]
pub(super) struct Screen {
    shown: Vec<Drawn>,
    /// Of the terminal, when they were drawn.
    columns: usize,
}

impl Screen {
    /// Draws these lines in the place of those that stand there. All goes out at once, and nothing is erased that is
    /// drawn again, so that it does not flicker.
    pub(super) fn draw(&mut self, lines: Vec<Drawn>) {
        let columns = size().columns;
        print_error(&self.redrawn(&lines, columns));
        *self = Self { shown: lines, columns };
    }

    pub(super) fn erase(&mut self) {
        self.draw(Vec::new());
    }

    fn redrawn(&self, lines: &[Drawn], columns: usize) -> String {
        let mut out = String::new();
        if self.shown.is_empty() && lines.is_empty() {
            return out;
        }
        // A terminal that has become narrower has wrapped them.
        let rows: usize = self.shown.iter().map(|line| line.width.div_ceil(columns).max(1)).sum();
        if rows > 0 {
            let _ok = write!(out, "\r\x1b[{rows}A");
        }
        // And it remembers that, though other lines stand there then.
        if columns != self.columns {
            out.push_str("\x1b[J");
        }
        for line in lines {
            let _ok = writeln!(out, "{}\x1b[K", line.text);
        }
        out.push_str("\x1b[J");
        out
    }
}

/// Writes to standard error, past the reporter.
pub(super) fn print_error(text: &str) {
    let _nobody_reads = std::io::stderr().lock().write_all(text.as_bytes());
}

/// The size now of the terminal that lines are drawn on: a person may change it at any time.
pub(super) fn size() -> Size {
    size_of(libc::STDERR_FILENO)
}

/// And of the one that results are shown on.
pub(super) fn size_of_output() -> Size {
    size_of(libc::STDOUT_FILENO)
}

fn size_of(descriptor: i32) -> Size {
    // SAFETY: TIOCGWINSZ fills the winsize it is given.
    let size = unsafe {
        let mut size: libc::winsize = std::mem::zeroed();
        (libc::ioctl(descriptor, libc::TIOCGWINSZ, &raw mut size) == 0).then_some(size)
    };
    // Terminals on serial lines have no size, and say 0.
    let or = |known: Option<u16>, usual| known.filter(|n| *n > 0).map_or(usual, usize::from);
    Size { columns: or(size.map(|size| size.ws_col), 80), rows: or(size.map(|size| size.ws_row), 24) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawing() {
        let lines = |texts: &[&str]| -> Vec<Drawn> {
            texts.iter().map(|text| Drawn { text: (*text).to_owned(), width: text.len() }).collect()
        };
        let check = |shown: &[&str], next: &[&str], columns, expected: &str| {
            let screen = Screen { shown: lines(shown), columns: 80 };
            assert_eq!(screen.redrawn(&lines(next), columns), expected);
        };
        check(&[], &[], 80, "");
        check(&[], &["a", "b"], 80, "a\x1b[K\nb\x1b[K\n\x1b[J");
        check(&["a", "b"], &["c"], 80, "\r\x1b[2Ac\x1b[K\n\x1b[J");
        check(&["a", "", "c"], &[], 80, "\r\x1b[3A\x1b[J");
        check(&["twelve chars", "a"], &["b"], 5, "\r\x1b[4A\x1b[Jb\x1b[K\n\x1b[J");
        check(&["five5"], &["b"], 5, "\r\x1b[1A\x1b[Jb\x1b[K\n\x1b[J");
    }
}
