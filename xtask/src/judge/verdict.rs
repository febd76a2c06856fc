// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be said of a driver on a kernel. A verdict is a value, never an error.

use serde::{Deserialize, Serialize};

use super::compiler;
use super::extent::is_blocker;
use super::left::Leftover;
use super::site::Site;

/// The judgement of one driver on one kernel; of several faults the worst names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "verdict", content = "because")]
pub enum Verdict {
    /// Both witnesses agree that everything went as asked.
    Pass,
    /// Not run, and why.
    Skip(Vec<String>),
    /// Something asked for did not happen; the machine itself was well.
    Fail(Vec<Failure>),
    /// The kernel reported a fault.
    Crash(Fault),
    /// The machine did not finish in its time.
    Hang(Place),
    /// The machine was lost (QEMU gone, never started, or a report that makes no sense): nothing can be said of the driver.
    Lost(String),
}

/// One thing that did not happen as asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// The compiler, modpost or make refused; their own lines that say why, with the person's own paths.
    Build {
        lines: Vec<String>,
        /// What they mean and what mends it, in our words; a line of advice begins with `help: `.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        why: Vec<String>,
    },
    /// It builds, and the compilers warn.
    Warnings { count: usize },
    /// The kernel refused to load a module.
    Load {
        module: String,
        /// The errno's name, such as `ENODEV`.
        errno: String,
        /// What that errno means when a module is loaded, in words.
        meaning: String,
        /// What the kernel logged about it.
        log: Vec<String>,
        /// What that means and what mends it, in our words; a line of advice begins with `help: `.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        why: Vec<String>,
        /// Where the driver refuses: the line that names the errno if there is one, else its init function.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        site: Option<Box<Site>>,
    },
    /// The kernel refused to unload a module.
    Unload {
        module: String,
        errno: String,
        meaning: String,
        log: Vec<String>,
        /// What mends it, in our words; a line of advice begins with `help: `.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        why: Vec<String>,
    },
    /// A step of the test did not do what it must.
    Step {
        name: String,
        reason: String,
        output: Vec<String>,
        /// What the kernel logged meanwhile, if the guest itself took the step, and printed nothing.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        log: Vec<String>,
        /// Whether its time was over.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        late: bool,
        /// The driver's calls that it was then in, the innermost first.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sites: Vec<Site>,
    },
    /// Something that was not there before the driver was loaded is still there at the end.
    Leftover {
        kind: Leftover,
        /// Its path; or a file, with the line of it; or a `thread`, or `vmalloc`.
        name: String,
        /// What that is and which call is missing, in words.
        meaning: String,
        /// Further names of the same thing.
        also: Vec<String>,
    },
    /// A case of a test program, or of KUnit, failed.
    Case {
        /// The step during which it ran, by its description.
        step: String,
        /// The names of what it is in, and its own: `suite > case`.
        name: String,
        /// What it says of its result, or an empty text.
        reason: String,
        /// Where its expectation was not met, if it says so.
        file: Option<String>,
        line: Option<u32>,
        /// The lines that it printed.
        output: Vec<String>,
    },
    /// No line of the kernel log contains this text.
    MissingLogLine { text: String },
    /// This line of the kernel log contains a text that it must not.
    ForbiddenLogLine { text: String, line: String },
    /// The kernel's console fell silent during this step, although the guest went on to its end.
    SilencedConsole { during: String },
}

/// A report of the kernel about itself: an oops, a panic, a WARN and their like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Fault {
    pub kind: FaultKind,
    /// The kernel's own first line of the report.
    pub title: String,
    /// During which step, by its description; none when it was before the first.
    pub during: Option<String>,
    /// The report, line by line, without timestamps.
    pub log: Vec<String>,
    /// How many further reports there were; [`super::Judgement`] has them among its remarks.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: usize,
    /// The calls in it that are in the driver's modules, the innermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<Site>,
    /// What a person should know about it that the kernel does not say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// From harmless to harmful is not an order here: each of them is a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    Oops,
    Panic,
    Warn,
    Bug,
    Sanitizer,
    Lockdep,
    Lockup,
    RcuStall,
    HungTask,
    Corruption,
    OutOfMemory,
    Taint,
    /// The machine was reset or powered off: a triple fault, a reboot, a power-off.
    Reset,
}

/// Where a machine stood when its time was over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Place {
    /// The step that was begun and not ended, by its description; none when the guest never reported.
    pub during: Option<String>,
    pub deadline_s: u32,
    /// How many lines the kernel had logged during it, if it was still at it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub logged: usize,
    /// The last lines of the console.
    pub log: Vec<String>,
    /// The driver's calls that did not come back, the innermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<Site>,
    /// Other tasks that were in the driver's code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<Waiting>,
    /// If no call of the driver's is known, the kernel's functions in which the guest's init was, the innermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<String>,
}

/// A task that was in the driver's code when a machine's time was over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Waiting {
    pub task: String,
    pub sites: Vec<Site>,
}

impl Verdict {
    /// The verdict in one word, as its JSON has it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Skip(_) => "skip",
            Self::Fail(_) => "fail",
            Self::Crash(_) => "crash",
            Self::Hang(_) => "hang",
            Self::Lost(_) => "lost",
        }
    }

    /// One line that says what is wrong.
    pub fn headline(&self) -> String {
        match self {
            Self::Pass => "everything went as asked, and the kernel reported no fault".to_owned(),
            Self::Skip(reasons) => first_of(reasons.first().cloned().unwrap_or_default(), reasons.len()),
            Self::Fail(failures) => {
                first_of(failures.first().map(Failure::headline).unwrap_or_default(), failures.len())
            }
            Self::Crash(fault) => {
                let during = fault.during.as_ref().map(|step| format!(" (during `{step}`)")).unwrap_or_default();
                first_of(format!("{}{during}", fault.title), fault.more + 1)
            }
            Self::Hang(place) => match &place.during {
                Some(step) if place.logged > 0 => {
                    format!("still logging after {} s: {} lines during `{step}`", place.deadline_s, place.logged)
                }
                Some(step) => format!("no answer within {} s; the last step begun was `{step}`", place.deadline_s),
                None => format!("no answer within {} s; the guest never began a step", place.deadline_s),
            },
            Self::Lost(what) => what.clone(),
        }
    }
}

/// Before the meaning of an errno, if the module is not the driver's.
pub(super) const DEPENDENCY: &str = "a module that the driver depends on: ";

/// So many lines of a report say what it is about, and where.
const FEW: usize = 8;

fn first_of(first: String, all: usize) -> String {
    match all {
        0 | 1 => first,
        _ => format!("{first} (and {} more)", all - 1),
    }
}

impl Failure {
    /// One line that says what did not happen.
    pub fn headline(&self) -> String {
        match self {
            Self::Build { lines, .. } => {
                let first = compiler::first_error(lines).map(|error| error.in_a_line());
                let first = first.or_else(|| lines.last().cloned());
                format!("it does not build: {}", first.as_deref().unwrap_or("make failed"))
            }
            Self::Warnings { count: 1 } => "1 warning".to_owned(),
            Self::Warnings { count } => format!("{count} warnings"),
            Self::Load { module, errno, meaning, .. } => {
                let whose = if meaning.starts_with(DEPENDENCY) { DEPENDENCY } else { "" };
                let reason = self.reason().map_or_else(|| meaning.clone(), |reason| format!("{whose}{reason}"));
                format!("the kernel refused to load `{module}`: {errno}, {reason}")
            }
            Self::Unload { module, errno, meaning, .. } => {
                format!("the kernel refused to unload `{module}`: {errno}, {meaning}")
            }
            Self::Step { name, reason, .. } => format!("{name}: {reason}"),
            Self::Leftover { meaning, .. } => meaning.clone(),
            Self::Case { step, name, reason, file, line, .. } => {
                let place = file.as_ref().zip(*line).map(|(file, line)| format!(" at {file}:{line}"));
                let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
                format!("{step}: the case `{name}` failed{}{reason}", place.unwrap_or_default())
            }
            Self::MissingLogLine { text } => format!("no line of the kernel log contains `{text}`"),
            Self::ForbiddenLogLine { text, line } => {
                format!("the kernel log must not contain `{text}`: {line}")
            }
            Self::SilencedConsole { during } => {
                format!("the driver silenced the kernel's console during `{during}`: a fault after that can't be seen")
            }
        }
    }

    /// What the headline says of why, where that is more than an errno's meaning.
    fn reason(&self) -> Option<&String> {
        let Self::Load { why, .. } = self else { return None };
        why.first().filter(|line| !line.starts_with("help: "))
    }

    /// What the headline does not say of why, and what mends it.
    pub(crate) fn more_of_why(&self) -> &[String] {
        &self.why()[usize::from(self.reason().is_some())..]
    }

    /// What it means and what mends it, in our words.
    pub fn why(&self) -> &[String] {
        match self {
            Self::Build { why, .. } | Self::Load { why, .. } | Self::Unload { why, .. } => why,
            _ => &[],
        }
    }

    /// The lines that belong to it.
    pub fn lines(&self) -> &[String] {
        match self {
            Self::Build { lines, .. } => lines,
            Self::Load { log, .. } | Self::Unload { log, .. } => log,
            Self::Step { output, log, .. } if output.is_empty() => log,
            Self::Step { output, .. } | Self::Case { output, .. } => output,
            Self::Leftover { also, .. } => also,
            Self::Warnings { .. }
            | Self::MissingLogLine { .. }
            | Self::ForbiddenLogLine { .. }
            | Self::SilencedConsole { .. } => &[],
        }
    }
}

impl Fault {
    /// The lines of the report that say what and where: its messages, whom it waits for, where the processor stood,
    /// and the calls that are in a module. Frames that the unwinder only guesses (`? `) are noise.
    pub(crate) fn essence(&self) -> Vec<String> {
        let mut lines: Vec<&String> = self.messages().collect();
        lines.extend(self.log.iter().find(|line| is_blocker(line)));
        for line in self.log.iter().filter(|line| is_place(line)) {
            if lines.len() < FEW && !lines.contains(&line) {
                lines.push(line);
            }
        }
        if lines.is_empty() {
            let said = self.log.iter().filter(|line| **line != self.title && !is_dump(line));
            lines = said.take(FEW).collect();
        }
        lines.into_iter().cloned().collect()
    }

    /// What the report says besides its title, before it turns to how the machine stood.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &String> {
        let head = self.log.iter().take_while(|line| !ENDS_OF_HEAD.iter().any(|end| line.starts_with(end)));
        head.filter(|line| is_message(line) && **line != self.title).take(4)
    }
}

/// With these, a report turns from what happened to how the machine stood.
const ENDS_OF_HEAD: &[&str] =
    &["CPU: ", "Call Trace:", "Call trace:", "stack backtrace:", "Modules linked in:", "PGD "];

/// Whether a line is more than a frame, a page table's entry, or the name of the kernel.
fn is_message(line: &str) -> bool {
    let is_frame = line.starts_with("---") || line.starts_with("===") || line.starts_with("8<---");
    let is_taint = line.contains("ainted") || line.starts_with("Disabling lock debugging due to kernel taint");
    !line.trim().is_empty() && !is_frame && !is_taint && !is_dump(line) && !is_call(line)
}

/// Whether a line is a call of a stack: of a data race, two stacks stand before all else.
fn is_call(line: &str) -> bool {
    let first = line.strip_prefix(' ').and_then(|line| line.split_whitespace().next());
    first.is_some_and(|word| word.contains("+0x") && word.contains("/0x"))
}

/// Whether a line is of the bytes around an object, or of the addresses of both (mm/slub.c, print_trailer() and its callees).
fn is_dump(line: &str) -> bool {
    let line = line.strip_prefix("INFO: ").unwrap_or(line);
    ["Slab 0x", "Object 0x", "Bytes b4 ", "Object   ", "Redzone  ", "Padding  "]
        .iter()
        .any(|start| line.starts_with(start))
}

/// Whether a line names a place: the instruction, or a call that is in a module.
fn is_place(line: &str) -> bool {
    let call = line.starts_with(' ') && line.contains("+0x") && line.ends_with(']') && !line.contains("? ");
    call || line.starts_with("RIP: 0010:") || line.starts_with("pc : ")
}
