// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the frames of a report to the driver's places that they are.

use super::frame::{Frame, bare, plain};
use super::jumps;
use super::pattern::matches;
use super::site::{Role, Site, Symbols};
use super::transcript::Transcript;
use crate::vm::step::Step;

/// So many places explain a report; a stack of more is one that ran over.
const MOST: usize = 16;

/// What the lines that follow are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Report,
    Allocated,
    Freed,
    /// A lock, whose being held or its history matters.
    Locked,
    /// The second of two accesses at the same time.
    Raced,
    /// What the report itself was not made in.
    Other,
}

/// The driver's places in a report, the innermost first, each once; those of the report itself before the others.
pub(super) struct Read {
    pub(super) sites: Vec<Site>,
    /// The kernel named one of them: the driver was there.
    pub(super) by_name: bool,
}

pub(super) struct Reader<'a> {
    symbols: &'a Symbols,
    /// During which the report was made.
    step: Option<&'a Step>,
    /// The driver's modules; others are the kernel's.
    modules: Vec<&'a str>,
    /// Whether what an interrupt came upon counts.
    with_interrupted: bool,
    about: About,
    sites: Vec<Site>,
    /// The lock that the next call of the driver's takes.
    lock: Option<&'a str>,
    /// Of what the lines are about, the sites before this one were something else.
    begins: usize,
    accesses: usize,
    /// The function of the kernel that the next call of the driver's is the caller of.
    through: Option<&'a str>,
    /// The last frame was the driver's.
    in_driver: bool,
    by_name: bool,
    has_guessed: bool,
    is_breakpoint: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(transcript: &'a Transcript, with_interrupted: bool) -> Self {
        Self::of(&transcript.symbols, transcript.record.driver_modules().collect(), with_interrupted)
    }

    /// For a report that was made during this step.
    pub(super) fn during(self, step: Option<&'a Step>) -> Self {
        Self { step, ..self }
    }

    fn of(symbols: &'a Symbols, modules: Vec<&'a str>, with_interrupted: bool) -> Self {
        Self {
            symbols,
            step: None,
            modules,
            with_interrupted,
            about: About::Report,
            sites: Vec::new(),
            lock: None,
            begins: 0,
            accesses: 0,
            through: None,
            in_driver: false,
            by_name: false,
            has_guessed: false,
            is_breakpoint: false,
        }
    }

    pub(super) fn read(mut self, lines: &'a [String]) -> Read {
        let guesses = is_guessed(lines);
        let is_int3 = |line: &String| line.starts_with("int3: ") || line.starts_with("Oops: int3: ");
        self.is_breakpoint = lines.iter().any(is_int3);
        // KASAN's title names the driver's function that has called, as its trace does; the trace has what lies between.
        let (titles, rest): (Vec<&String>, Vec<&String>) =
            lines.iter().partition(|line| line.starts_with("BUG: KASAN: "));
        for line in rest {
            // What follows are the registers again.
            if line.starts_with("---[ end trace ") {
                break;
            }
            if let Some(about) = self.about(line) {
                (self.about, self.through, self.in_driver) = (about, None, false);
                self.begins = self.sites.len();
                // The lock that was taken another way before stands in the line before.
                self.lock = self.lock.filter(|_| line.ends_with("state was registered at:"));
            }
            self.lock = lock(line).or(self.lock);
            if matches!(line.trim(), "</IRQ>" | "</NMI>") && self.about == About::Report {
                (self.through, self.in_driver) = (None, false);
                if !self.with_interrupted {
                    self.about = About::Other;
                }
            }
            // lib/debugobjects.c names what the object is for: nobody was there.
            let line = line.split(" object type: ").next().unwrap_or(line);
            for frame in Frame::all(line) {
                match frame.guessed {
                    false => self.frame(&frame),
                    true if guesses => self.guess(&frame),
                    true => {}
                }
            }
            if let Some((address, exact)) = bare(line) {
                self.jumped_from(address, exact);
                self.add(self.symbols.sites_at(address, exact));
            }
        }
        if !self.sites.iter().any(|site| site.role == Role::Here) {
            (self.about, self.through) = (About::Report, None);
            titles.into_iter().flat_map(|line| Frame::all(line)).for_each(|frame| self.frame(&frame));
        }
        self.sites.sort_by_key(|site| site.role);
        Read { sites: self.sites, by_name: self.by_name }
    }

    /// What a line begins. Of a data race there are two accesses, the one that was watched for behind the other.
    fn about(&mut self, line: &str) -> Option<About> {
        let is_access = ACCESSES.iter().any(|text| matches(text, line.as_bytes()));
        self.accesses += usize::from(is_access);
        match is_access {
            true if self.accesses > 1 => Some(About::Raced),
            true => Some(About::Report),
            false => about(line),
        }
    }

    fn frame(&mut self, frame: &Frame<'a>) {
        if self.about == About::Other {
            return;
        }
        if frame.module.is_none_or(|module| !self.modules.contains(&module)) {
            let function = plain(frame.function);
            if let Some(called) = self.through {
                self.add_missing(jumps::before(function, Some(called), self.step, self.symbols));
            }
            if let Some(last) = self.sites.last_mut().filter(|_| self.in_driver) {
                last.from.get_or_insert_with(|| function.to_owned());
            }
            self.through = Some(function).filter(|function| !is_instrument(function));
            self.in_driver = false;
            return;
        }
        self.by_name = true;
        // Where a processor stood, nothing was called: it was interrupted (arch/x86/include/asm/idtentry.h and
        // arch/x86/entry/entry_64.S name who does).
        let interrupts = |through: &str| through.starts_with("asm_") || through == "end_repeat_nmi";
        let stood = frame.exact || self.through.is_some_and(interrupts);
        self.jumped_from(&frame.key(), stood);
        let exact = stood && !self.is_past(frame);
        self.add(self.symbols.sites(&Frame { exact, ..*frame }));
    }

    /// Adds the function that was called from here and has left the stack, below what the kernel shows above.
    fn jumped_from(&mut self, key: &str, stood: bool) {
        if stood {
            self.through = None;
        } else if let (Some(called), Some(entry)) = (self.through, self.symbols.entries.get(key)) {
            self.add_missing(jumps::last_call(entry, Some(called)));
        }
    }

    /// Whether the processor has what it was at behind it: a breakpoint, or a halt from which it was woken to be looked at (Intel's
    /// manual, volume 2, INT3 and HLT).
    fn is_past(&self, frame: &Frame<'_>) -> bool {
        self.is_breakpoint || (self.with_interrupted && self.symbols.after_halt.contains(&frame.key()))
    }

    /// One that the unwinder only guesses. The first of the driver's is likely, and those below it may be of earlier calls.
    fn guess(&mut self, frame: &Frame<'a>) {
        let is_ours = frame.module.is_some_and(|module| self.modules.contains(&module));
        if is_ours && !self.has_guessed && self.about == About::Report {
            self.has_guessed = true;
            self.frame(&Frame { guessed: false, ..*frame });
        }
    }

    /// Adds the sites of a function that has left the stack, below the function of the kernel that it jumped to.
    fn add_missing(&mut self, sites: Vec<Site>) {
        let through = sites.first().and_then(|site| site.through.clone());
        if !sites.is_empty() {
            self.by_name = true;
            self.push(sites, through);
            self.through = None;
        }
    }

    fn add(&mut self, sites: Vec<Site>) {
        if !sites.is_empty() {
            let through = self.through.take().map(str::to_owned);
            self.push(sites, through);
        }
    }

    fn push(&mut self, mut sites: Vec<Site>, through: Option<String>) {
        let role = match self.about {
            About::Report => Role::Here,
            About::Allocated => Role::Allocated,
            About::Freed => Role::Freed,
            About::Locked => Role::Locked,
            About::Raced => Role::Raced,
            About::Other => return,
        };
        if let Some(first) = sites.first_mut() {
            first.through = through;
        }
        self.in_driver = true;
        let lock = self.lock.filter(|_| role == Role::Locked);
        for mut site in sites {
            site.role = role;
            site.lock = lock.map(str::to_owned);
            site.calls = role != Role::Here && self.sites.len() > self.begins;
            if self.sites.len() < MOST && !self.sites.iter().any(|known| is_same(known, &site)) {
                self.sites.push(site);
            }
        }
    }
}

/// Whether it is a function that the compiler or KASAN put before what the driver does.
fn is_instrument(function: &str) -> bool {
    let starts = ["kasan_", "__kasan_", "__asan_", "__ubsan_", "ubsan_", "__tsan_", "kcsan_", "check_memory_region"];
    starts.iter().any(|start| function.starts_with(start))
}

/// Whether the unwinder knew no call of a trace, as when a processor runs what is no function. By frame pointers it can miss the last
/// one alone: what was jumped to had yet to make its frame.
fn is_guessed(lines: &[String]) -> bool {
    let after = lines.iter().skip_while(|line| !line.eq_ignore_ascii_case("Call Trace:")).skip(1);
    let trace = after.take_while(|line| line.starts_with(' ') && line.trim() != "</TASK>");
    let mut frames = trace.flat_map(|line| Frame::all(line));
    let Some(first) = frames.next().filter(|frame| frame.guessed) else { return false };
    let fetches = |line: &String| line == "#PF: supervisor instruction fetch in kernel mode";
    (first.module.is_some() && lines.iter().any(fetches)) || frames.all(|frame| frame.guessed)
}

fn is_same(a: &Site, b: &Site) -> bool {
    (a.role, &a.function, &a.file, a.line) == (b.role, &b.function, &b.file, b.line)
}

/// Lines that begin something else, as mm/kasan/report.c, mm/kfence/report.c, mm/slub.c, mm/kmemleak.c and
/// kernel/locking/lockdep.c print them.
fn about(line: &str) -> Option<About> {
    let line = line.trim_start();
    let line = line.strip_prefix("INFO: ").unwrap_or(line);
    let starts = |texts: &[&str]| texts.iter().any(|text| matches(text, line.as_bytes()));
    [(OTHER, About::Other), (ALLOCATED, About::Allocated), (FREED, About::Freed), (LOCKED, About::Locked)]
        .into_iter()
        .chain([(REPORT, About::Report)])
        .find_map(|(texts, about)| starts(texts).then_some(about))
}

const ALLOCATED: &[&str] = &["Allocated by task ", "allocated by task ", "Allocated in ", "unreferenced object "];
const FREED: &[&str] = &["Freed by task ", "freed by task ", "Freed in "];
const LOCKED: &[&str] = &[
    "% lock held by ",
    "% locks held by ",
    "but task is already holding lock:",
    "and this task is already holding:",
    "the existing dependency chain (in reverse order) is:",
    "-> #% (",
    "{*} state was registered at:",
    "... which became ",
];
const OTHER: &[&str] = &[
    "Last potentially related work creation:",
    "Second to last potentially related work creation:",
    // Of a chain of locks, the one that is about to be taken, which the report's own stack tells.
    "-> #0 (",
    // What follows is the variable, or the function whose frame it is.
    "The buggy address belongs to the variable:",
    "and is located at offset ",
    "Preemption disabled at:",
];
/// What two threads do to the same memory at once, as kernel/kcsan/report.c says it.
const ACCESSES: &[&str] =
    &["*read* to 0x* of % bytes by ", "*write* to 0x* of % bytes by ", "*no-access* to 0x* of % bytes by "];

/// The name of a lock, where lockdep has one: `ffff8 (&a->lock){+.+.}-{3:3}, at: f+0x1/0x2`, or `-> #1 (lock){+.+.}-{3:3}:`.
pub(super) fn lock(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("){")?;
    after.contains("}-{").then_some(())?;
    Some(before.split_once(" (")?.1)
}

const REPORT: &[&str] = &["CPU: ", "Modules linked in:", "stack backtrace:", "The buggy address belongs to "];

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "expectations are written where they are used")]
    fn check(log: &str, expected: Expect) {
        let symbols = Symbols::default();
        let lines: Vec<String> = log.lines().map(str::to_owned).collect();
        let read = Reader::of(&symbols, vec!["m"], false).read(&lines);
        let words = |site: &Site| {
            let lock = site.lock.as_ref().map(|lock| format!(" `{lock}`")).unwrap_or_default();
            format!("{}{:?}{lock} {}", if site.calls { "< " } else { "" }, site.role, site.function)
        };
        expected.assert_eq(&read.sites.iter().map(words).collect::<Vec<_>>().join(", "));
    }

    #[test]
    fn what_is_no_call() {
        // The function of an object that is watched, from ODEBUG's title.
        check(
            "ODEBUG: free active (active state 0) object: ffff8 object type: timer_list hint: fires+0x0/0x10 [m]\n\
             CPU: 0 PID: 1 Comm: init\n init+0x96/0x1000 [m]",
            expect!["Here init"],
        );
        // A variable, and the frame of a function.
        check(
            " look+0x31/0x40 [m]\nThe buggy address belongs to the variable:\n array+0xb/0xffff [m]\n",
            expect!["Here look"],
        );
        check(
            " fill+0x31/0x40 [m]\nThe buggy address belongs to stack of task init/1\n and is located at offset 48 in \
             frame:\n fill+0x0/0x60 [m]\n",
            expect!["Here fill"],
        );
    }

    #[test]
    fn titles_of_kasan() {
        let title = "BUG: KASAN: double-free in init+0x4e/0x1000 [m]";
        check(title, expect!["Here init"]);
        check(
            &format!("{title}\nCPU: 0\nCall Trace:\n kfree+0x1/0x2\n look+0x1/0x2 [m]\n init+0x4e/0x1000 [m]"),
            expect!["Here look, Here init"],
        );
    }

    #[test]
    fn guesses() {
        let head = "RIP: 0010:0xdead\nCall Trace:\n <TASK>\n";
        check(&format!("{head} ? calls+0x1/0x2 [m]\n ? old+0x1/0x2 [m]\n </TASK>\n"), expect!["Here calls"]);
        let some = " ? calls+0x1/0x2 [m]\n vfs_read+0x1/0x2\n ? old+0x1/0x2 [m]\n </TASK>\n";
        check(&format!("{head}{some}"), expect![""]);
        let fetch = "#PF: supervisor instruction fetch in kernel mode\n";
        check(&format!("{fetch}{head}{some}"), expect!["Here calls"]);
        check(&format!("{fetch}{head} vfs_read+0x1/0x2\n ? old+0x1/0x2 [m]\n </TASK>\n"), expect![""]);
    }

    #[test]
    fn locks() {
        check(
            "BUG: scheduling while atomic: init/1/0x00000002\n1 lock held by init/1:\n\x20\
             #0: ffffffffa0002018 (lock){+.+.}-{2:2}, at: takes+0x10/0x1000 [m]\nModules linked in: m(O+)\n\
             Preemption disabled at:\n[<ffffffffa0006010>] takes+0x10/0x1000 [m]\nCPU: 0 PID: 1\n sleeps+0x1a/0x20 [m]",
            expect!["Here sleeps, Locked `lock` takes"],
        );
        check(
            "init/1 is trying to acquire lock:\nffff8 (&a){+.+.}-{3:3}, at: second+0x1/0x9 [m]\n\
             but task is already holding lock:\nffff8 (&b){+.+.}-{3:3}, at: first+0x1/0x9 [m]\n\
             the existing dependency chain (in reverse order) is:\n-> #1 (&b){+.+.}-{3:3}:\n other+0x1/0x9 [m]\n\
             stack backtrace:\n second+0x1/0x9 [m]\n caller+0x1/0x9 [m]",
            expect!["Here second, Here caller, Locked `&b` first, Locked `&b` other"],
        );
        check(
            "ffff8 (lock){+.?.}-{2:2}, at: fires+0x10/0x20 [m]\n{SOFTIRQ-ON-W} state was registered at:\n\x20\
             init+0x10/0x1000 [m]\nstack backtrace:\n fires+0x10/0x20 [m]",
            expect!["Here fires, Locked `lock` init"],
        );
    }

    #[test]
    fn races() {
        check(
            "BUG: KCSAN: data-race in count_show [m] / counts [m]\n\n\
             write to 0xffffffffa0002180 of 8 bytes by task 30 on cpu 0:\n counts+0x31/0x60 [m]\n kthread+0x1/0x2\n\n\
             read to 0xffffffffa0002180 of 8 bytes by task 31 on cpu 1:\n count_show+0x1f/0x40 [m]\n helper+0x1/0x2 [m]\n\n\
             value changed: 0x0000000000001 -> 0x0000000000002\n\n\
             Reported by Kernel Concurrency Sanitizer on:\nCPU: 1 UID: 0 PID: 31 Comm: cat",
            expect!["Here counts, Raced count_show, < Raced helper"],
        );
    }
}
