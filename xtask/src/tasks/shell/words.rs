// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a person is told around the shell, and what the shell is told of the person's terminal.

use crate::guest::Folder;
use crate::judge::errno;
use crate::vm::FOLDER;

/// Of our environment, what the guest's programs need to know of the terminal and the person's language.
const PASSED_ON: &[&str] = &["COLORTERM", "NO_COLOR", "LANG", "LC_ALL", "LC_CTYPE"];

/// How a machine begins.
pub(super) struct Start<'a> {
    /// None on a bare machine.
    pub(super) driver: Option<&'a str>,
    pub(super) kernel: &'a str,
    pub(super) load: bool,
    /// With gdb.
    pub(super) debug: bool,
}

impl Start<'_> {
    /// What is said before: where the person will be, what there is, and how to leave.
    pub(super) fn notes(&self, folder: Option<&Folder>) -> Vec<String> {
        let Self { driver, kernel, load, debug } = self;
        let of_gdb = debug.then(|| "gdb has the keys while the machine stands; Ctrl-\\ stops it".to_owned());
        let Some(driver) = driver else {
            let bare = format!("a machine with {kernel}; `exit` ends it, Ctrl-] leaves it at once");
            return [bare].into_iter().chain(of_gdb).collect();
        };
        let has = if *load { "`unload` and `load` are for its modules" } else { "`load` loads its modules" };
        let mut notes = vec![format!("{driver} on {kernel}: {has}; `exit` ends the machine, Ctrl-] leaves it at once")];
        notes.extend(of_gdb);
        notes.extend(match folder {
            Some(Folder::Copied(_, why)) => Some(format!("/{FOLDER} is a copy of its folder: {why}")),
            Some(Folder::Missing(why)) => Some(format!("there is no /{FOLDER}: {why}")),
            Some(Folder::Shared) | None => None,
        });
        notes
    }
}

/// The shell's environment, each as `NAME=VALUE`, with what `ours` has.
pub(super) fn environment(name: &str, ours: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let term = ours("TERM").filter(|term| !term.is_empty()).unwrap_or_else(|| "dumb".to_owned());
    let (bold, plain) = if term == "dumb" { ("", "") } else { (r"\[\e[1m\]", r"\[\e[0m\]") };
    let mut environment = vec![
        "PATH=/bin:/sbin:/usr/bin".to_owned(),
        "HOME=/root".to_owned(),
        "USER=root".to_owned(),
        "SHELL=/bin/sh".to_owned(),
        format!("PS1={bold}{name}{plain}:\\w# "),
        format!("TERM={term}"),
    ];
    environment.extend(PASSED_ON.iter().filter_map(|name| Some(format!("{name}={}", ours(name)?))));
    // A zero byte would end it early, and nothing has one.
    environment.retain(|text| !text.contains('\0'));
    environment
}

/// Whether the kernel's lines are to look other than the shell's.
pub(super) fn is_coloured() -> bool {
    let is = |name: &str, wanted: &dyn Fn(&str) -> bool| std::env::var(name).is_ok_and(|value| wanted(&value));
    is("TERM", &|term| term != "dumb") && !is("NO_COLOR", &|value| !value.is_empty())
}

/// What did not go well before the shell began, by the guest's report.
pub(super) fn troubles(results: &str) -> Vec<String> {
    let mut troubles = Vec::new();
    let mut last = None;
    for line in results.lines() {
        if let Some(number) = number(line, "# errno ") {
            last = Some(number);
        } else if let Some(number) = number(line, "# unmounted ") {
            troubles.push(format!("there is no /{FOLDER}: it could not be mounted ({})", errno::name(number)));
        } else if let Some((_, module)) = line.strip_prefix("not ok ").and_then(|rest| rest.split_once(" load ")) {
            let why = last.map(|number| format!(": {} ({})", errno::name(number), errno::when_loading(number)));
            troubles.push(format!("`{module}` was not loaded{}", why.unwrap_or_default()));
        }
        if line.starts_with("ok ") || line.starts_with("not ok ") {
            last = None;
        }
    }
    troubles
}

/// Why nobody greeted, by the guest's report.
pub(super) fn why_no_shell(results: &str) -> String {
    let last = |prefix: &str| results.lines().rev().find_map(|line| line.strip_prefix(prefix));
    if let Some(reason) = last("Bail out! ") {
        return format!("the guest gave up: {reason}");
    }
    let refused = results.lines().any(|line| line.starts_with("not ok ") && line.ends_with(" shell"));
    match last("# errno ").and_then(|number| number.parse().ok()) {
        Some(number) if refused => format!(
            "the guest could not open a terminal for the shell: {}; the kernel needs CONFIG_SERIAL_8250 and CONFIG_UNIX98_PTYS",
            errno::name(number)
        ),
        _ if results.is_empty() => "the kernel ended before the guest's first word".to_owned(),
        _ => "the machine ended before the shell began".to_owned(),
    }
}

fn number(line: &str, prefix: &str) -> Option<u32> {
    line.strip_prefix(prefix)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(said: impl IntoIterator<Item = String>, expected: &Expect) {
        expected.assert_eq(&said.into_iter().map(|line| line + "\n").collect::<String>());
    }

    #[test]
    fn notes() {
        let start = |driver, load| Start { driver, kernel: "6.1.0-56-amd64", load, debug: false };
        let why = || "this kernel has no module `9p` to share it by".to_owned();
        check(
            start(None, false).notes(None),
            &expect![[r#"
            a machine with 6.1.0-56-amd64; `exit` ends it, Ctrl-] leaves it at once
        "#]],
        );
        check(
            Start { debug: true, ..start(Some("foobar"), true) }.notes(None),
            &expect![[r#"
            foobar on 6.1.0-56-amd64: `unload` and `load` are for its modules; `exit` ends the machine, Ctrl-] leaves it at once
            gdb has the keys while the machine stands; Ctrl-\ stops it
        "#]],
        );
        check(
            Start { debug: true, ..start(None, false) }.notes(None),
            &expect![[r#"
            a machine with 6.1.0-56-amd64; `exit` ends it, Ctrl-] leaves it at once
            gdb has the keys while the machine stands; Ctrl-\ stops it
        "#]],
        );
        check(
            start(Some("foobar"), true).notes(Some(&Folder::Shared)),
            &expect![[r#"
            foobar on 6.1.0-56-amd64: `unload` and `load` are for its modules; `exit` ends the machine, Ctrl-] leaves it at once
        "#]],
        );
        check(
            start(Some("foobar"), false).notes(Some(&Folder::Copied(Vec::new(), why()))),
            &expect![[r#"
            foobar on 6.1.0-56-amd64: `load` loads its modules; `exit` ends the machine, Ctrl-] leaves it at once
            /driver is a copy of its folder: this kernel has no module `9p` to share it by
        "#]],
        );
        check(
            start(Some("foobar"), true).notes(Some(&Folder::Missing(why()))),
            &expect![[r#"
            foobar on 6.1.0-56-amd64: `unload` and `load` are for its modules; `exit` ends the machine, Ctrl-] leaves it at once
            there is no /driver: this kernel has no module `9p` to share it by
        "#]],
        );
    }

    #[test]
    fn environments() {
        let of = |pairs: &'static [(&str, &str)]| {
            environment("foobar", |name| {
                pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        check(
            of(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("LANG", "de_DE.UTF-8")]),
            &expect![[r#"
            PATH=/bin:/sbin:/usr/bin
            HOME=/root
            USER=root
            SHELL=/bin/sh
            PS1=\[\e[1m\]foobar\[\e[0m\]:\w# 
            TERM=xterm-256color
            COLORTERM=truecolor
            LANG=de_DE.UTF-8
        "#]],
        );
        check(
            of(&[("TERM", ""), ("EDITOR", "vi"), ("NO_COLOR", "1")]),
            &expect![[r#"
            PATH=/bin:/sbin:/usr/bin
            HOME=/root
            USER=root
            SHELL=/bin/sh
            PS1=foobar:\w# 
            TERM=dumb
            NO_COLOR=1
        "#]],
        );
    }

    #[test]
    fn what_went_wrong_before() {
        check(troubles("KTAP version 1\n# begin 1 2\nok 1 load a\n# begin 2 3\n"), &expect![[""]]);
        check(
            troubles(
                "# begin 1 2\n# errno 19\n# log 6,1,1,-;x\nnot ok 1 load foobar\n# unmounted 22\nnot ok 2 load b\n\
                 # errno 2\nok 3 x\nnot ok 4 load c\n# errno not\n",
            ),
            &expect![[r#"
                `foobar` was not loaded: ENODEV (the driver found no device it drives)
                there is no /driver: it could not be mounted (EINVAL)
                `b` was not loaded
                `c` was not loaded
            "#]],
        );
    }

    #[test]
    fn nobody_greeted() {
        check(
            [
                "",
                "KTAP version 1\n# begin 1 2\n",
                "Bail out! open /dev/kmsg (errno 2)\n",
                "# errno 6\nnot ok 3 shell\n",
                "# errno 6\nnot ok 3 load x\n",
            ]
            .map(why_no_shell),
            &expect![[r#"
                the kernel ended before the guest's first word
                the machine ended before the shell began
                the guest gave up: open /dev/kmsg (errno 2)
                the guest could not open a terminal for the shell: ENXIO; the kernel needs CONFIG_SERIAL_8250 and CONFIG_UNIX98_PTYS
                the machine ended before the shell began
            "#]],
        );
    }
}
