// SPDX-License-Identifier: MIT OR Apache-2.0
//! What test programs print, and KUnit logs: TAP 12 to 14 and KTAP (Documentation/dev-tools/ktap.rst), as a tree of cases.
//!
//! Unlike the guest's own report ([`super::ktap`]), this may be anybody's dialect, with lines of others between, so
//! whatever is no part of a document is kept as a diagnostic. What makes a document contradict itself is a problem of
//! it, in words; [`Tap::problems`] is empty only if every case that was planned has one result, in order.

use super::tap_line::{Kind, Result, kind};

/// So many problems of a document are told.
const MOST_PROBLEMS: usize = 20;

/// Whose text it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A program's output.
    Program,
    /// The kernel's log. KUnit counts its suites on over several modules until 6.0, and plans none of them until 6.5.
    Log,
}

/// All that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tap {
    pub cases: Vec<Case>,
    /// What is wrong with the document itself, in words.
    pub problems: Vec<String>,
    /// The reason of `Bail out!`.
    pub gave_up: Option<String>,
    /// The reason of `1..0`: there is nothing to test.
    pub skipped: Option<String>,
    /// There are fewer results than were planned, and the last of them is a skip: kselftest's way to leave out the rest.
    pub rest_skipped: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    pub name: String,
    pub outcome: Outcome,
    /// What stands behind the result's `#`.
    pub reason: String,
    /// The lines that belong to it, as they are.
    pub diagnostics: Vec<String>,
    /// What it consists of.
    pub cases: Vec<Self>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Pass,
    Fail,
    Skip,
    /// TODO or XFAIL: it may fail.
    Todo,
    /// It was expected to fail, and passed.
    Unexpected,
}

/// Whether a line begins a document.
pub fn is_version(line: &str) -> bool {
    matches!(kind(line, Source::Log), Kind::Version)
}

/// Whether a line begins a document of a program that is known to write one: TAP 12 begins with its plan.
pub fn begins_program(line: &str) -> bool {
    is_version(line) || matches!(kind(line, Source::Program), Kind::Plan(..))
}

/// Whether a line of the kernel's log begins what KUnit has to say: until 6.0 there was no version, and still is none for
/// the suites of a module.
pub fn begins_log(line: &str) -> bool {
    matches!(kind(line, Source::Log), Kind::Version | Kind::Subtest(_))
}

/// The cases of one depth, while they are read.
#[derive(Debug, Default)]
struct Level {
    indent: usize,
    name: Option<String>,
    /// A name for what comes next one level deeper: TAP 14 tells it ahead.
    next_name: Option<String>,
    plan: Option<usize>,
    cases: Vec<Case>,
    /// Lines for the next case.
    pending: Vec<String>,
    /// What was read one level deeper, and waits for its result.
    child: Option<Box<Self>>,
    misnumbered: bool,
    /// The last case failed, and no line before it said why.
    wants_lines: bool,
}

impl Level {
    fn at(indent: usize, name: Option<String>) -> Self {
        Self { indent, name, ..Self::default() }
    }

    fn is_fresh(&self) -> bool {
        self.name.is_none() && self.plan.is_none() && self.cases.is_empty() && self.child.is_none()
    }

    fn place(&self) -> String {
        self.name.as_ref().map_or_else(|| "the tests".to_owned(), |name| format!("`{name}`"))
    }
}

struct Reader {
    source: Source,
    tap: Tap,
    /// From the outermost to the innermost; never empty.
    levels: Vec<Level>,
    failed: bool,
    /// What `# Totals:` says.
    totals_failed: bool,
}

impl Tap {
    /// Reads the lines of a text. Without a version line at its begin it is an empty document with whatever follows.
    pub fn parse<'a>(lines: impl IntoIterator<Item = &'a str>, source: Source) -> Self {
        let root = vec![Level::default()];
        let mut reader = Reader { source, tap: Self::default(), levels: root, failed: false, totals_failed: false };
        for line in lines {
            reader.line(line);
        }
        reader.end_of_document();
        reader.tap
    }
}

impl Reader {
    fn line(&mut self, line: &str) {
        let text = line.trim_start_matches([' ', '\t']);
        // KUnit indents with four blanks, and did with a tab at first.
        let indent = line[..line.len() - text.len()].bytes().map(|byte| if byte == b'\t' { 4 } else { 1 }).sum();
        match kind(text, self.source) {
            _ if self.tap.gave_up.is_some() => self.diagnostic(line),
            Kind::Version => self.version(indent),
            Kind::Subtest(name) => self.subtest(indent, name),
            Kind::Plan(count, skip) => self.plan(indent, count, skip),
            Kind::Result(result) => self.result(indent, result),
            Kind::BailOut(reason) => self.tap.gave_up = Some(reason.to_owned()),
            Kind::Totals { failed } => {
                self.totals_failed |= failed > 0;
                self.diagnostic(line);
            }
            Kind::Other => self.diagnostic(line),
        }
    }

    fn top(&mut self) -> &mut Level {
        self.levels.last_mut().expect("the outermost level stays until the end")
    }

    fn problem(&mut self, what: String) {
        if self.tap.problems.len() < MOST_PROBLEMS {
            self.tap.problems.push(what);
        }
    }

    fn version(&mut self, indent: usize) {
        self.close_to(indent);
        if indent > self.top().indent {
            self.open(indent, None);
        } else if self.levels.len() == 1 {
            // A second program of the same step.
            if !self.top().is_fresh() {
                self.end_of_document();
                self.levels.push(Level::default());
            }
        } else if !self.top().is_fresh() {
            self.close_to(indent - 1);
            self.open(indent, None);
        }
    }

    fn subtest(&mut self, indent: usize, name: &str) {
        self.close_to(indent);
        let name = Some(name.to_owned());
        if indent > self.top().indent {
            self.open(indent, name);
        } else if self.levels.len() > 1 && self.top().is_fresh() {
            self.top().name = name;
        } else {
            self.top().next_name = name;
        }
    }

    fn plan(&mut self, indent: usize, count: usize, skip: Option<&str>) {
        self.reach(indent);
        if self.top().plan.is_some() {
            let place = self.top().place();
            return self.problem(format!("{place}: a second plan"));
        }
        self.top().plan = Some(count);
        if self.levels.len() == 1 && count == 0 {
            self.tap.skipped = Some(skip.unwrap_or_default().to_owned());
        }
    }

    fn result(&mut self, indent: usize, result: Result<'_>) {
        self.reach(indent);
        let is_counted_on = self.levels.len() == 1 && self.source == Source::Log;
        let child = self.top().child.take();
        let level = self.top();
        let mut case = Case {
            name: result.name.to_owned(),
            outcome: result.outcome,
            reason: result.reason.to_owned(),
            diagnostics: std::mem::take(&mut level.pending),
            cases: Vec::new(),
        };
        level.next_name = None;
        let expected = level.cases.len() + 1;
        let mut problems = Vec::new();
        if let Some(number) = result.number.filter(|number| *number != expected) {
            // kselftest.h counts a skip of all the rest before it prints its number (ksft_exit_skip()).
            let is_rest = result.is_bare_skip && number == expected + 1;
            if !is_rest && !is_counted_on && !std::mem::replace(&mut level.misnumbered, true) {
                problems.push(format!(
                    "{}: `{}` has number {number} where {expected} should be",
                    level.place(),
                    case.name
                ));
            }
        }
        if let Some(child) = child {
            if child.name.as_ref().is_some_and(|name| *name != case.name) {
                let (place, name) = (child.place(), &case.name);
                problems.push(format!("{place} has no result; the result after it is of `{name}`"));
            }
            // Without a case of its own, a part has shown nothing.
            if child.cases.is_empty() && child.plan.unwrap_or(0) == 0 && case.outcome == Outcome::Pass {
                case.outcome = Outcome::Skip;
                "it has no cases".clone_into(&mut case.reason);
            }
            case.diagnostics.extend(self.whole(&child));
            case.cases = child.cases;
        }
        self.failed |= case.outcome == Outcome::Fail;
        self.top().wants_lines = case.outcome == Outcome::Fail && case.diagnostics.is_empty() && case.cases.is_empty();
        problems.into_iter().for_each(|problem| self.problem(problem));
        self.top().cases.push(case);
    }

    /// A line of no meaning belongs to the case that it comes before, unless the failure before it came without any.
    fn diagnostic(&mut self, line: &str) {
        let level = self.top();
        let lines = match level.cases.last_mut().filter(|_| level.wants_lines && level.child.is_none()) {
            Some(case) => &mut case.diagnostics,
            None => &mut level.pending,
        };
        if !line.trim().is_empty() {
            lines.push(line.to_owned());
        }
    }

    /// Makes the level with this indentation the innermost.
    fn reach(&mut self, indent: usize) {
        self.close_to(indent);
        if indent > self.top().indent {
            self.open(indent, None);
        }
    }

    fn open(&mut self, indent: usize, name: Option<String>) {
        self.abandon_child();
        let name = name.or_else(|| self.top().next_name.take());
        self.levels.push(Level::at(indent, name));
    }

    /// Ends the levels that are deeper than this.
    fn close_to(&mut self, indent: usize) {
        while self.levels.len() > 1 && self.top().indent > indent {
            self.abandon_child();
            let Some(level) = self.levels.pop() else { return };
            self.top().child = Some(Box::new(level));
        }
    }

    /// What was nested and has no result has failed, whatever its cases say.
    fn abandon_child(&mut self) {
        let Some(child) = self.top().child.take() else { return };
        let problems = self.whole(&child);
        let name = child.name.unwrap_or_default();
        self.failed = true;
        self.top().cases.push(Case {
            name,
            outcome: Outcome::Fail,
            reason: "it has no result".to_owned(),
            diagnostics: problems,
            cases: child.cases,
        });
    }

    /// Whether a level is as it was planned. Its lines for a next case that never came are given back.
    fn whole(&mut self, level: &Level) -> Vec<String> {
        if let Some(plan) = level.plan.filter(|plan| *plan != level.cases.len()) {
            let (place, count) = (level.place(), level.cases.len());
            self.problem(format!("{place}: {count} of {plan} planned cases have a result"));
        }
        level.pending.clone()
    }

    fn end_of_document(&mut self) {
        self.close_to(0);
        self.abandon_child();
        let Some(mut root) = self.levels.pop() else { return };
        let is_skip = root.cases.last().is_some_and(|case| case.outcome == Outcome::Skip);
        self.tap.rest_skipped = is_skip && root.plan.is_some_and(|plan| plan > root.cases.len());
        if !self.tap.rest_skipped {
            self.whole(&root);
        }
        if root.plan.is_none() && self.source == Source::Program && self.tap.gave_up.is_none() {
            self.problem("there is no plan (`1..N`), so nothing says whether all cases have run".to_owned());
        }
        if std::mem::take(&mut self.totals_failed) && !self.failed {
            self.problem("its totals count failures, and no case failed".to_owned());
        }
        self.tap.cases.append(&mut root.cases);
    }
}
