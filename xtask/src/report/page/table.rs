// SPDX-License-Identifier: MIT OR Apache-2.0
//! The page's table: a row for each kernel, a column for each driver, or the other way about.

use super::super::lines::seconds;
use super::cell::Cell;
use super::text::escaped;
use crate::outcome::{Outcome, Repeated};

/// The table, in a box that it can be wider than; `cells` are in their order.
pub(super) fn table(cells: &[Cell]) -> String {
    if cells.is_empty() {
        return String::new();
    }
    let drivers = names(cells.iter().map(|cell| &cell.outcome.driver));
    let kernels = names(cells.iter().map(|cell| &cell.outcome.asked));
    let here = |name: &str, kernel: &str| {
        let here = cells.iter().filter(|cell| cell.outcome.driver == name && cell.outcome.asked == kernel);
        format!("<td>{}</td>", here.map(entry).collect::<String>())
    };
    let shown = |asked: &&String| kernel(cells.iter().filter(|cell| cell.outcome.asked == **asked));
    let mut html =
        "<div class=\"scroll\" role=\"region\" aria-label=\"Verdicts\" tabindex=\"0\">\n<table>\n".to_owned();
    // What there is more of goes down the page.
    if drivers.len() > kernels.len() {
        html.push_str(&head("driver", kernels.iter().map(shown)));
        for driver in &drivers {
            html.push_str(&row(&escaped(driver), kernels.iter().map(|kernel| here(driver, kernel))));
        }
    } else {
        html.push_str(&head("kernel", drivers.iter().map(|driver| escaped(driver))));
        for kernel in &kernels {
            html.push_str(&row(&shown(kernel), drivers.iter().map(|driver| here(driver, kernel))));
        }
    }
    html.push_str("</tbody>\n</table>\n</div>\n");
    html
}

/// Each name once, in the order of the first of each.
fn names<'a>(all: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
    let mut names = Vec::new();
    for name in all {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn head(what: &str, columns: impl Iterator<Item = String>) -> String {
    let columns: String = columns.map(|column| format!("<th scope=\"col\">{column}</th>")).collect();
    format!("<thead><tr><th scope=\"col\">{what}</th>{columns}</tr></thead>\n<tbody>\n")
}

fn row(name: &str, cells: impl Iterator<Item = String>) -> String {
    format!("<tr><th scope=\"row\">{name}</th>{}</tr>\n", cells.collect::<String>())
}

/// The name that was asked for, and the release that it turned out to be.
fn kernel<'a>(cells: impl Iterator<Item = &'a Cell>) -> String {
    let outcomes: Vec<&Outcome> = cells.map(|cell| &cell.outcome).collect();
    let Some(asked) = outcomes.first().map(|outcome| &outcome.asked) else { return String::new() };
    match outcomes.iter().map(|outcome| &outcome.kernel).find(|kernel| *kernel != asked) {
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
