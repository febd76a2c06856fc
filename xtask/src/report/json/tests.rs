// SPDX-License-Identifier: MIT OR Apache-2.0
//! docs/json.md says what is printed, all of it and no more.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::*;
use crate::coverage::{Counts, Coverage, Source, Taken};
use crate::explain::nix::Weight;
use crate::judge::site::{Role, Site};
use crate::judge::{
    CaseResult, Failure, Fault, FaultKind, Judgement, Leftover, Place, Remark, TestCase, Verdict, Waiting,
};
use crate::outcome::{Outcome, Ran, Repeated};
use crate::report::Explanation;

const DOCUMENT: &str = include_str!("../../../../docs/json.md");

/// Names by section: of keys, as paths from the top of their object, or of words that a key may have.
type Names = BTreeMap<String, BTreeSet<String>>;

/// One of every event. A new one does not compile until it is here.
fn events() -> Vec<Event> {
    let text = || "text".to_owned();
    let mut events = vec![
        Event::Note { text: text() },
        Event::Command { line: text() },
        Event::Diagnostic { line: text() },
        Event::Answer { line: text() },
        Event::Table { columns: vec![text()], rows: vec![vec![text()]] },
        Event::Matrix { drivers: vec![text()], kernels: vec![text()], jobs: 1 },
        Event::Round { saved: vec![text()], doubt: Some(text()) },
        Event::RoundEnd { status: Some(0), ms: 1 },
        Event::Coverage(Box::new(coverage())),
        Event::Explanation(Box::new(Explanation {
            file: text(),
            line: 1,
            column: Some(1),
            name: "name",
            weight: Weight::Wrong,
            said: text(),
            why: vec![text()],
        })),
    ];
    events.extend(verdicts().into_iter().map(|verdict| {
        let ran = Some(Ran { steps: 2, ms: 3 });
        let repeated = Some(Repeated { passed: 1, runs: 2 });
        let judgement = Judgement { verdict, remarks: vec![Remark::new(text())], cases: cases() };
        Event::Outcome(Box::new(Outcome { ran, repeated, ..Outcome::new("toy", "6.1", judgement, "kept".into()) }))
    }));
    for event in &events {
        match event {
            Event::Note { .. } | Event::Command { .. } | Event::Diagnostic { .. } | Event::Answer { .. } => (),
            Event::Table { .. } | Event::Matrix { .. } | Event::Outcome(_) | Event::Explanation(_) => (),
            Event::Coverage(_) | Event::Round { .. } | Event::RoundEnd { .. } => (),
            Event::Progress { .. } | Event::Done { .. } | Event::Stage { .. } | Event::Shown(_) => {
                unreachable!("it is not printed")
            }
        }
    }
    events
}

fn coverage() -> Coverage {
    let source = Source { lines: [(1, 2)].into(), ..Source::default() };
    let counts = Taken::Counts(Counts([("/toy/toy.c".into(), source)].into()));
    let runs = vec![("toy@one".to_owned(), counts), ("toy@two".to_owned(), Taken::Missing("text".to_owned()))];
    Coverage::new("toy", "6.1", "6_1+coverage", runs)
}

/// One of every result that a case can have.
fn cases() -> Vec<TestCase> {
    use CaseResult::{Fail, Pass, Skip, Xfail, Xpass};
    let text = || "text".to_owned();
    let case = |result| TestCase { step: text(), name: text(), result, reason: text() };
    let cases: Vec<TestCase> = [Pass, Fail, Skip, Xfail, Xpass].map(case).into();
    for case in &cases {
        match case.result {
            Pass | Fail | Skip | Xfail | Xpass => (),
        }
    }
    cases
}

/// One of every verdict, failure and kind of fault.
fn verdicts() -> Vec<Verdict> {
    let text = || "text".to_owned();
    let failures = vec![
        Failure::Build { lines: Vec::new(), why: vec![text()] },
        Failure::Warnings { count: 1 },
        Failure::Load {
            module: text(),
            errno: text(),
            meaning: text(),
            log: Vec::new(),
            why: vec![text()],
            site: Some(Box::new(site())),
        },
        Failure::Unload { module: text(), errno: text(), meaning: text(), log: Vec::new(), why: vec![text()] },
        Failure::Step {
            name: text(),
            reason: text(),
            output: Vec::new(),
            log: vec![text()],
            late: true,
            sites: vec![site()],
        },
        Failure::Leftover { kind: Leftover::Proc, name: text(), meaning: text(), also: vec![text()] },
        Failure::Case {
            step: text(),
            name: text(),
            reason: text(),
            file: Some(text()),
            line: Some(1),
            output: Vec::new(),
        },
        Failure::MissingLogLine { text: text() },
        Failure::ForbiddenLogLine { text: text(), line: text() },
        Failure::SilencedConsole { during: text() },
    ];
    for failure in &failures {
        match failure {
            Failure::Build { .. } | Failure::Load { .. } | Failure::Unload { .. } | Failure::Step { .. } => (),
            Failure::Case { .. } | Failure::Leftover { .. } | Failure::SilencedConsole { .. } => (),
            Failure::Warnings { .. } | Failure::MissingLogLine { .. } | Failure::ForbiddenLogLine { .. } => (),
        }
    }
    let fault = |kind| Fault {
        kind,
        title: text(),
        during: None,
        log: Vec::new(),
        more: 1,
        sites: vec![site()],
        why: vec![text()],
    };
    let mut verdicts = vec![
        Verdict::Pass,
        Verdict::Skip(vec![text()]),
        Verdict::Fail(failures),
        Verdict::Hang(Place {
            during: None,
            deadline_s: 1,
            logged: 1,
            log: Vec::new(),
            sites: vec![site()],
            waiting: vec![Waiting { task: text(), sites: vec![site()] }],
            calls: vec![text()],
        }),
        Verdict::Lost(text()),
    ];
    verdicts.extend(kinds().into_iter().map(|kind| Verdict::Crash(fault(kind))));
    for verdict in &verdicts {
        match verdict {
            Verdict::Pass | Verdict::Skip(_) | Verdict::Fail(_) => (),
            Verdict::Crash(_) | Verdict::Hang(_) | Verdict::Lost(_) => (),
        }
    }
    verdicts
}

fn site() -> Site {
    let text = || "text".to_owned();
    Site {
        function: text(),
        module: text(),
        file: Some(text()),
        line: Some(1),
        inlined: true,
        of_kernel: true,
        role: Role::Freed,
        calls: true,
        lock: Some(text()),
        through: Some(text()),
        from: Some(text()),
        source: vec![(1, text())],
        why: Some(text()),
    }
}

fn kinds() -> Vec<FaultKind> {
    use FaultKind::{
        Bug, Corruption, HungTask, Lockdep, Lockup, Oops, OutOfMemory, Panic, RcuStall, Reset, Sanitizer, Taint, Warn,
    };
    let kinds = vec![
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
        Reset,
    ];
    for kind in &kinds {
        match kind {
            Oops | Panic | Warn | Bug | Sanitizer | Lockdep | Lockup | RcuStall => (),
            HungTask | Corruption | OutOfMemory | Taint | Reset => (),
        }
    }
    kinds
}

/// The names in a line that was printed.
fn names_of(mut line: Value, names: &mut Names) {
    let event = line["event"].as_str().expect("an event has a name").to_owned();
    let verdict = line["verdict"].clone();
    if let Some(word) = verdict["verdict"].as_str() {
        names.entry("verdict".to_owned()).or_default().insert(word.to_owned());
        if let Some(kind) = verdict["because"]["kind"].as_str() {
            names.entry("kind".to_owned()).or_default().insert(kind.to_owned());
        }
        // A place has the same keys wherever it stands, and a table of its own.
        for site in places(&mut line["verdict"]["because"]) {
            paths(&site, "", names.entry("sites".to_owned()).or_default());
        }
        let verdict = &line["verdict"];
        if matches!(word, "fail" | "crash" | "hang") {
            paths(&verdict["because"], "", names.entry(word.to_owned()).or_default());
        }
        line["verdict"]["because"] = json!(null);
        for case in line["cases"].as_array().into_iter().flatten() {
            let result = case["result"].as_str().expect("a case has a result").to_owned();
            names.entry("result".to_owned()).or_default().insert(result);
        }
    }
    paths(&line, "", names.entry(event).or_default());
}

/// Takes the places out of a value.
fn places(value: &mut Value) -> Vec<Value> {
    match value {
        Value::Object(object) => {
            let of_entry = |(key, value): (&String, &mut Value)| match key.as_str() {
                "site" | "sites" => vec![value.take()],
                _ => places(value),
            };
            object.iter_mut().flat_map(of_entry).collect()
        }
        Value::Array(values) => values.iter_mut().flat_map(places).collect(),
        _ => Vec::new(),
    }
}

fn paths(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let path = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
                paths(value, &path, found);
                found.insert(path);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| paths(value, at, found)),
        _ => (),
    }
}

/// What the document's tables have in their first column, by the heading above them.
fn documented() -> Names {
    let mut names = Names::new();
    let mut section = "";
    for line in DOCUMENT.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            section = heading.trim_matches('`');
        }
        if let Some(name) = line.strip_prefix("| `").and_then(|row| row.split('`').next()) {
            names.entry(section.to_owned()).or_default().insert(name.to_owned());
        }
    }
    names
}

/// The lines of the document's examples.
fn examples() -> Vec<Value> {
    let blocks = DOCUMENT.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
    let lines = blocks.flat_map(str::lines);
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|err| panic!("{line}: {err}"))).collect()
}

#[test]
fn every_key_is_documented() {
    let mut said = Names::new();
    names_of(serde_json::to_value(&START).expect("JSON"), &mut said);
    for event in events() {
        names_of(serde_json::to_value(&event).expect("JSON"), &mut said);
    }
    assert_eq!(documented(), said);
}

#[test]
fn examples_are_such_as_are_printed() {
    let examples = examples();
    assert_eq!(examples.first(), Some(&serde_json::to_value(&START).expect("JSON")));
    let documented = documented();
    let words: BTreeSet<&str> = examples.iter().filter_map(|line| line["verdict"]["verdict"].as_str()).collect();
    assert_eq!(words, BTreeSet::from(["crash", "pass"]), "an example for each of these");
    for example in examples {
        let mut names = Names::new();
        names_of(example.clone(), &mut names);
        for (section, names) in names {
            assert!(names.is_subset(&documented[&section]), "{section}: {names:?} in {example}");
        }
        if example["event"] == "outcome" {
            let keys: BTreeSet<&str> = example.as_object().expect("an object").keys().map(String::as_str).collect();
            let all = documented["outcome"].iter().map(String::as_str).filter(|path| !path.contains('.')).collect();
            assert_eq!(keys, all, "an outcome has all its keys, whatever the verdict");
        }
    }
}

#[test]
fn paths_that_are_no_utf8() {
    use std::os::unix::ffi::OsStrExt as _;
    let path = || std::ffi::OsStr::from_bytes(b"/a\xff").into();
    let outcome = Outcome { modules: vec![path()], ..Outcome::new("toy", "6.1", Verdict::Pass, path()) };
    let line = serde_json::to_value(Event::Outcome(Box::new(outcome))).expect("JSON");
    assert_eq!((&line["kept"], &line["modules"]), (&json!("/a\u{fffd}"), &json!(["/a\u{fffd}"])));
}
