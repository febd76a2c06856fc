// SPDX-License-Identifier: MIT OR Apache-2.0
//! Outcomes as one HTML file that needs nothing else: a table, each verdict with the part of the log that led to it, and
//! when what was done. What logs, drivers and kernels are called and say is text here, never HTML.

mod cell;
mod counted;
mod excerpt;
mod facts;
mod section;
mod table;
mod text;
mod times;

use self::cell::Cell;
use self::facts::Facts;
use self::text::{escaped, filled};
use super::Told;

/// The whole page; the logs are read from where the outcomes say that they are kept.
pub(super) fn html(told: &Told) -> String {
    page(told, &Facts::find(&cell::accels(&told.outcomes)))
}

fn page(told: &Told, facts: &Facts) -> String {
    let cells = Cell::all(told);
    let totals = told.totals();
    let sections: String = section::worst_first(&cells).into_iter().map(section::section).collect();
    // Runs that were judged again were not begun now, and a job of its own has nothing to be compared with.
    let times = if told.drivers.is_empty() { String::new() } else { times::picture(&cells) };
    let parts = [
        ("css", include_str!("page.css")),
        ("js", include_str!("page.js")),
        ("totals", &escaped(&totals)),
        ("facts", &facts.html()),
        ("error", &told.error.as_deref().map(error).unwrap_or_default()),
        ("choices", &choices(&cells)),
        ("table", &table::table(&cells)),
        ("times", &times),
        ("counted", &counted::all(&told.coverages)),
        ("sections", &sections),
    ];
    filled(include_str!("page.html"), &parts)
}

/// What ended the work, which no cell has.
fn error(error: &str) -> String {
    format!("<p class=\"error\"><span class=\"verdict lost\">error</span> {}</p>\n", escaped(error))
}

/// A box to tick for each verdict that there is.
fn choices(cells: &[Cell]) -> String {
    let choice = |word: &&str| {
        let count = cells.iter().filter(|cell| cell.outcome.verdict.word() == *word).count();
        let label = format!("<input type=\"checkbox\" name=\"verdict\" value=\"{word}\"> {count} {word}");
        (count > 0).then(|| format!("<label class=\"choice {word}\">{label}</label>\n"))
    };
    super::WORDS.iter().filter_map(choice).collect()
}

#[cfg(test)]
mod tests;
