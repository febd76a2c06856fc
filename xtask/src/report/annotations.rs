// SPDX-License-Identifier: MIT OR Apache-2.0
//! What GitHub shows beside the lines of a change: its workflow commands, which it reads out of what a job prints
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>). They go to standard error, since
//! standard output may be JSON.

use std::collections::BTreeSet;
use std::path::{Component, PathBuf};

use fs_err as fs;

use super::body::{Kind, body, ours};
use super::{Event, Explanation, sites};
use crate::explain::nix::Weight;
use crate::judge::compiler::{self, Message, Severity};
use crate::judge::{Failure, Verdict};
use crate::outcome::Outcome;

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct Annotations {
    /// The top of the repository that is tested.
    repository: PathBuf,
    /// Where paths begin that are not absolute.
    here: PathBuf,
    /// A warning comes from every kernel, and is one line of source.
    warned: BTreeSet<String>,
}

/// So many errors of a compiler are told; GitHub shows no more of a step.
const MOST: usize = 10;

impl Annotations {
    /// Nothing where nobody would read them.
    pub(super) fn wanted() -> Option<Self> {
        let is_github = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        let here = std::env::current_dir().unwrap_or_default();
        let repository = std::env::var_os("GITHUB_WORKSPACE").map_or_else(|| here.clone(), PathBuf::from);
        let repository = fs::canonicalize(&repository).unwrap_or(repository);
        is_github.then_some(Self { repository, here, warned: BTreeSet::new() })
    }

    /// The commands that an event is worth, a line each.
    pub(super) fn of(&mut self, event: &Event) -> Vec<String> {
        match event {
            Event::Diagnostic { line } => self.warning(line).into_iter().collect(),
            Event::Outcome(outcome) => self.outcome(outcome),
            Event::Explanation(explanation) => self.explanation(explanation).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// What ended the work.
    pub(super) fn of_error(&self, error: &str) -> String {
        self.command("error", None, "vm-test", error)
    }

    fn warning(&mut self, line: &str) -> Option<String> {
        let lines = [line.to_owned()];
        let message = compiler::messages(&lines).into_iter().find(|it| it.severity == Severity::Warning)?;
        let is_news = self.warned.insert(line.to_owned());
        is_news.then(|| self.command("warning", own(&message), "the build warns", message.text))
    }

    fn outcome(&self, outcome: &Outcome) -> Vec<String> {
        let Outcome { driver, kernel, verdict, .. } = outcome;
        if matches!(verdict, Verdict::Pass | Verdict::Skip(_)) {
            return Vec::new();
        }
        let title = format!("{driver} on {kernel}: {}", verdict.word());
        let explained = body(verdict, &self.here).into_iter();
        let explained =
            explained.filter(|line| matches!(line.kind, Kind::Place | Kind::Why | Kind::Help | Kind::Headline));
        let lines: Vec<String> = [verdict.headline()].into_iter().chain(explained.map(|line| line.text)).collect();
        let mut commands = vec![self.command("error", sites::first(verdict, &self.here), &title, &lines.join("\n"))];
        if let Verdict::Fail(failures) = verdict
            && let Some(Failure::Build { lines, .. }) = failures.first()
        {
            let errors = compiler::messages(lines).into_iter().filter(|it| it.severity == Severity::Error);
            let others = errors.skip(1).filter(|error| error.own_place().is_some()).take(MOST - 1);
            commands.extend(others.map(|error| self.command("error", own(&error), &title, error.text)));
        }
        commands
    }

    /// Of a file that is part of the change; the line of a log is none that anybody sees there.
    fn explanation(&self, explanation: &Explanation) -> Option<String> {
        explanation.column?;
        let word = if explanation.weight == Weight::Wrong { "error" } else { "notice" };
        let place = Some((explanation.file.clone(), u32::try_from(explanation.line).ok()?));
        let lines: Vec<String> = explanation.why.iter().map(|line| ours(line)).collect();
        Some(self.command(word, place, &explanation.said, &lines.join("\n")))
    }

    /// A place that is not in the repository is not named: the text does.
    fn command(&self, word: &str, place: Option<(String, u32)>, title: &str, text: &str) -> String {
        let place = place.and_then(|(file, line)| Some((self.in_repository(&file)?, line)));
        let place = place.map(|(file, line)| format!("file={},line={line},", property(&file))).unwrap_or_default();
        format!("::{word} {place}title={}::{}", property(title), data(text))
    }

    fn in_repository(&self, file: &str) -> Option<String> {
        let mut path = PathBuf::new();
        for part in self.here.join(file).components() {
            match part {
                Component::ParentDir => drop(path.pop()),
                part => path.push(part),
            }
        }
        Some(path.strip_prefix(&self.repository).ok()?.display().to_string())
    }
}

fn own(message: &Message<'_>) -> Option<(String, u32)> {
    message.own_place().map(|(file, line)| (file.to_owned(), line))
}

/// A text as the runner reads it back.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, between commas and colons.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::judge::site::Site;
    use crate::judge::{Fault, FaultKind};

    #[expect(clippy::needless_pass_by_value, reason = "expectations are written where they are used")]
    fn check(events: &[Event], expected: Expect) {
        let mut annotations = Annotations {
            repository: "/home/me/repo".into(),
            here: "/home/me/repo/sub".into(),
            warned: BTreeSet::new(),
        };
        let lines: Vec<String> = events.iter().flat_map(|event| annotations.of(event)).collect();
        expected.assert_eq(&lines.into_iter().map(|line| line + "\n").collect::<String>());
    }

    fn outcome(verdict: Verdict) -> Event {
        Event::Outcome(Box::new(Outcome::new("toy", "6.1", verdict, "kept".into())))
    }

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn outcomes() {
        check(&[outcome(Verdict::Pass), outcome(Verdict::Skip(vec!["not here".to_owned()]))], expect![[""]]);
        let site = |file: &str| Site {
            function: "f".to_owned(),
            file: Some(file.to_owned()),
            line: Some(7),
            ..Site::default()
        };
        let crash = |file: &str| {
            outcome(Verdict::Crash(Fault {
                kind: FaultKind::Oops,
                title: "BUG: 100% wrong, at: x".to_owned(),
                during: Some("load toy".to_owned()),
                log: lines("BUG"),
                more: 0,
                sites: vec![site(file)],
                why: vec!["it is\r".to_owned()],
            }))
        };
        check(
            &[
                crash("/home/me/repo/sub/a,b:c.c"),
                crash("/home/me/a.c"),
                outcome(Verdict::Lost("QEMU\nis gone".to_owned())),
            ],
            expect![[r#"
                ::error file=sub/a%2Cb%3Ac.c,line=7,title=toy on 6.1%3A crash::BUG: 100%25 wrong, at: x (during `load toy`)%0Ain f, a,b:c.c:7%0Awhy: it is%0D
                ::error title=toy on 6.1%3A crash::BUG: 100%25 wrong, at: x (during `load toy`)%0Ain f, /home/me/a.c:7%0Awhy: it is%0D
                ::error title=toy on 6.1%3A lost::QEMU%0Ais gone
            "#]],
        );
    }

    #[test]
    fn builds() {
        let said = "a.c:3:1: error: one\n    3 | x\na.c:4:1: warning: two\n../b.c:5:1: error: three\n…/include/c.h:1: error: four";
        check(
            &[outcome(Verdict::Fail(vec![Failure::Build { lines: lines(said), why: lines("why\nhelp: so") }]))],
            expect![[r#"
                ::error file=sub/a.c,line=3,title=toy on 6.1%3A fail::it does not build: a.c:3:1: error: one%0Awhy: why%0Ahelp: so
                ::error file=b.c,line=5,title=toy on 6.1%3A fail::three
            "#]],
        );
        let warnings = [
            "a.c:3:1: warning: x",
            "    3 | y",
            "a.c:3:1: warning: x",
            "…/include/c.h:1: warning: z",
            "WARNING: modpost: m",
        ];
        let events = warnings.map(|line| Event::Diagnostic { line: line.to_owned() });
        check(
            &events,
            expect![[r#"
                ::warning file=sub/a.c,line=3,title=the build warns::x
                ::warning title=the build warns::z
                ::warning title=the build warns::m
            "#]],
        );
    }
}
