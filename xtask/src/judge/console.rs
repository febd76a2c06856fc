// SPDX-License-Identifier: MIT OR Apache-2.0
//! The lines of a serial console: what the kernel said, without what `printk` puts before it, and during which step.
//!
//! The prefixes are those of `print_prefix()` in `kernel/printk/printk.c`: `<4>` when levels are shown, the time unless
//! `printk.time=0`, and the caller (`T` a task, `C` a CPU in interrupt) with `CONFIG_PRINTK_CALLER`.

use std::borrow::Cow;

use super::text::clean;

/// A task or a CPU, as `printk` names who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller {
    cpu: bool,
    number: u32,
}

#[derive(Debug)]
pub(crate) struct Line<'a> {
    /// The whole line, fit for showing.
    pub(crate) text: Cow<'a, str>,
    /// Where in `text` the message begins.
    at: usize,
    pub(crate) caller: Option<Caller>,
    /// Index of the step that was begun last; none before the first.
    pub(crate) step: Option<usize>,
    /// Written by the guest's init about a step, not by the kernel.
    pub(crate) is_mark: bool,
}

impl Line<'_> {
    /// The line without what `printk` puts before it.
    pub(crate) fn message(&self) -> &str {
        &self.text[self.at..]
    }
}

#[derive(Debug)]
pub(crate) struct Console<'a> {
    pub(crate) lines: Vec<Line<'a>>,
    /// The line with the guest's last word: until then the kernel could be heard.
    pub(crate) ended: Option<usize>,
    /// The messages of a kernel that the host interrupted when its time was over. They are nobody's fault.
    pub(crate) last_words: Vec<String>,
}

/// The kernel's first word on an interrupt that can't be masked (arch/x86/kernel/nmi.c). The second is that of a machine
/// without the port that tells who sent it.
const INTERRUPTED: &[&str] = &["Uhhuh. NMI received for unknown reason ", "NMI: PCI system error (SERR) for reason "];

enum Mark {
    Begin(usize),
    /// A step has ended; it pushes out what the kernel holds back of a line without an end.
    Done,
    End,
}

impl<'a> Console<'a> {
    /// Whether the guest's init said, before anything of the driver's ran, that it reports here (qemu/init/report.c).
    pub(crate) fn is_channel(&self) -> bool {
        self.lines.iter().any(|line| line.step.is_none() && line.message() == "# channel console")
    }

    /// Reads a console's bytes. Only marks with this nonce are marks, and only for `steps` steps.
    pub(crate) fn parse(bytes: &'a [u8], nonce: &str, steps: usize) -> Self {
        let mut console = Self { lines: Vec::new(), ended: None, last_words: Vec::new() };
        let mut step = None;
        for raw in bytes.split(|byte| *byte == b'\n') {
            let (before, kernel) = unglue(raw);
            for part in [before, kernel] {
                let text = clean(part);
                if text.is_empty() {
                    continue;
                }
                let mut line = Line::new(text, step);
                match mark(line.message(), nonce, steps) {
                    Some(Mark::Begin(begun)) => step = Some(begun),
                    Some(Mark::Done) => {}
                    Some(Mark::End) => console.ended = Some(console.lines.len()),
                    None => {
                        console.lines.push(line);
                        continue;
                    }
                }
                line.step = step;
                line.is_mark = true;
                console.lines.push(line);
            }
        }
        console
    }

    /// Takes away what the kernel said when it was interrupted. For a machine whose time was over only: one that such an
    /// interrupt of its own has ended is not that.
    pub(crate) fn without_last_words(mut self) -> Self {
        if let Some(at) =
            self.lines.iter().rposition(|line| INTERRUPTED.iter().any(|text| line.message().contains(text)))
        {
            self.last_words = self.lines.drain(at..).map(|line| line.message().to_owned()).collect();
            self.ended = self.ended.filter(|ended| *ended < at);
        }
        self
    }

    /// The last step of which the console has a mark.
    pub(crate) fn last_step(&self) -> Option<usize> {
        self.lines.last().and_then(|line| line.step)
    }

    /// Whether the kernel was speaking when the machine had run for so many seconds; without times, it is taken to have been.
    /// It begins to count when the machine has begun to run, and so lags behind.
    pub(crate) fn was_speaking(&self, deadline_s: u32) -> bool {
        let last = self.lines.iter().rev().find(|line| !line.is_mark).and_then(|line| seconds(&line.text));
        last.is_none_or(|seconds| seconds >= u64::from(deadline_s) / 2)
    }

    /// The last lines that say something, for a machine that fell silent.
    pub(crate) fn tail(&self, most: usize) -> Vec<String> {
        tail(&self.lines, most)
    }
}

/// The last of these lines that the kernel said.
pub(crate) fn tail(lines: &[Line<'_>], most: usize) -> Vec<String> {
    let said = lines.iter().rev().filter(|line| !line.is_mark);
    let mut tail: Vec<String> = said.take(most).map(|line| line.text.to_string()).collect();
    tail.reverse();
    tail
}

impl<'a> Line<'a> {
    pub(crate) fn new(text: Cow<'a, str>, step: Option<usize>) -> Self {
        let (at, caller) = prefix(text.as_bytes());
        Self { text, at, caller, step, is_mark: false }
    }

    /// A record of /dev/kmsg is a message without prefix.
    pub(crate) fn of_message(text: &'a str, step: Option<usize>) -> Self {
        Self { text: Cow::Borrowed(text), at: 0, caller: None, step, is_mark: false }
    }
}

/// Whether a message is one that the guest's init wrote through /dev/kmsg for this run.
pub(crate) fn is_mark(message: &str, nonce: &str) -> bool {
    mark(message, nonce, usize::MAX).is_some()
}

fn mark(message: &str, nonce: &str, steps: usize) -> Option<Mark> {
    let word = message.strip_prefix("workbench: ")?.strip_prefix(nonce)?.strip_prefix(' ')?.trim_end();
    if nonce.is_empty() {
        return None;
    }
    if word == "end" {
        return Some(Mark::End);
    }
    if word.starts_with("done ") {
        return Some(Mark::Done);
    }
    let number: usize = word.strip_prefix("begin ")?.split(' ').next()?.parse().ok()?;
    (1..=steps).contains(&number).then(|| Mark::Begin(number - 1))
}

/// Parts a line that firmware or a program left unfinished from the kernel's message that came after it.
///
/// A line that begins with a timestamp is not looked into: there, a second one is a quotation.
fn unglue(raw: &[u8]) -> (&[u8], &[u8]) {
    if prefix(raw).0 > 0 {
        return (&[], raw);
    }
    let starts = |pair: &[u8]| pair[0] == b'[' && matches!(pair[1], b' ' | b'0'..=b'9');
    let mut brackets = raw.windows(2).enumerate().filter(|(_, pair)| starts(pair)).map(|(at, _)| at);
    let glued = brackets.find(|at| time(&raw[*at..]).is_some());
    raw.split_at(glued.unwrap_or(0))
}

/// The length of what `printk` put before the message, and who it says is speaking.
fn prefix(line: &[u8]) -> (usize, Option<Caller>) {
    let mut at = level(line).unwrap_or(0);
    at += time(&line[at..]).unwrap_or(0);
    let caller = caller(&line[at..]);
    at += caller.map_or(0, |(length, _)| length);
    // The one space that ends a prefix; more of them belong to the message, as in the lines of a call trace.
    if at > 0 && line.get(at) == Some(&b' ') {
        at += 1;
    }
    (at, caller.map(|(_, caller)| caller))
}

/// `<4>`
fn level(line: &[u8]) -> Option<usize> {
    let digits = digits(line.strip_prefix(b"<")?);
    let closed = (1..=3).contains(&digits) && line.get(1 + digits) == Some(&b'>');
    closed.then_some(digits + 2)
}

/// `[    1.234567]`
fn time(line: &[u8]) -> Option<usize> {
    let inner = line.strip_prefix(b"[")?;
    let spaces = inner.iter().take_while(|byte| **byte == b' ').count();
    let seconds = digits(&inner[spaces..]);
    let fraction = inner[spaces + seconds..].strip_prefix(b".")?;
    let micros = digits(fraction);
    let closed = seconds > 0 && (3..=9).contains(&micros) && fraction.get(micros) == Some(&b']');
    closed.then_some(1 + spaces + seconds + 1 + micros + 1)
}

/// The whole seconds of a line's time.
fn seconds(line: &str) -> Option<u64> {
    let bytes = line.as_bytes();
    let rest = &bytes[level(bytes).unwrap_or(0)..];
    let inner = std::str::from_utf8(&rest[1..time(rest)?]).ok()?;
    inner.split('.').next()?.trim().parse().ok()
}

/// `[    T1]`, `[C0]`
fn caller(line: &[u8]) -> Option<(usize, Caller)> {
    let inner = line.strip_prefix(b"[")?;
    let spaces = inner.iter().take_while(|byte| **byte == b' ').count();
    let (kind, rest) = inner[spaces..].split_first()?;
    let length = digits(rest);
    if !matches!(kind, b'T' | b'C') || rest.get(length) != Some(&b']') {
        return None;
    }
    let number = std::str::from_utf8(&rest[..length]).ok()?.parse().ok()?;
    Some((1 + spaces + 1 + length + 1, Caller { cpu: *kind == b'C', number }))
}

fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_digit()).count()
}
