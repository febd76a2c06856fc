// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a person sees: the shell's words as they come, and the kernel's lines between them as soon as they are there. A line of the
//! shell's that is not ended, such as a prompt with what was typed behind it, is written again below the kernel's.

use crate::judge::clean;

/// An unfinished line of more bytes is not written again.
const LONGEST: usize = 4096;

/// While a program has the whole screen, or the driver's time has not begun, so many of the kernel's lines are kept; the last ones.
const MOST_HELD: usize = 500;

/// DEC's private modes: the other screen, that programs such as vi and less use, as xterm's control sequences name it
/// (<https://invisible-island.net/xterm/ctlseqs/ctlseqs.html>).
const OTHER_SCREENS: &[&str] = &["1049", "1047", "47"];

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

/// See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct Screen {
    coloured: bool,
    /// This run's marks in the kernel's log have this, and are nothing to see.
    mark: String,
    /// The number of the step from which on the kernel's lines are shown as they come.
    first: usize,
    stage: Stage,
    /// What the shell has written since its last line's end.
    line: Vec<u8>,
    /// It is too long to be written again.
    is_long: bool,
    /// An escape sequence that is not yet complete.
    sequence: Vec<u8>,
    /// A program has the whole screen.
    is_taken: bool,
    /// The kernel's lines that are not yet shown.
    held: Vec<Vec<u8>>,
    /// The kernel's line so far.
    kernel: Vec<u8>,
}

impl Screen {
    /// `nonce` is the run's; steps are counted from 1.
    pub(super) fn new(nonce: &str, first: usize, coloured: bool) -> Self {
        Self { coloured, first, mark: format!("workbench: {nonce} "), ..Self::default() }
    }

    /// Bytes of the shell's; gives what is to be written.
    pub(super) fn shell(&mut self, bytes: &[u8]) -> Vec<u8> {
        let was_taken = self.is_taken;
        for byte in bytes {
            self.follow(*byte);
        }
        let mut out = bytes.to_vec();
        if was_taken && !self.is_taken {
            let held = std::mem::take(&mut self.held);
            out.extend(self.between(&held));
        }
        out
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

    /// A line of ours; gives what is to be written.
    pub(super) fn note(&mut self, text: &str) -> Vec<u8> {
        let line = self.faint(text);
        self.show(vec![line])
    }

    /// The machine has ended. Gives what is to be written for the terminal to be as programs expect it: with its usual screen, a
    /// cursor that is seen, plain letters, and at a line's beginning.
    pub(super) fn end(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        if std::mem::take(&mut self.is_taken) {
            out.extend(b"\x1b[?1049l");
        }
        out.extend(b"\x1b[0m\x1b[?25h\x1b[?2004l");
        if !self.line.is_empty() {
            out.extend(b"\r\n");
        }
        self.line.clear();
        let held = std::mem::take(&mut self.held);
        out.extend(self.between(&held));
        let last = std::mem::take(&mut self.kernel);
        if !last.is_empty() {
            out.extend(self.faint(&clean(&last)));
        }
        out
    }

    fn show(&mut self, lines: Vec<Vec<u8>>) -> Vec<u8> {
        if !self.is_taken && self.stage != Stage::Before {
            return self.between(&lines);
        }
        self.held.extend(lines);
        self.held.drain(..self.held.len().saturating_sub(MOST_HELD));
        Vec::new()
    }

    fn faint(&self, line: &str) -> Vec<u8> {
        let (begin, end) = if self.coloured { ("\x1b[2m", "\x1b[0m") } else { ("", "") };
        format!("{begin}{line}{end}\r\n").into_bytes()
    }

    /// Lines in the place of the shell's unfinished one, and that below them.
    fn between(&self, lines: &[Vec<u8>]) -> Vec<u8> {
        if lines.is_empty() {
            return Vec::new();
        }
        let begin: &[u8] = match (self.line.is_empty(), self.is_long) {
            (true, _) => b"",
            // What is longer than a row is left where it is, but for the row that the cursor is in.
            (false, false) => b"\r\x1b[K",
            (false, true) => b"\r\n",
        };
        let again = if self.is_long { &[][..] } else { &self.line };
        [begin, &lines.concat(), again].concat()
    }

    /// Keeps the unfinished line, and looks for the sequences that matter.
    fn follow(&mut self, byte: u8) {
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

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[derive(Clone, Copy)]
    enum Said {
        Shell(&'static str),
        Kernel(&'static str),
        Note(&'static str),
        End,
    }

    use Said::{End, Kernel, Note, Shell};

    /// What is written for what is said, a line each.
    #[track_caller]
    fn check(coloured: bool, said: &[Said], expected: &Expect) {
        check_from(true, coloured, said, expected);
    }

    #[track_caller]
    fn check_from(begun: bool, coloured: bool, said: &[Said], expected: &Expect) {
        let mut screen = Screen::new("n1", 2, coloured);
        screen.kernel(if begun { b"[ 0.9] workbench: n1 begin 2 load foo\r\n" } else { b"" });
        let lines = said.iter().map(|said| {
            let out = match said {
                Shell(text) => screen.shell(text.as_bytes()),
                Kernel(text) => screen.kernel(text.as_bytes()),
                Note(text) => screen.note(text),
                End => screen.end(),
            };
            format!("{}\n", out.escape_ascii())
        });
        expected.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn the_kernels_lines_between() {
        check(
            false,
            &[
                Shell("hello\r\n"),
                Kernel("[ 1.0] foo: on\r\n"),
                Shell("# ca"),
                Shell("t"),
                Kernel("[ 2.0] foo: a\r\n[ 2.1] foo: \x1b[31mb\x07\r\n[ 2."),
                Kernel("2] foo: c\r\n"),
                Note("what we say"),
                Shell(" x\r\n"),
                Kernel("[ 3.0] workbench: n1 begin 2 shell\r\n"),
                Kernel("[ 3.1] workbench: n2 begin\r\n"),
                End,
            ],
            &expect![[r#"
                hello\r\n
                [ 1.0] foo: on\r\n
                # ca
                t
                \r\x1b[K[ 2.0] foo: a\r\n[ 2.1] foo: b\xef\xbf\xbd\r\n# cat
                \r\x1b[K[ 2.2] foo: c\r\n# cat
                \r\x1b[Kwhat we say\r\n# cat
                 x\r\n

                [ 3.1] workbench: n2 begin\r\n
                \x1b[0m\x1b[?25h\x1b[?2004l
            "#]],
        );
    }

    #[test]
    fn before_the_driver_and_after_the_end() {
        let before = [Kernel("a\r\n[ 1.0] workbench: n1 begin 1 load dep\r\nb\r\n")];
        let later = "c\r\n[ 1.0] workbench: n1 begin 2 load foo\r\nd\r\n[ 2.0] workbench: n1 end\r\ne\r\n";
        check_from(
            false,
            false,
            &[before, [Kernel(later)], [End]].concat(),
            &expect![[r#"

            c\r\nd\r\n
            \x1b[0m\x1b[?25h\x1b[?2004l
        "#]],
        );
        check_from(
            false,
            false,
            &[before, [End]].concat(),
            &expect![[r#"

            \x1b[0m\x1b[?25h\x1b[?2004la\r\nb\r\n
        "#]],
        );
    }

    #[test]
    fn coloured() {
        check(
            true,
            &[Kernel("a\r\n"), Shell("\x1b[1m#\x1b[0m "), Kernel("b\r\n")],
            &expect![[r#"
            \x1b[2ma\x1b[0m\r\n
            \x1b[1m#\x1b[0m 
            \r\x1b[K\x1b[2mb\x1b[0m\r\n\x1b[1m#\x1b[0m 
        "#]],
        );
    }

    #[test]
    fn questions_are_asked_once() {
        check(
            false,
            &[Shell("# \x1b[6"), Shell("nls"), Kernel("a\r\n")],
            &expect![[r#"
            # \x1b[6
            nls
            \r\x1b[Ka\r\n# ls
        "#]],
        );
    }

    #[test]
    fn a_screen_that_was_cleared() {
        check(
            false,
            &[Shell("# clear\r\n\x1b[H\x1b[J# l"), Kernel("a\r\n")],
            &expect![[r#"
            # clear\r\n\x1b[H\x1b[J# l
            \r\x1b[Ka\r\n\x1b[J# l
        "#]],
        );
        check(
            false,
            &[Shell("x\x1b[2J# "), Kernel("a\r\n")],
            &expect![[r#"
            x\x1b[2J# 
            \r\x1b[Ka\r\n# 
        "#]],
        );
    }

    #[test]
    fn a_program_that_has_the_screen() {
        check(
            false,
            &[
                Shell("\x1b[?1049hvi"),
                Kernel("a\r\nb\r\n"),
                Shell("~\r\n~"),
                Shell("\x1b[?1049l"),
                Shell("\r\n# "),
                Kernel("c\r\n"),
            ],
            &expect![[r#"
                \x1b[?1049hvi

                ~\r\n~
                \x1b[?1049l\r\x1b[Ka\r\nb\r\n~
                \r\n# 
                \r\x1b[Kc\r\n# 
            "#]],
        );
        check(
            false,
            &[Shell("\x1b[?1;47h"), Kernel("panic\r\nlast"), End],
            &expect![[r#"
            \x1b[?1;47h

            \x1b[?1049l\x1b[0m\x1b[?25h\x1b[?2004lpanic\r\nlast\r\n
        "#]],
        );
    }

    #[test]
    fn long_lines_and_many() {
        let mut screen = Screen::new("n1", 0, false);
        screen.kernel(b"workbench: n1 begin 1 shell\n");
        screen.shell(&[b'x'; LONGEST * 2]);
        assert_eq!(screen.kernel(b"a\n").escape_ascii().to_string(), r"\r\na\r\n");
        screen.shell(b"\r\n\x1b[?1049h");
        for _ in 0..MOST_HELD * 2 {
            assert_eq!(screen.kernel(b"a\n"), b"");
        }
        let out = screen.shell(b"\x1b[?1049l");
        assert_eq!(out.iter().filter(|byte| **byte == b'a').count(), MOST_HELD);
    }
}
