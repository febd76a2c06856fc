// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names that the compiler doesn't know, or knows otherwise: in which of the kernels at hand they are declared, and how.

use super::c::declared::{Declared, What};
use super::c::members::Member;
use super::complaint::Unknown;
use super::facts::{Facts, is_seen, options_in_the_way};
use super::renames::{Change, Row, row, row_to};
use super::shelf::Known;
use super::words::{grouped, labels, list, needs};

/// A name of which the compiler knows nothing.
pub(super) fn unknown(facts: &Facts<'_>, name: &str, what: Unknown) -> Vec<String> {
    let name = name.strip_prefix("struct ").or_else(|| name.strip_prefix("union ")).unwrap_or(name);
    let own = facts.shelf.own();
    let Some(place) = facts.any(own, name) else { return absent(facts, name, what) };
    if !is_seen(own, &place.declared.guards) {
        let options = options_in_the_way(own, &place.declared.guards);
        return hidden(&format!("`{name}` is declared in {}", place.file), &options, own);
    }
    let header = include_path(&place.file);
    if facts.sources.includes(&header) {
        return vec![format!("`{name}` is in {} of {}: `{}`", place.file, own.label, place.declared.text)];
    }
    vec![
        format!("`{name}` is declared in {} of {}, which nothing includes here", place.file, own.label),
        format!("help: add `#include <{header}>`"),
    ]
}

/// What an option keeps away.
pub(super) fn hidden(what: &str, options: &[String], own: &Known) -> Vec<String> {
    let needed: Vec<String> = options.iter().filter(|option| own.has(option) == Some(false)).cloned().collect();
    if needed.is_empty() {
        return vec![format!("{what} where {} is off, and {} has it", list(options), own.release)];
    }
    vec![
        format!("{what} for kernels with {}, which {} has not", list(&needed), own.release),
        format!("help: leave such kernels out with {}, or write an #ifdef", needs(&needed)),
    ]
}

/// A name that this kernel's headers don't have.
fn absent(facts: &Facts<'_>, name: &str, what: Unknown) -> Vec<String> {
    let kernels = &facts.shelf.kernels;
    let own = facts.shelf.own();
    let having: Vec<&Known> = kernels.iter().filter(|known| facts.any(known, name).is_some()).collect();
    let mut said = Vec::new();
    if having.is_empty() {
        if row(name).is_none() && row_to(name).is_none() {
            let what = match what {
                Unknown::Function => "no function or macro",
                Unknown::Name => "no",
                Unknown::Type => "no type",
            };
            let all: Vec<&Known> = kernels.iter().collect();
            said.push(format!("the headers of {} declare {what} `{name}`", labels(&all)));
            said.extend(of_libc(name).map(|instead| format!("help: it is libc's; the kernel has {instead}")));
            return said;
        }
        said.push(format!("`{name}` is in none of the kernels at hand"));
    } else {
        let places = grouped(having.iter().copied(), |known| facts.any(known, name).map_or("", |place| &place.file));
        let places: Vec<String> = places.iter().map(|(file, of)| format!("{file} of {}", labels(of))).collect();
        said.push(format!("`{name}` is declared in {}, and not in {}", list(&places), not_in(facts, &having)));
    }
    if let Some(row) = row(name).filter(|row| row.change != Change::Header) {
        said.push(advice(facts, row));
        said.extend(
            probe_for(facts, if row.now.is_empty() { name } else { row.now }).or_else(|| probe_for(facts, name)),
        );
    } else if let Some(row) = row_to(name).filter(|row| facts.any(own, row.was).is_some()) {
        let since = row.since.map(|since| format!(" before {since}")).unwrap_or_default();
        said.push(format!("help: in {}, as in upstream{since}, `{}` is what there is", own.label, row.was));
        said.extend(probe_for(facts, name));
    } else {
        said.extend(probe_for(facts, name));
    }
    said
}

fn not_in(facts: &Facts<'_>, having: &[&Known]) -> String {
    let is_one = |known: &Known| having.iter().any(|it| it.release == known.release);
    let others: Vec<&Known> = facts.shelf.kernels.iter().filter(|known| !is_one(known)).collect();
    labels(&others)
}

/// What a row of the table says.
pub(super) fn advice(facts: &Facts<'_>, row: &Row) -> String {
    let since = row.since.map_or_else(String::new, |since| format!("since upstream's {since} "));
    let more = |before: &str| if row.what.is_empty() { String::new() } else { format!("{before}{}", row.what) };
    if row.now.is_empty() {
        return format!("help: {since}{}", more(""));
    }
    let now = facts.place(facts.shelf.own(), row.now, |what| what != What::Type);
    let text = now.map(|place| format!(": `{}`", place.declared.text)).unwrap_or_default();
    format!("help: {since}`{}` takes its place{}{text}", row.now, more(", "))
}

/// How a driver for several kernels finds out whether one has a name; None when that can't be told for sure.
fn probe_for(facts: &Facts<'_>, name: &str) -> Option<String> {
    let of = |known: &Known| facts.any(known, name);
    let places: Vec<_> = facts.shelf.kernels.iter().filter_map(of).collect();
    let first = places.last()?;
    if places.len() == facts.shelf.kernels.len() {
        return None;
    }
    if places.iter().all(|place| place.declared.what == What::Macro) {
        return Some(format!(
            "help: for kernels of both kinds: `#ifdef {name}`, which is right wherever it was backported to"
        ));
    }
    let word = format!("{name}(");
    let text = if first.declared.what == What::Function { &word } else { name };
    let is_sure = facts.tells_apart(text, &first.file, |known| of(known).is_some());
    is_sure.then(|| probe(text, &first.file, name))
}

/// A line for Kbuild; Debian's headers have no sources, and a program of the shell is all that is needed.
fn probe(text: &str, file: &str, name: &str) -> String {
    let word: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    // make counts the parentheses of `$(shell ...)`, also in quotes.
    let is_whole = text.matches('(').count() == text.matches(')').count();
    let text = if is_whole { text.to_owned() } else { text.replace(['(', ')', '*', '[', ']'], ".") };
    let flags = if is_whole { "-qF" } else { "-q" };
    format!(
        "help: for kernels of both kinds probe, since distributions port changes back and versions then mislead; in Kbuild: \
         `ccflags-y += $(shell grep {flags} '{text}' $(srctree)/{file} && echo -DHAVE_{word})`"
    )
}

/// A call that doesn't fit, or whose result is used.
pub(super) fn call(facts: &Facts<'_>, function: &str) -> Vec<String> {
    let is_call = |what| matches!(what, What::Function | What::Macro);
    let own = facts.shelf.own();
    let Some(place) = facts.place(own, function, is_call) else { return Vec::new() };
    let having = facts.shelf.kernels.iter().filter(|known| facts.place(known, function, is_call).is_some());
    let shape = |known| facts.place(known, function, is_call).map_or("", |place| &place.declared.shape);
    let groups = grouped(having, shape);
    let text =
        |known: &Known| facts.place(known, function, is_call).map_or("", |place| &place.declared.text).to_owned();
    let mut said = Vec::new();
    if groups.len() == 1 {
        said.push(format!("in {} of {}: `{}`", place.file, own.label, place.declared.text));
        return said;
    }
    let forms: Vec<String> = groups.iter().map(|(_, of)| format!("`{}` in {}", text(of[0]), labels(of))).collect();
    said.push(format!("{function} has changed: it is {}", list(&forms)));
    said.extend(row(function).map(|row| advice(facts, row)));
    let is_own = |known: &Known| groups.iter().any(|(_, of)| has(of, own) && has(of, known));
    said.extend(probe_of_text(facts, &place.file, &texts_of(&place.declared), function, is_own));
    said
}

fn has(kernels: &[&Known], known: &Known) -> bool {
    kernels.iter().any(|it| it.release == known.release)
}

/// What a declaration may look like in its header, the shortest first.
fn texts_of(declared: &Declared) -> Vec<String> {
    let call = declared.text.find(&format!("{}(", declared.name)).map(|at| &declared.text[at..]);
    let Some(call) = call else { return Vec::new() };
    let ends = call.match_indices([',', ')', ' ']).map(|(at, _)| call[..=at].trim_end().to_owned());
    ends.take(6).collect()
}

/// The probe by the first of these texts that is in the header of just the kernels that are like this one.
fn probe_of_text(
    facts: &Facts<'_>,
    file: &str,
    texts: &[String],
    name: &str,
    is_own: impl Fn(&Known) -> bool,
) -> Option<String> {
    let fit = |text: &&String| !text.contains('\'') && facts.tells_apart(text, file, &is_own);
    texts.iter().find(fit).map(|text| probe(text, file, &format!("NEW_{name}")))
}

/// A structure's member that is missing, or is of another type.
pub(super) fn member(facts: &Facts<'_>, of: &str, member: &str) -> Vec<String> {
    let tag = of.rsplit(' ').next().unwrap_or(of);
    let own = facts.shelf.own();
    let is_type = |what| what == What::Type;
    let find = |known| -> Option<&Member> {
        let place = facts.place(known, tag, is_type)?;
        place.declared.members.iter().find(|it| it.name == member)
    };
    let Some(place) = facts.place(own, tag, is_type) else {
        return Vec::new();
    };
    if let Some(found) = find(own)
        && !is_seen(own, &found.guards)
    {
        let options = options_in_the_way(own, &found.guards);
        return hidden(&format!("`{of}` has a member `{member}`"), &options, own);
    }
    let having = facts.shelf.kernels.iter().filter(|known| facts.place(known, tag, is_type).is_some());
    let groups = grouped(having, |known| find(known).map(|it| it.text.as_str()));
    let mut said = Vec::new();
    let change = row(&format!("{tag}.{member}"));
    match groups.as_slice() {
        [(None, of_these)] => {
            said.push(format!("`{of}` has no member `{member}` in any of {} ({})", labels(of_these), place.file));
        }
        [(Some(text), of_these)] => said.push(format!("`{of}` has `{text}` in {} ({})", labels(of_these), place.file)),
        groups => {
            let forms: Vec<String> = groups
                .iter()
                .map(|(text, of)| match text {
                    Some(text) => format!("`{text}` in {}", labels(of)),
                    None => format!("no `{member}` in {}", labels(of)),
                })
                .collect();
            said.push(format!("`{of}` has {} ({})", list(&forms), place.file));
        }
    }
    said.extend(change.map(|row| advice(facts, row)));
    if groups.len() > 1 {
        let is_own = |known: &Known| groups.iter().any(|(_, of)| has(of, own) && has(of, known));
        let lacks = find(own).is_none();
        let texts: Vec<String> = groups
            .iter()
            .filter(|(_, of)| lacks != has(of, own))
            .filter_map(|(text, _)| text.map(str::to_owned))
            .flat_map(|text| [format!("(*{member})("), format!(" {member};"), text])
            .collect();
        let name = format!("{tag}_{member}");
        let found = texts.iter().find(|text| facts.tells_apart(text, &place.file, |known| is_own(known) != lacks));
        let name = if lacks { name } else { format!("NEW_{name}") };
        said.extend(found.map(|text| probe(text, &place.file, &name)));
    }
    said
}

/// An initializer or an assignment of a pointer to something else.
pub(super) fn pointer(facts: &Facts<'_>, place: Option<&str>, wants: &str, has: &str) -> Vec<String> {
    let found = place.and_then(|place| {
        let (object, name) = place.rsplit_once('.')?;
        let object = object.rsplit(['.', ' ']).next()?.split('[').next()?;
        let said = member(facts, &format!("struct {}", facts.sources.structure_of(object)?), name);
        (!said.is_empty()).then_some(said)
    });
    found.unwrap_or_else(|| vec![format!("this kernel wants `{wants}`, and the driver gives `{has}`")])
}

/// The driver declares what the kernel does, too.
pub(super) fn declared(facts: &Facts<'_>, name: &str) -> Vec<String> {
    let own = facts.shelf.own();
    let Some(place) = facts.any(own, name) else { return Vec::new() };
    let mut said = vec![format!("{} of {} has it too: `{}`", place.file, own.label, place.declared.text)];
    let lacking: Vec<&Known> = facts.shelf.kernels.iter().filter(|known| facts.any(known, name).is_none()).collect();
    if lacking.is_empty() {
        said.push(format!("help: leave the driver's own `{name}` out, or give it another name"));
    } else {
        said[0] = format!("{}; it is not in {}", said[0], labels(&lacking));
        said.push(format!("help: leave the driver's own `{name}` out where the kernel has one"));
        said.extend(probe_for(facts, name));
    }
    said
}

/// What is written as `#include <…>`.
fn include_path(file: &str) -> String {
    let tails = ["include/uapi/", "arch/x86/include/uapi/", "arch/x86/include/", "include/"];
    let tail = tails.iter().find_map(|head| file.strip_prefix(head)).unwrap_or(file);
    tail.strip_prefix("asm-generic/").map_or_else(|| tail.to_owned(), |rest| format!("asm/{rest}"))
}

/// What the kernel has in place of a function of libc.
fn of_libc(name: &str) -> Option<&'static str> {
    Some(match name {
        "printf" | "fprintf" | "puts" => "pr_info() and its like",
        "malloc" | "calloc" | "realloc" => "kmalloc(), kzalloc() and krealloc()",
        "free" => "kfree()",
        "sleep" | "usleep" | "nanosleep" => "msleep(), usleep_range() and fsleep()",
        "exit" | "abort" => "errors that are returned",
        "atoi" | "strtol" | "strtoul" => "kstrtoint() and its like",
        "time" | "gettimeofday" => "ktime_get_real_seconds() and ktime_get_real_ts64()",
        "open" | "read" | "write" | "close" => "filp_open(), kernel_read(), kernel_write() and filp_close()",
        "strdup" => "kstrdup()",
        "rand" | "random" => "get_random_u32()",
        "assert" => "WARN_ON() and BUILD_BUG_ON()",
        "uint8_t" | "uint16_t" | "uint32_t" | "uint64_t" => "these types in linux/types.h",
        _ => return None,
    })
}
