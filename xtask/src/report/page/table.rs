// SPDX-License-Identifier: MIT OR Apache-2.0
//! The page's table: a row for each kernel, a column for each driver.

use std::fmt::Write as _;

use super::super::lines::seconds;
use super::cell::Cell;
use super::text::escaped;
use crate::outcome::Repeated;

/// The table, in a box that it can be wider than; `cells` are in the order of its rows.
pub(super) fn table(cells: &[Cell]) -> String {
    if cells.is_empty() {
        return String::new();
    }
    let mut drivers: Vec<&str> = Vec::new();
    for cell in cells {
        if !drivers.contains(&cell.outcome.driver.as_str()) {
            drivers.push(&cell.outcome.driver);
        }
    }
    let mut html = "<div class=\"scroll\" role=\"region\" aria-label=\"Verdicts\" tabindex=\"0\">\n<table>\n<thead><tr><th scope=\"col\">kernel</th>".to_owned();
    for driver in &drivers {
        let _ok = write!(html, "<th scope=\"col\">{}</th>", escaped(driver));
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for row in cells.chunk_by(|one, other| one.outcome.asked == other.outcome.asked) {
        let _ok = write!(html, "<tr><th scope=\"row\">{}</th>", kernel(row));
        for driver in &drivers {
            let here = row.iter().filter(|cell| cell.outcome.driver == *driver);
            let _ok = write!(html, "<td>{}</td>", here.map(entry).collect::<String>());
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody>\n</table>\n</div>\n");
    html
}

/// The name that was asked for, and the release that it turned out to be.
fn kernel(row: &[Cell]) -> String {
    let Some(asked) = row.first().map(|cell| &cell.outcome.asked) else { return String::new() };
    match row.iter().map(|cell| &cell.outcome.kernel).find(|kernel| *kernel != asked) {
        Some(release) => format!("{} <small>{}</small>", escaped(asked), escaped(release)),
        None => escaped(asked),
    }
}

fn entry(cell: &Cell) -> String {
    let outcome = &cell.outcome;
    let word = outcome.verdict.word();
    let remark = match (outcome.cached, outcome.repeated, outcome.ran) {
        (true, _, _) => "cached".to_owned(),
        (_, Some(Repeated { passed, runs }), _) => format!("{passed} of {runs} runs"),
        (_, None, Some(ran)) => seconds(ran.ms),
        (_, None, None) => outcome.build_ms.map(seconds).unwrap_or_default(),
    };
    let link = format!("<a class=\"verdict {word}\" href=\"#c{}\">{word}</a>", cell.number);
    format!("<div class=\"entry\" data-cell=\"{}\">{link}<small>{remark}</small></div>", cell.number)
}
