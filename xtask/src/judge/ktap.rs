// SPDX-License-Identifier: MIT OR Apache-2.0
//! The guest's own report: KTAP (Documentation/dev-tools/ktap.rst) with what init knows in `# word` lines.
//!
//! Reading is strict about the plan, the order, duplicates and the end, because this is a witness: a report that is not
//! exactly what init writes says that something else wrote there too. What could be read up to the first
//! contradiction is kept, since it tells how far the guest came.

use super::answer::{Leak, Looked, Outcome, Report, State, StepReport, StepResult, Task};
use super::kmsg::record;
use super::text::clean;

impl Report {
    /// Reads a report that must carry this nonce.
    pub fn parse(bytes: &[u8], nonce: &str) -> Self {
        let mut reader = Reader { report: Self::default(), nonce, versioned: false, named: false };
        let cut = bytes.last().is_some_and(|byte| *byte != b'\n');
        let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        // Either what follows the last line end, which is nothing, or a line that was cut.
        lines.pop();
        for (at, line) in lines.iter().enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if let Some(reason) = line.strip_prefix(b"Bail out!").filter(|_| reader.named) {
                reader.report.state = State::GaveUp(clean(reason).trim().to_owned());
                return reader.report;
            }
            if let Err(what) = reader.line(line) {
                reader.report.state = State::Contradictory(format!("line {}: {what}", at + 1));
                return reader.report;
            }
        }
        let state = if reader.report.end_ms.is_some() && !cut {
            State::Complete
        } else {
            State::Incomplete(reader.how_far(bytes.is_empty(), cut))
        };
        reader.report.state = state;
        reader.report
    }
}

struct Reader<'a> {
    report: Report,
    nonce: &'a str,
    versioned: bool,
    named: bool,
}

type Read = Result<(), String>;

impl Reader<'_> {
    fn line(&mut self, line: &[u8]) -> Read {
        if line.is_empty() {
            return Ok(());
        }
        if self.report.end_ms.is_some() {
            return Err(format!("`{}` stands after the end", clean(line)));
        }
        if !self.versioned {
            self.versioned = line == b"KTAP version 1";
            return self.versioned.then_some(()).ok_or_else(|| format!("`{}` is not `KTAP version 1`", clean(line)));
        }
        if let Some(rest) = line.strip_prefix(b"# ") {
            let space = rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len());
            let (word, value) = rest.split_at(space);
            return self.diagnostic(word, value.strip_prefix(b" ").unwrap_or(value));
        }
        if line == b"#" {
            return Ok(());
        }
        let text = clean(line);
        if let Some(result) = text.strip_prefix("ok ") {
            return self.result(Outcome::Ok, result);
        }
        if let Some(result) = text.strip_prefix("not ok ") {
            return self.result(Outcome::NotOk, result);
        }
        match text.strip_prefix("1..") {
            Some(plan) => self.plan(plan),
            None => Err(format!("`{text}` is no line of a report")),
        }
    }

    fn diagnostic(&mut self, word: &[u8], value: &[u8]) -> Read {
        let text = clean(value);
        match word {
            b"workbench" => self.name(&text),
            b"kernel" => once(&mut self.report.kernel, text.into_owned(), "kernel"),
            b"begin" => self.begin(&text),
            b"end" => self.end(&text),
            b"log" => self.in_step("log", |step| {
                step.log.push(record(value));
                Ok(())
            }),
            b"out" => self.in_step("out", |step| {
                step.output.push(text.into_owned());
                Ok(())
            }),
            b"exit" => self.cause("exit", &text, |step| &mut step.exit),
            b"signal" => self.cause("signal", &text, |step| &mut step.signal),
            b"timeout" => self.cause("timeout", &text, |step| &mut step.timeout_s),
            b"errno" => self.cause("errno", &text, |step| &mut step.errno),
            b"held" => self.held(&text),
            b"look" => self.at_the_end("look", |report| {
                report.looking = Some(text.into_owned());
                Ok(())
            }),
            b"left" if self.report.open().is_some() => self.in_step("left", |step| {
                step.left.push(text.into_owned());
                Ok(())
            }),
            b"left" => self.at_the_end("left", |report| {
                report.left.push(text.into_owned());
                Ok(())
            }),
            b"at" => self.in_step("at", |step| {
                step.at = Some(text.into_owned());
                Ok(())
            }),
            b"done" => self.cause("done", &text, |step| &mut step.done),
            b"refused" => self.in_step("refused", |step| once(&mut step.refused, text.into_owned(), "refused")),
            b"leak" => {
                let leak = leak(&text)?;
                self.in_step("leak", |step| {
                    step.leaks.push(leak);
                    Ok(())
                })
            }
            b"waits" => {
                self.tasks().clear();
                Ok(())
            }
            b"task" => self.task(&text),
            b"stack" => {
                let task = self.tasks().last_mut().ok_or("`# stack` without a task")?;
                task.stack.push(text.into_owned());
                Ok(())
            }
            b"looked" => {
                let count = number(&text)?;
                self.at_the_end("looked", |report| once(&mut report.looked, Looked::Found(count), "looked"))
            }
            b"not-looked" => {
                let looked = Looked::Not(text.into_owned());
                self.at_the_end("not-looked", |report| once(&mut report.looked, looked, "looked"))
            }
            b"taint" => {
                let taint: u64 = number(&text)?;
                match self.report.steps.last_mut() {
                    None => once(&mut self.report.taint, taint, "taint"),
                    // The last step's is told again at the end, when what it left behind has had time to show itself.
                    Some(step) => {
                        step.taint = Some(step.taint.unwrap_or(0) | taint);
                        Ok(())
                    }
                }
            }
            _ => Ok(()),
        }
    }

    fn name(&mut self, nonce: &str) -> Read {
        if self.named {
            return Err("a second `# workbench`".to_owned());
        }
        self.named = !nonce.is_empty() && nonce == self.nonce;
        self.named.then_some(()).ok_or_else(|| format!("it is the report of another run, `{nonce}`"))
    }

    fn plan(&mut self, plan: &str) -> Read {
        if !self.named {
            return Err("a plan before `# workbench`".to_owned());
        }
        once(&mut self.report.planned, number(plan)?, "plan")
    }

    fn begin(&mut self, text: &str) -> Read {
        let (step, ms) = text.split_once(' ').ok_or("`# begin` without a time")?;
        self.expect_next(number(step)?)?;
        if self.report.open().is_some() {
            return Err(format!("step {step} begins before the one before it has ended"));
        }
        self.report.steps.push(StepReport { begun_ms: Some(number(ms)?), ..StepReport::default() });
        Ok(())
    }

    fn result(&mut self, outcome: Outcome, text: &str) -> Read {
        let (step, text) = text.split_once(' ').unwrap_or((text, ""));
        let step: usize = number(step)?;
        self.expect_next(step)?;
        let description = text.strip_prefix("- ").unwrap_or(text);
        let result = match description.split_once(" # SKIP") {
            Some((description, reason)) if outcome == Outcome::Ok => {
                StepResult { outcome: Outcome::Skipped(reason.trim().to_owned()), description: description.to_owned() }
            }
            _ => StepResult { outcome, description: description.to_owned() },
        };
        match self.report.open().map(|at| &mut self.report.steps[at]) {
            Some(open) => open.result = Some(result),
            None if matches!(result.outcome, Outcome::Skipped(_)) => {
                self.report.steps.push(StepReport { result: Some(result), ..StepReport::default() });
            }
            None => return Err(format!("step {step} has a result, and never began")),
        }
        Ok(())
    }

    /// The step whose turn it is.
    fn expect_next(&self, step: usize) -> Read {
        let planned = self.report.planned.ok_or_else(|| format!("step {step} comes before the plan"))?;
        let next = self.report.ended() + 1;
        if step > planned {
            return Err(format!("step {step} of {planned}"));
        }
        if step < next {
            return Err(format!("step {step} comes twice"));
        }
        (step == next).then_some(()).ok_or_else(|| format!("step {step} comes where step {next} should"))
    }

    fn end(&mut self, text: &str) -> Read {
        let (nonce, ms) = text.split_once(' ').ok_or("`# end` without a time")?;
        if !self.named || nonce != self.nonce {
            return Err(format!("it ends as the report of another run, `{nonce}`"));
        }
        let planned = self.report.planned.ok_or("`# end` without a plan")?;
        let ended = self.report.ended();
        if ended != planned || self.report.open().is_some() {
            return Err(format!("`# end` after {ended} of {planned} results"));
        }
        self.report.end_ms = Some(number(ms)?);
        Ok(())
    }

    /// Runs `with` on the step that this line is about: the last one that was begun. Before it there is none to blame.
    fn in_step(&mut self, word: &str, with: impl FnOnce(&mut StepReport) -> Read) -> Read {
        match self.report.steps.last_mut() {
            Some(step) if word == "log" || step.result.is_none() => with(step),
            None if word == "log" => Ok(()),
            _ => Err(format!("`# {word}` outside a step")),
        }
    }

    /// Runs `with` on a report that has all its results.
    fn at_the_end(&mut self, word: &str, with: impl FnOnce(&mut Report) -> Read) -> Read {
        let report = &mut self.report;
        let is_end = report.planned.is_some_and(|planned| report.ended() == planned) && report.looked.is_none();
        if is_end { with(report) } else { Err(format!("`# {word}` outside the look for what was left behind")) }
    }

    /// `2 foo,bar,`, or `1 -` when no module holds it; as in /proc/modules.
    fn held(&mut self, text: &str) -> Read {
        let (count, users) = text.split_once(' ').ok_or("`# held` without users")?;
        let users = users.split(',').filter(|user| !user.is_empty() && *user != "-").map(str::to_owned).collect();
        let held = (number(count)?, users);
        self.in_step("held", |step| once(&mut step.held, held, "held"))
    }

    /// The tasks of the step that was begun, or of what comes after the last.
    fn tasks(&mut self) -> &mut Vec<Task> {
        match self.report.open() {
            Some(open) => &mut self.report.steps[open].tasks,
            None => &mut self.report.tasks,
        }
    }

    /// `1 D init`
    fn task(&mut self, text: &str) -> Read {
        let mut words = text.splitn(3, ' ');
        let (task, _state, name) = (words.next(), words.next(), words.next());
        let (task, name) = task.zip(name).ok_or("`# task` without a name")?;
        let task = Task { number: number(task)?, name: name.to_owned(), stack: Vec::new() };
        self.tasks().push(task);
        Ok(())
    }

    fn cause(&mut self, word: &str, text: &str, of: impl FnOnce(&mut StepReport) -> &mut Option<u32>) -> Read {
        let cause = number(text)?;
        self.in_step(word, |step| once(of(step), cause, word))
    }

    fn how_far(&self, empty: bool, cut: bool) -> String {
        let ended = self.report.ended();
        match self.report.planned {
            _ if empty => "it is empty".to_owned(),
            None => "it stops before its plan".to_owned(),
            Some(planned) if ended < planned => {
                format!("it stops after {ended} of {planned} results")
            }
            Some(_) if cut => "its last line is cut".to_owned(),
            Some(_) => "it has all its results, but no end mark".to_owned(),
        }
    }
}

/// `1 64 kmalloc-64`: objects, the bytes of one, and their cache.
fn leak(text: &str) -> Result<Leak, String> {
    let mut words = text.splitn(3, ' ');
    let mut next = || words.next().ok_or_else(|| format!("`{text}` is no leak"));
    Ok(Leak { objects: number(next()?)?, size: number(next()?)?, cache: next()?.to_owned() })
}

fn once<T>(slot: &mut Option<T>, value: T, word: &str) -> Read {
    if slot.replace(value).is_some() {
        return Err(format!("a second {word}"));
    }
    Ok(())
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    // `parse` alone takes `+1`.
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or_else(|| format!("`{text}` is not a number"))
}
