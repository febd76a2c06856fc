// SPDX-License-Identifier: MIT OR Apache-2.0
//! The page's part about lines that have run: a table of the sources for each driver and kernel, and each source with its counts.

use std::fmt::Write as _;
use std::path::Path;

use super::text::escaped;
use crate::coverage::{Coverage, FileShare, Missing, Share, Source};

pub(super) fn all(coverages: &[Coverage]) -> String {
    coverages.iter().enumerate().map(|(number, coverage)| one(number, coverage)).collect()
}

fn one(number: usize, coverage: &Coverage) -> String {
    let Coverage { driver, kernel, lines, functions, files, missing, counts, .. } = coverage;
    let share = if files.is_empty() { "none were counted".to_owned() } else { lines.to_string() };
    let mut html = format!(
        "<section class=\"counted\">\n<h2>Lines of {} that have run on {}: {share}</h2>\n",
        escaped(driver),
        escaped(kernel)
    );
    for Missing { driver, why } in missing {
        let _ok = writeln!(html, "<p class=\"note\">without {}: {}</p>", escaped(driver), escaped(why));
    }
    if files.is_empty() {
        return html + "</section>\n";
    }
    html.push_str(
        "<div class=\"scroll\" role=\"region\" aria-label=\"Sources\" tabindex=\"0\">\n<table>\n<thead><tr><th scope=\"col\">source</th>\
         <th scope=\"col\">lines</th><th scope=\"col\">functions</th></tr></thead>\n<tbody>\n",
    );
    for (at, FileShare { file, lines, functions }) in files.iter().enumerate() {
        let name = format!("<a href=\"#n{number}s{at}\">{}</a>", shown(file));
        html.push_str(&row(&name, *lines, *functions));
    }
    if files.len() > 1 {
        html.push_str(&row("all", *lines, *functions));
    }
    html.push_str(
        "</tbody>\n</table>\n</div>\n<p class=\"note\"><span class=\"key idle\"></span> never run, <span class=\"key partly\"></span> run, \
         but never on to one of the places it leads to</p>\n",
    );
    for (at, (path, source)) in counts.0.iter().enumerate() {
        html.push_str(&listing(&format!("n{number}s{at}"), path, source));
    }
    html + "</section>\n"
}

/// The name is HTML.
fn row(name: &str, lines: Share, functions: Share) -> String {
    let Share { covered, all } = lines;
    let meter = format!("<meter min=\"0\" max=\"{all}\" value=\"{covered}\" aria-hidden=\"true\"></meter>");
    format!(
        "<tr><th scope=\"row\">{name}</th><td>{meter} {lines} ({covered} of {all})</td><td>{} of {}</td></tr>\n",
        functions.covered, functions.all
    )
}

/// A source with the counts of its lines before them.
fn listing(id: &str, path: &Path, source: &Source) -> String {
    let name = shown(path);
    if source.text.is_empty() {
        return format!("<p class=\"note\" id=\"{id}\">{name} has changed since, so it is not shown</p>\n");
    }
    let mut html = format!(
        "<details><summary>{name}</summary>\n<div class=\"log\" id=\"{id}\" role=\"region\" tabindex=\"0\" aria-label=\"{name}\"><pre>"
    );
    // What stands before the text has 16 columns, so that its tabs lead where they led.
    for (number, text) in (1..).zip(source.text.lines()) {
        let text = escaped(text);
        let _ok = match source.lines.get(&number) {
            None => writeln!(html, "<span><i>{number:>5} {:>8}</i>  {text}</span>", ""),
            Some(0) => writeln!(html, "<span class=\"idle\"><i>{number:>5}</i> <b>{:>8}</b>  {text}</span>", "never"),
            Some(count) if source.is_partial(number) => {
                writeln!(html, "<span class=\"partly\"><i>{number:>5}</i> <b>{count:>8}</b>  {text}</span>")
            }
            Some(count) => writeln!(html, "<span class=\"ran\"><i>{number:>5}</i> <b>{count:>8}</b>  {text}</span>"),
        };
    }
    html.push_str("</pre></div></details>\n");
    html
}

/// A path as short as it can be said where the person is.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    escaped(&path.strip_prefix(&here).unwrap_or(path).to_string_lossy())
}
