// SPDX-License-Identifier: MIT OR Apache-2.0
//! The place in the driver's source that a verdict names, as a compiler would show it.

use std::path::Path;

use super::body::{Kind, Line};
use crate::judge::site::{Role, Site};
use crate::judge::{Failure, Place, Verdict, Waiting, compiler};

/// So many callers say how a place was reached.
const MOST_CALLERS: usize = 4;

/// Of so many other places it is told what was done there, each with fewer callers.
const MOST_OTHERS: usize = 6;
const CALLERS_OF_OTHERS: usize = 2;

/// The place that a viewer can jump to: a file, and a line of it.
pub(super) fn first(verdict: &Verdict, here: &Path) -> Option<(String, u32)> {
    let of_site = |site: &Site| Some((shown(site, here)?, site.line?));
    let first_of = |sites: &[Site]| sites.iter().filter(|site| is_own(site)).find_map(of_site);
    let of_failure = |failure: &Failure| match failure {
        Failure::Load { site: Some(site), .. } => of_site(site),
        Failure::Build { lines, .. } => {
            let (file, line) = compiler::first_error(lines)?.own_place()?;
            Some((file.to_owned(), line))
        }
        Failure::Case { file: Some(file), line: Some(line), .. } => Some((file.clone(), *line)),
        Failure::Step { sites, .. } => first_of(sites),
        _ => None,
    };
    match verdict {
        Verdict::Crash(fault) => first_of(&fault.sites),
        Verdict::Hang(place) => {
            first_of(&place.sites).or_else(|| place.waiting.iter().find_map(|waiting| first_of(&waiting.sites)))
        }
        Verdict::Fail(failures) => failures.iter().find_map(of_failure),
        _ => None,
    }
}

/// They load and unload every module, which the step says already.
const OF_STEPS: &[&str] =
    &["do_one_initcall", "__do_sys_delete_module", "__se_sys_delete_module", "__x64_sys_delete_module"];

/// Where a module refuses to be loaded, or a program was when its time was over.
pub(super) fn of_failure(failure: &Failure, here: &Path) -> Vec<Line> {
    match failure {
        Failure::Load { site: Some(site), .. } => {
            let place = Line::new(Kind::Place, format!("in {}{}", in_words(site, here), noted(site)));
            [vec![place], source(site)].concat()
        }
        Failure::Step { sites, .. } => of_report(sites, here),
        _ => Vec::new(),
    }
}

/// Where a machine hangs, and who else is in the driver's code.
pub(super) fn of_hang(place: &Place, here: &Path) -> Vec<Line> {
    let mut lines = of_report(&place.sites, here);
    for Waiting { task, sites } in &place.waiting {
        let Some(site) = sites.iter().find(|site| is_own(site)) else { continue };
        let text = format!("the task `{task}` is in {}{}", in_words(site, here), called(site));
        lines.push(Line::new(Kind::Caller, text));
    }
    if !place.calls.is_empty() {
        lines.push(Line::new(Kind::Place, format!("in the kernel's {}", place.calls.join(", called by "))));
    }
    lines
}

fn called(site: &Site) -> String {
    site.through.as_ref().map(|through| format!(", which called {through}")).unwrap_or_default()
}

/// Where a report was made, and how that place was reached.
pub(super) fn of_report(sites: &[Site], here: &Path) -> Vec<Line> {
    // A function of a header that became part of the driver's is where it happened, and not what its author wrote.
    let Some(at) = sites.iter().position(is_own).or((!sites.is_empty()).then_some(0)) else { return Vec::new() };
    let (site, callers) = (&sites[at], &sites[at + 1..]);
    let through = called(site);
    let caller_line = |text: String| Line::new(Kind::Caller, text);
    let mut lines =
        vec![Line::new(Kind::Place, format!("{} {}{through}{}", done(site), in_words(site, here), noted(site)))];
    lines.extend(source(site));
    let from = sites.iter().rfind(|site| site.role == Role::Here).and_then(|site| site.from.as_ref());
    let from = from.filter(|from| !OF_STEPS.contains(&from.as_str()));
    let mut from = from.map(|from| caller_line(format!("called by the kernel's {from}")));
    let (mut before, mut callers_told, mut others) = (site, 0, 0);
    let mut begins = false;
    for other in callers {
        begins |= !other.calls;
        if !is_own(other) {
            continue;
        }
        let calls = other.role == before.role && (other.role == Role::Here || !begins);
        begins = false;
        let most = if other.role == Role::Here { MOST_CALLERS } else { CALLERS_OF_OTHERS };
        if other.role != Role::Here {
            lines.extend(from.take());
        }
        callers_told = if calls { callers_told + 1 } else { 0 };
        others += usize::from(!calls);
        if others > MOST_OTHERS {
            break;
        }
        if callers_told <= most {
            let how = match calls {
                true if before.inlined => "inlined into".to_owned(),
                true => "called from".to_owned(),
                false => done(other),
            };
            let through = other.through.as_ref().filter(|_| other.role == Role::Here);
            let through = through.map(|through| format!(", by {through}")).unwrap_or_default();
            lines.push(caller_line(format!("{how} {}{through}{}", in_words(other, here), noted(other))));
        }
        before = other;
    }
    lines.extend(from);
    lines
}

/// What was done at a place.
fn done(site: &Site) -> String {
    match (site.role, &site.lock) {
        (Role::Here, _) => "in".to_owned(),
        (Role::Allocated, _) => "allocated in".to_owned(),
        (Role::Freed, _) => "freed in".to_owned(),
        (Role::Locked, None) => "locked in".to_owned(),
        (Role::Locked, Some(lock)) => format!("`{lock}` locked in"),
        (Role::Raced, _) => "at the same time in".to_owned(),
    }
}

fn is_own(site: &Site) -> bool {
    !site.of_kernel
}

fn in_words(site: &Site, here: &Path) -> String {
    let Site { function, module, .. } = site;
    match (shown(site, here), site.line) {
        (Some(file), Some(line)) => format!("{function}, {file}:{line}"),
        (Some(file), None) => format!("{function}, {file}"),
        (None, _) => format!("{function} [{module}]"),
    }
}

fn noted(site: &Site) -> String {
    site.why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default()
}

/// The file as short as it can be said where the person is.
fn shown(site: &Site, here: &Path) -> Option<String> {
    let file = Path::new(site.file.as_ref()?);
    Some(file.strip_prefix(here).unwrap_or(file).display().to_string())
}

/// The lines around, with the one that is meant marked.
fn source(site: &Site) -> Vec<Line> {
    let line = |(number, text): &(u32, String)| {
        let is_meant = Some(*number) == site.line;
        let (kind, mark) = if is_meant { (Kind::Marked, '>') } else { (Kind::Source, ' ') };
        Line::new(kind, format!("{mark} {number:>4} | {}", text.replace('\t', "    ")).trim_end())
    };
    site.source.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn site(function: &str, line: u32) -> Site {
        let source = vec![(line - 1, "{".to_owned()), (line, "\treturn *nowhere;".to_owned())];
        let file = Some("/home/me/foo/foo.c".to_owned());
        Site {
            function: function.to_owned(),
            module: "foo".to_owned(),
            file,
            line: Some(line),
            source,
            ..Site::default()
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "expectations are written where they are used")]
    fn check(sites: &[Site], expected: Expect) {
        let lines: Vec<String> = of_report(sites, Path::new("/home/me")).into_iter().map(|line| line.text).collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn reports() {
        check(&[], expect![""]);
        let header = Site { file: Some("include/linux/list.h".to_owned()), of_kernel: true, ..site("list_del", 7) };
        let inner = Site { inlined: true, through: Some("strcpy".to_owned()), ..site("inner", 9) };
        let outer = Site { from: Some("vfs_read".to_owned()), ..site("outer", 20) };
        let freed = Site { role: Role::Freed, ..site("gone", 30) };
        check(
            &[header, inner, outer, freed],
            expect![[r#"
                in inner, foo/foo.c:9, which called strcpy
                     8 | {
                >    9 |     return *nowhere;
                inlined into outer, foo/foo.c:20
                called by the kernel's vfs_read
                freed in gone, foo/foo.c:30"#]],
        );
        // Each lock is taken by a function of a header.
        let header = |lock: &str| Site {
            role: Role::Locked,
            lock: Some(lock.to_owned()),
            of_kernel: true,
            inlined: true,
            ..site("spin_lock", 7)
        };
        let takes = |lock: &str, line| {
            let (role, lock) = (Role::Locked, Some(lock.to_owned()));
            Site { role, lock, calls: true, ..site("takes", line) }
        };
        check(
            &[site("takes", 9), header("a"), takes("a", 8), takes("a", 20), header("b"), takes("b", 30)],
            expect![[r#"
                in takes, foo/foo.c:9
                     8 | {
                >    9 |     return *nowhere;
                `a` locked in takes, foo/foo.c:8
                called from takes, foo/foo.c:20
                `b` locked in takes, foo/foo.c:30"#]],
        );
        let bare =
            Site { file: None, line: None, source: Vec::new(), why: Some("no lines".to_owned()), ..site("f", 2) };
        check(&[bare], expect!["in f [foo] (no lines)"]);
    }
}
