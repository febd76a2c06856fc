// SPDX-License-Identifier: MIT OR Apache-2.0
//! Outcomes as JUnit XML, in the form that CI viewers agree on (<https://github.com/testmoapp/junitxml>):
//! a suite for each kernel, a case for each driver.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::judge::Verdict;
use crate::outcome::Outcome;

/// The whole file.
pub(super) fn xml(outcomes: &[Outcome]) -> String {
    let mut suites: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        suites.entry(&outcome.kernel).or_default().push(outcome);
    }
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for (kernel, outcomes) in suites {
        let count = |wanted: &[&str]| outcomes.iter().filter(|it| wanted.contains(&it.verdict.word())).count();
        let time: u64 = outcomes.iter().map(|outcome| ms(outcome)).sum();
        line(
            &mut text,
            &format!(
                "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{}\">",
                escaped(kernel),
                outcomes.len(),
                count(&["fail", "crash", "hang"]),
                count(&["lost"]),
                count(&["skip"]),
                seconds(time)
            ),
        );
        outcomes.iter().for_each(|outcome| case(&mut text, outcome));
        line(&mut text, "  </testsuite>");
    }
    line(&mut text, "</testsuites>");
    text
}

fn case(text: &mut String, outcome: &Outcome) {
    let Outcome { driver, kernel, verdict, .. } = outcome;
    let head = format!(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{}\"",
        escaped(driver),
        escaped(kernel),
        seconds(ms(outcome))
    );
    let (tag, kind) = match verdict {
        Verdict::Pass => return line(text, &format!("{head}/>")),
        Verdict::Skip(reasons) => {
            let message = escaped(&reasons.join("; "));
            return line(text, &format!("{head}>\n      <skipped message=\"{message}\"/>\n    </testcase>"));
        }
        Verdict::Lost(_) => ("error", verdict.word()),
        Verdict::Fail(_) | Verdict::Crash(_) | Verdict::Hang(_) => ("failure", verdict.word()),
    };
    let message = escaped(&verdict.headline());
    let body = escaped(&verdict.details().join("\n"));
    line(text, &format!("{head}>\n      <{tag} type=\"{kind}\" message=\"{message}\">{body}</{tag}>\n    </testcase>"));
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
    use crate::judge::Failure;
    use crate::outcome::Ran;

    #[test]
    fn outcomes() {
        let of = |driver: &str, verdict: Verdict| Outcome {
            build_ms: Some(1200),
            ran: Some(Ran { steps: 2, ms: 34 }),
            ..Outcome::new(driver, "6.1.0-56-amd64", verdict, "kept".into())
        };
        let failure = Failure::Step {
            name: "says <hi>".to_owned(),
            reason: "did not print `\u{1b}[1m\"hi\" & so`".to_owned(),
            output: vec!["a\u{0}b".to_owned(), "c\td".to_owned()],
        };
        let outcomes = [
            of("good", Verdict::Pass),
            of("bad", Verdict::Fail(vec![failure])),
            of("elsewhere", Verdict::Skip(vec!["it needs CONFIG_X".to_owned()])),
            Outcome::new("gone", "7_9", Verdict::Lost("there is no kernel `7_9`".to_owned()), "kept".into()),
        ];
        expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites>
              <testsuite name="6.1.0-56-amd64" tests="3" failures="1" errors="0" skipped="1" time="3.702">
                <testcase classname="good" name="6.1.0-56-amd64" time="1.234"/>
                <testcase classname="bad" name="6.1.0-56-amd64" time="1.234">
                  <failure type="fail" message="says &lt;hi&gt;: did not print `�[1m&quot;hi&quot; &amp; so`">a�b&#10;c	d</failure>
                </testcase>
                <testcase classname="elsewhere" name="6.1.0-56-amd64" time="1.234">
                  <skipped message="it needs CONFIG_X"/>
                </testcase>
              </testsuite>
              <testsuite name="7_9" tests="1" failures="0" errors="1" skipped="0" time="0.000">
                <testcase classname="gone" name="7_9" time="0.000">
                  <error type="lost" message="there is no kernel `7_9`"></error>
                </testcase>
              </testsuite>
            </testsuites>
        "#]].assert_eq(&xml(&outcomes));
    }
}
