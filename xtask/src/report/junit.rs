// SPDX-License-Identifier: MIT OR Apache-2.0
//! Outcomes as JUnit XML, in the form that CI viewers agree on (<https://github.com/testmoapp/junitxml>):
//! a suite for each kernel, a case for each driver; and one for the workbench itself, if an error ended its work.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::told::Told;
use super::{body, sites};
use crate::judge::{CaseResult, Failure, TestCase, Verdict};
use crate::outcome::{Outcome, Repeated};

/// The whole file.
pub(super) fn xml(told: &Told) -> String {
    let Told { outcomes, error, .. } = told;
    let mut suites: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        suites.entry(&outcome.kernel).or_default().push(outcome);
    }
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    line(&mut text, &format!("<testsuites {}>", totals(&outcomes.iter().collect::<Vec<_>>(), error.is_some().into())));
    for (kernel, outcomes) in suites {
        line(&mut text, &format!("  <testsuite name=\"{}\" {}>", escaped(kernel), totals(&outcomes, 0)));
        for outcome in outcomes {
            case(&mut text, outcome);
            outcome.cases.iter().for_each(|it| inner(&mut text, outcome, it));
        }
        line(&mut text, "  </testsuite>");
    }
    if let Some(error) = error {
        line(&mut text, &format!("  <testsuite name=\"workbench\" {}>", totals(&[], 1)));
        line(&mut text, "    <testcase classname=\"workbench\" name=\"workbench\" time=\"0.000\">");
        line(&mut text, &format!("      <error type=\"error\" message=\"{}\"/>", escaped(error)));
        line(&mut text, "    </testcase>");
        line(&mut text, "  </testsuite>");
    }
    line(&mut text, "</testsuites>");
    text
}

/// Of these outcomes, and of errors besides.
fn totals(outcomes: &[&Outcome], errors: usize) -> String {
    let count = |wanted: &[&str]| outcomes.iter().filter(|it| wanted.contains(&it.verdict.word())).count();
    let inner =
        |wanted: CaseResult| outcomes.iter().flat_map(|it| &it.cases).filter(|case| case.result == wanted).count();
    let cases: usize = outcomes.iter().map(|outcome| outcome.cases.len()).sum();
    let time: u64 = outcomes.iter().map(|outcome| ms(outcome)).sum();
    format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{}\"",
        outcomes.len() + cases + errors,
        count(&["fail", "crash", "hang"]) + inner(CaseResult::Fail),
        count(&["lost"]) + errors,
        count(&["skip"]) + inner(CaseResult::Skip),
        seconds(time)
    )
}

fn case(text: &mut String, outcome: &Outcome) {
    let Outcome { driver, kernel, verdict, .. } = outcome;
    let head = format!(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{}\"",
        escaped(driver),
        escaped(kernel),
        seconds(ms(outcome))
    );
    let here = std::env::current_dir().unwrap_or_default();
    let place =
        sites::first(verdict, &here).map(|(file, line)| format!(" file=\"{}\" line=\"{line}\"", escaped(&file)));
    line(text, &format!("{head}{}>", place.unwrap_or_default()));
    properties(text, outcome);
    let message = escaped(&verdict.headline());
    let body = escaped(&body::text(verdict, &here).join("\n"));
    let kind = verdict.word();
    match verdict {
        Verdict::Pass => (),
        Verdict::Skip(reasons) => {
            line(text, &format!("      <skipped message=\"{}\"/>", escaped(&reasons.join("; "))));
        }
        Verdict::Lost(_) => line(text, &format!("      <error type=\"{kind}\" message=\"{message}\">{body}</error>")),
        Verdict::Fail(_) | Verdict::Crash(_) | Verdict::Hang(_) => {
            line(text, &format!("      <failure type=\"{kind}\" message=\"{message}\">{body}</failure>"));
        }
    }
    let remarks = remarks(outcome);
    if !remarks.is_empty() {
        line(text, &format!("      <system-out>{}</system-out>", escaped(&remarks.join("\n"))));
    }
    line(text, "    </testcase>");
}

/// A case of a test program, or of KUnit; its time is not known.
fn inner(text: &mut String, outcome: &Outcome, case: &TestCase) {
    let TestCase { step, name, result, reason } = case;
    let full = format!("{}: {step}: {name}", outcome.kernel);
    let head = format!("    <testcase classname=\"{}\" name=\"{}\"", escaped(&outcome.driver), escaped(&full));
    let body = match result {
        CaseResult::Pass | CaseResult::Xfail | CaseResult::Xpass => return line(text, &format!("{head}/>")),
        CaseResult::Skip => format!("<skipped message=\"{}\"/>", escaped(reason)),
        CaseResult::Fail => {
            let is_it = |failure: &&Failure| matches!(failure, Failure::Case { step: of, name: its, .. } if of == step && its == name);
            let failure = match &outcome.verdict {
                Verdict::Fail(failures) => failures.iter().find(is_it),
                _ => None,
            };
            let message = failure.map_or_else(|| reason.clone(), Failure::headline);
            let lines = failure.map(|failure| failure.lines().join("\n")).unwrap_or_default();
            format!("<failure type=\"case\" message=\"{}\">{}</failure>", escaped(&message), escaped(&lines))
        }
    };
    line(text, &format!("{head}>"));
    line(text, &format!("      {body}"));
    line(text, "    </testcase>");
}

/// What programs may want to know of a case. Viewers that do not know properties of cases pass over them.
fn properties(text: &mut String, outcome: &Outcome) {
    let repeated = outcome.repeated.map(|Repeated { passed, runs }| format!("{passed} of {runs} passed"));
    let properties = [("cached", outcome.cached.then(|| "true".to_owned())), ("repeated", repeated)];
    if properties.iter().all(|(_, value)| value.is_none()) {
        return;
    }
    line(text, "      <properties>");
    for (name, value) in properties {
        if let Some(value) = value {
            line(text, &format!("        <property name=\"{name}\" value=\"{value}\"/>"));
        }
    }
    line(text, "      </properties>");
}

/// The same for people, which every viewer shows as the case's output.
fn remarks(outcome: &Outcome) -> Vec<String> {
    let mut remarks = Vec::new();
    if outcome.cached {
        remarks.push("an earlier run's verdict: nothing has changed since".to_owned());
    }
    if let Some(Repeated { passed, runs }) = outcome.repeated {
        remarks.push(format!("passed {passed} of {runs} runs"));
    }
    remarks.extend(outcome.remarks.iter().map(|remark| format!("note: {}", remark.text)));
    if outcome.is_kept() {
        remarks.push(format!("kept in {}", outcome.kept.display()));
    }
    remarks
}

fn line(text: &mut String, line: &str) {
    // Writing to a String can't fail.
    let _ok = writeln!(text, "{line}");
}

fn ms(outcome: &Outcome) -> u64 {
    outcome.build_ms.unwrap_or(0) + outcome.ran.map_or(0, |ran| ran.ms)
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

/// Text for XML 1.0, which has no way to write most control characters (<https://www.w3.org/TR/xml/#charsets>), and a
/// kernel log may have any.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' => safe.push_str("&#10;"),
            '\t' => safe.push('\t'),
            c if c.is_control() || c == '\u{fffe}' || c == '\u{ffff}' => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::judge::Remark;
    use crate::outcome::{Ran, Repeated};

    #[test]
    fn outcomes() {
        let of = |driver: &str, verdict: Verdict| Outcome {
            build_ms: Some(1200),
            ran: Some(Ran { steps: 2, ms: 34 }),
            ..Outcome::new(driver, "6.1.0-56-amd64", verdict, "kept".into())
        };
        let failure = Failure::Step {
            late: false,
            sites: Vec::new(),
            name: "says <hi>".to_owned(),
            reason: "did not print `\u{1b}[1m\"hi\" & so`".to_owned(),
            output: vec!["a\u{0}b".to_owned(), "c\td".to_owned()],
            log: Vec::new(),
        };
        let outcomes = vec![
            of("good", Verdict::Pass),
            of("bad", Verdict::Fail(vec![failure])),
            Outcome { kept: "".into(), ..of("elsewhere", Verdict::Skip(vec!["it needs CONFIG_X".to_owned()])) },
            Outcome { cached: true, remarks: vec![Remark::new("<W> was set")], ..of("known", Verdict::Pass) },
            Outcome {
                repeated: Some(Repeated { passed: 2, runs: 3 }),
                ..of("shaky", Verdict::Fail(vec![Failure::MissingLogLine { text: "x".to_owned() }]))
            },
            Outcome::new("gone", "7_9", Verdict::Lost("there is no kernel `7_9`".to_owned()), "".into()),
        ];
        expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites tests="6" failures="2" errors="1" skipped="1" time="6.170">
              <testsuite name="6.1.0-56-amd64" tests="5" failures="2" errors="0" skipped="1" time="6.170">
                <testcase classname="good" name="6.1.0-56-amd64" time="1.234">
                  <system-out>kept in kept</system-out>
                </testcase>
                <testcase classname="bad" name="6.1.0-56-amd64" time="1.234">
                  <failure type="fail" message="says &lt;hi&gt;: did not print `�[1m&quot;hi&quot; &amp; so`">it printed:&#10;a�b&#10;c	d</failure>
                  <system-out>kept in kept</system-out>
                </testcase>
                <testcase classname="elsewhere" name="6.1.0-56-amd64" time="1.234">
                  <skipped message="it needs CONFIG_X"/>
                </testcase>
                <testcase classname="known" name="6.1.0-56-amd64" time="1.234">
                  <properties>
                    <property name="cached" value="true"/>
                  </properties>
                  <system-out>an earlier run's verdict: nothing has changed since&#10;note: &lt;W&gt; was set&#10;kept in kept</system-out>
                </testcase>
                <testcase classname="shaky" name="6.1.0-56-amd64" time="1.234">
                  <properties>
                    <property name="repeated" value="2 of 3 passed"/>
                  </properties>
                  <failure type="fail" message="no line of the kernel log contains `x`"></failure>
                  <system-out>passed 2 of 3 runs&#10;kept in kept</system-out>
                </testcase>
              </testsuite>
              <testsuite name="7_9" tests="1" failures="0" errors="1" skipped="0" time="0.000">
                <testcase classname="gone" name="7_9" time="0.000">
                  <error type="lost" message="there is no kernel `7_9`"></error>
                </testcase>
              </testsuite>
            </testsuites>
        "#]].assert_eq(&xml(&Told { outcomes, ..Told::default() }));
    }

    #[test]
    fn an_error() {
        let told = Told { error: Some("there is no kernel `<7_9>`".to_owned()), ..Told::default() };
        expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites tests="1" failures="0" errors="1" skipped="0" time="0.000">
              <testsuite name="workbench" tests="1" failures="0" errors="1" skipped="0" time="0.000">
                <testcase classname="workbench" name="workbench" time="0.000">
                  <error type="error" message="there is no kernel `&lt;7_9&gt;`"/>
                </testcase>
              </testsuite>
            </testsuites>
        "#]]
        .assert_eq(&xml(&told));
    }
}
