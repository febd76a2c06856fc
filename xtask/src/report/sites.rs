// SPDX-License-Identifier: MIT OR Apache-2.0
//! The place in the driver's source that a verdict names, as a compiler would show it.

use std::path::Path;

use crate::judge::site::{Role, Site};
use crate::judge::{Failure, Verdict};

/// So many callers say how a place was reached.
const MOST_CALLERS: usize = 4;

/// The places of a verdict in lines; none if it has none.
pub(super) fn lines(verdict: &Verdict) -> Vec<String> {
    let here = std::env::current_dir().unwrap_or_default();
    match verdict {
        Verdict::Crash(fault) => [of_report(&fault.sites, &here), fault.why.clone()].concat(),
        Verdict::Fail(failures) => failures.iter().flat_map(|failure| of_failure(failure, &here)).collect(),
        _ => Vec::new(),
    }
}

/// The place that a viewer can jump to.
pub(super) fn first(verdict: &Verdict) -> Option<&Site> {
    match verdict {
        Verdict::Crash(fault) => fault.sites.iter().find(|site| is_own(site)),
        Verdict::Fail(failures) => failures.iter().find_map(|failure| match failure {
            Failure::Load { site, .. } => site.as_deref(),
            _ => None,
        }),
        _ => None,
    }
}

fn of_failure(failure: &Failure, here: &Path) -> Vec<String> {
    let Failure::Load { site: Some(site), .. } = failure else { return Vec::new() };
    [vec![format!("in {}{}", in_words(site, here), noted(site))], source(site)].concat()
}

fn of_report(sites: &[Site], here: &Path) -> Vec<String> {
    // A function of a header that became part of the driver's is where it happened, and not what its author wrote.
    let Some(at) = sites.iter().position(is_own).or((!sites.is_empty()).then_some(0)) else { return Vec::new() };
    let (site, callers) = (&sites[at], &sites[at + 1..]);
    let role = |site: &Site| match site.role {
        Role::Here => "in",
        Role::Allocated => "allocated in",
        Role::Freed => "freed in",
    };
    let through = site.through.as_ref().map(|through| format!(", which called {through}")).unwrap_or_default();
    let mut lines = vec![format!("{} {}{through}{}", role(site), in_words(site, here), noted(site))];
    lines.extend(source(site));
    let mut before = site;
    let callers = callers.iter().filter(|site| is_own(site));
    for caller in callers.filter(|caller| caller.role != Role::Here || site.role == Role::Here).take(MOST_CALLERS) {
        let how = match caller.role {
            Role::Here if before.inlined => "inlined into",
            Role::Here => "called from",
            Role::Allocated => "allocated in",
            Role::Freed => "freed in",
        };
        let through = caller.through.as_ref().filter(|_| caller.role == Role::Here);
        let through = through.map(|through| format!(", by {through}")).unwrap_or_default();
        lines.push(format!("{how} {}{through}{}", in_words(caller, here), noted(caller)));
        before = caller;
    }
    let from = sites.iter().rfind(|site| site.role == Role::Here).and_then(|site| site.from.as_ref());
    lines.extend(from.map(|from| format!("called by the kernel's {from}")));
    lines
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
pub(super) fn shown(site: &Site, here: &Path) -> Option<String> {
    let file = Path::new(site.file.as_ref()?);
    Some(file.strip_prefix(here).unwrap_or(file).display().to_string())
}

/// The lines around, with the one that is meant marked.
fn source(site: &Site) -> Vec<String> {
    let line = |(number, text): &(u32, String)| {
        let mark = if Some(*number) == site.line { '>' } else { ' ' };
        format!("{mark} {number:>4} | {}", text.replace('\t', "    ")).trim_end().to_owned()
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
        expected.assert_eq(&of_report(sites, Path::new("/home/me")).join("\n"));
    }

    #[test]
    fn reports() {
        check(&[], expect![""]);
        let header = Site { file: Some("include/linux/list.h".to_owned()), of_kernel: true, ..site("list_del", 7) };
        let inner = Site { inlined: true, through: Some("strcpy".to_owned()), ..site("inner", 9) };
        let outer = Site { from: Some("do_one_initcall".to_owned()), ..site("outer", 20) };
        let freed = Site { role: Role::Freed, ..site("gone", 30) };
        check(
            &[header, inner, outer, freed],
            expect![[r#"
                in inner, foo/foo.c:9, which called strcpy
                     8 | {
                >    9 |     return *nowhere;
                inlined into outer, foo/foo.c:20
                freed in gone, foo/foo.c:30
                called by the kernel's do_one_initcall"#]],
        );
        let bare =
            Site { file: None, line: None, source: Vec::new(), why: Some("no lines".to_owned()), ..site("f", 2) };
        check(&[bare], expect!["in f [foo] (no lines)"]);
    }
}
