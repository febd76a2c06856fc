// SPDX-License-Identifier: MIT OR Apache-2.0
//! The page's section about one outcome: what was wrong, and the part of the log that shows it.

use std::fmt::Write as _;

use super::super::body::{Kind, body};
use super::super::lines::seconds;
use super::cell::{Cell, Log};
use super::excerpt::Piece;
use super::text::escaped;
use crate::judge::Verdict;
use crate::outcome::{Outcome, Repeated};

/// The cells in the order in which a person wants to read of them.
pub(super) fn worst_first(cells: &[Cell]) -> Vec<&Cell> {
    let mut cells: Vec<&Cell> = cells.iter().collect();
    cells.sort_by_key(|cell| match cell.outcome.verdict {
        Verdict::Crash(_) | Verdict::Fail(_) | Verdict::Hang(_) => 0,
        Verdict::Lost(_) => 1,
        Verdict::Skip(_) => 2,
        Verdict::Pass => 3,
    });
    cells
}

pub(super) fn section(cell: &Cell) -> String {
    let outcome = &cell.outcome;
    let verdict = &outcome.verdict;
    let word = verdict.word();
    let (driver, headline) = (escaped(&outcome.driver), escaped(&verdict.headline()));
    let searched =
        [&outcome.driver, &outcome.asked, &outcome.kernel, word, &verdict.headline()].join(" ").to_lowercase();
    let mut html = format!(
        "<section class=\"cell\" id=\"c{0}\" data-cell=\"{0}\" data-verdict=\"{word}\" data-text=\"{1}\">\n\
         <h2><span class=\"verdict {word}\">{word}</span> {driver} on {2}</h2>\n<p class=\"headline\">{headline}</p>\n",
        cell.number,
        escaped(&searched),
        escaped(&outcome.kernel),
    );
    html.push_str(&explanation(verdict));
    html.push_str(&cases(outcome));
    for remark in &outcome.remarks {
        let _ok = writeln!(html, "<p class=\"note\">note: {}</p>", escaped(&remark.text));
        if !remark.log.is_empty() {
            let (count, log) = (remark.log.len(), escaped(&remark.log.join("\n")));
            let lines = if count == 1 { "line" } else { "lines" };
            let _ok = writeln!(
                html,
                "<details><summary>{count} {lines}</summary>\n<pre class=\"details\">{log}</pre></details>"
            );
        }
    }
    let remarks = remarks(cell);
    if !remarks.is_empty() {
        let _ok = writeln!(html, "<p class=\"remarks\">{}</p>", escaped(&remarks.join(" · ")));
    }
    if let Some(found) = &cell.log {
        html.push_str(&log(cell, found));
    }
    if outcome.is_kept() {
        let _ok =
            writeln!(html, "<p class=\"kept\">kept in <code>{}</code></p>", escaped(&outcome.kept.to_string_lossy()));
    }
    html.push_str("</section>\n");
    html
}

/// Where it is, why, what mends it, and what others said: each kind of lines in its own form.
fn explanation(verdict: &Verdict) -> String {
    let mut html = String::new();
    let lines = body(verdict, &std::env::current_dir().unwrap_or_default());
    for alike in lines.chunk_by(|one, other| form(one.kind) == form(other.kind)) {
        let (element, class) = form(alike[0].kind);
        let text = alike.iter().map(|line| match line.kind {
            Kind::Marked => format!("<mark>{}</mark>", escaped(&line.text)),
            _ => escaped(&line.text),
        });
        if element == "pre" {
            let text: Vec<String> = text.collect();
            let _ok = writeln!(html, "<pre class=\"{class}\" tabindex=\"0\">{}</pre>", text.join("\n"));
        } else {
            text.for_each(|text| {
                let _ok = writeln!(html, "<p class=\"{class}\">{text}</p>");
            });
        }
    }
    html
}

/// The element that shows such lines, and its class.
fn form(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Source | Kind::Marked => ("pre", "source"),
        Kind::Said => ("pre", "details"),
        Kind::Headline => ("p", "headline"),
        Kind::Place => ("p", "place"),
        Kind::Caller => ("p", "caller"),
        Kind::Why => ("p", "why"),
        Kind::Help => ("p", "help"),
        Kind::About | Kind::Note | Kind::Kept => ("p", "note"),
    }
}

/// The cases of its test programs, and of KUnit.
fn cases(outcome: &Outcome) -> String {
    let Some(count) = outcome.counted_cases() else { return String::new() };
    let mut html = format!("<details class=\"cases\"><summary>{}</summary>\n<ul>\n", escaped(&count));
    for case in &outcome.cases {
        let reason = if case.reason.is_empty() { String::new() } else { format!(": {}", case.reason) };
        let text = format!("{}: {}{reason}", case.step, case.name);
        let _ok = writeln!(html, "<li>{} {}</li>", case.result.word(), escaped(&text));
    }
    html.push_str("</ul></details>\n");
    html
}

fn remarks(cell: &Cell) -> Vec<String> {
    let outcome = &cell.outcome;
    let mut remarks = Vec::new();
    if outcome.asked != outcome.kernel {
        remarks.push(format!("asked for as {}", outcome.asked));
    }
    if outcome.cached {
        remarks.push("cached: nothing has changed since this run".to_owned());
    }
    remarks.extend(outcome.build_ms.map(|ms| format!("build {}", seconds(ms))));
    remarks.extend(outcome.ran.map(|ran| format!("machine {}, {} steps", seconds(ran.ms), ran.steps)));
    remarks.extend(outcome.repeated.map(|Repeated { passed, runs }| format!("passed {passed} of {runs} runs")));
    match outcome.warnings {
        0 => (),
        1 => remarks.push("1 warning".to_owned()),
        warnings => remarks.push(format!("{warnings} warnings")),
    }
    remarks
}

/// The log, opened where somebody wants to read it, with an anchor at the line that decided.
fn log(cell: &Cell, log: &Log) -> String {
    let number = cell.number;
    let name = escaped(&log.path.file_name().unwrap_or_default().to_string_lossy());
    // What was said above is mostly enough, and a page of many verdicts is read for that.
    let open = if matches!(cell.outcome.verdict, Verdict::Hang(_) | Verdict::Lost(_)) { " open" } else { "" };
    let jump = if log.excerpt.decided() {
        format!("<p class=\"note\"><a href=\"#why{number}\">show the line in the log</a></p>\n")
    } else {
        String::new()
    };
    let mut html = format!(
        "{jump}<details{open}><summary>{name}, {} lines</summary>\n\
         <div class=\"log\" role=\"region\" tabindex=\"0\" aria-label=\"{name} of {} on {}\"><pre>",
        log.excerpt.lines,
        escaped(&cell.outcome.driver),
        escaped(&cell.outcome.kernel),
    );
    let mut anchor = format!(" id=\"why{number}\"");
    for piece in &log.excerpt.pieces {
        let _ok = match piece {
            Piece::Line { text, decided: false } => writeln!(html, "{}", escaped(text)),
            Piece::Line { text, decided: true } => {
                writeln!(html, "<mark{}>{}</mark>", std::mem::take(&mut anchor), escaped(text))
            }
            Piece::LeftOut(count) => writeln!(html, "<i>{count} lines are not shown</i>"),
        };
    }
    html.push_str("</pre></div></details>\n");
    html
}
