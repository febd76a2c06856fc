// SPDX-License-Identifier: MIT OR Apache-2.0
//! What Kbuild notes beside each object, in `.NAME.o.cmd`: how the compiler was called, and which files it has read.

use std::path::{Component, Path, PathBuf};

/// See the module's documentation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Noted {
    /// What was made; relative to where Kbuild worked, or absolute.
    pub(super) target: String,
    pub(super) call: Call,
    /// The whole command, for a shell: the compiler's call, and what comes after it.
    pub(super) line: String,
    /// Out of what.
    pub(super) source: Option<String>,
    /// All other files that the compiler has read.
    pub(super) read: Vec<String>,
}

/// How a compiler was called.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// NAME=VALUE
    pub(super) env: Vec<(String, String)>,
    pub(super) program: String,
    pub(super) args: Vec<String>,
}

impl Noted {
    /// `savedcmd_NAME.o := A=b rustc …`, on older kernels `cmd_…`; what comes after the compiler's call is other programs'. In such
    /// files `#` and `$` are written as make reads them (scripts/Kbuild.include, make-cmd).
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (target, line) = text.lines().next()?.split_once(" := ")?;
        let target = target.strip_prefix("savedcmd_").or_else(|| target.strip_prefix("cmd_"))?;
        let line = line.replace("$(pound)", "#").replace("$$", "$");
        let words = shlex::split(&line)?;
        let mut words = words.into_iter().take_while(|word| word != ";").peekable();
        let mut env = Vec::new();
        while let Some((name, value)) = words.peek().and_then(|word| word.split_once('=')) {
            env.push((name.to_owned(), value.to_owned()));
            words.next();
        }
        let call = Call { env, program: words.next()?, args: words.collect() };
        let source = text.lines().filter(|line| line.starts_with("source_")).find_map(|line| line.split_once(" := "));
        let read = text.lines().skip_while(|line| !line.starts_with("deps_")).skip(1).map_while(|line| {
            let path = line.trim_end_matches('\\').trim();
            (!path.is_empty()).then_some(path)
        });
        // `$(wildcard include/config/NAME)` is an option.
        let read = read.filter(|path| !path.starts_with('$')).map(str::to_owned).collect();
        let source = source.map(|(_, path)| path.trim().to_owned());
        Some(Self { target: target.to_owned(), call, line, source, read })
    }

    /// The folder that relative paths begin at, by the file that this stands in: since 6.13 Kbuild works in the driver's folder, and before,
    /// when it names all that it makes by absolute paths, in the kernel's.
    pub(super) fn base(&self, file: &Path, kdir: &Path) -> PathBuf {
        let target = Path::new(&self.target);
        if target.is_absolute() {
            return kdir.to_owned();
        }
        let deep = target.components().filter(|part| matches!(part, Component::Normal(_))).count();
        file.ancestors().nth(deep).unwrap_or(kdir).to_owned()
    }
}

/// A path without `.` and `..`.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => (),
            Component::ParentDir => _ = plain.pop(),
            _ => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(text: &str, file: &str, expected: &Expect) {
        let said = Noted::parse(text).map_or_else(
            || "none".to_owned(),
            |noted| {
                let base = noted.base(Path::new(file), Path::new("/k"));
                let Noted { target, call: Call { env, program, args }, source, read, .. } = noted;
                format!("{target} in {}\n{env:?} {program} {args:?}\n{source:?} {read:?}", base.display())
            },
        );
        expected.assert_eq(&said);
    }

    #[test]
    fn notes() {
        check(
            "savedcmd_sub/a.o := gcc -DA='\"a$$b$(pound)\"' -c -o sub/a.o sub/a.c  ; ./objtool sub/a.o\n\n\
             source_sub/a.o := sub/a.c\n\ndeps_sub/a.o := \\\n    $(wildcard include/config/A) \\\n  /k/a.h \\\n  sub/b.h \\\n\n\
             sub/a.o: $(deps_sub/a.o)\n",
            "/t/src/sub/.a.o.cmd",
            &expect![[r#"
                sub/a.o in /t/src
                [] gcc ["-DA=\"a$b#\"", "-c", "-o", "sub/a.o", "sub/a.c"]
                Some("sub/a.c") ["/k/a.h", "sub/b.h"]"#]],
        );
        check(
            "cmd_/t/src/a.o := RUST_MODFILE=a rustc --cfg 'x=1' /t/src/a.rs\n",
            "/t/src/.a.o.cmd",
            &expect![[r#"
                /t/src/a.o in /k
                [("RUST_MODFILE", "a")] rustc ["--cfg", "x=1", "/t/src/a.rs"]
                None []"#]],
        );
        check("savedcmd_a.o := 'open\n", "/t/.a.o.cmd", &expect!["none"]);
        check("savedcmd_a.o := \n", "/t/.a.o.cmd", &expect!["none"]);
        check("deps_a.o := \\\n", "/t/.a.o.cmd", &expect!["none"]);
        check("", "", &expect!["none"]);
    }

    #[test]
    fn plain_paths() {
        let check = |path: &str, expected: &str| assert_eq!(plain(Path::new(path)), Path::new(expected));
        check("/t/src/././include/uapi", "/t/src/include/uapi");
        check("/t/src/a/../../b", "/t/b");
        check("/../a", "/a");
    }
}
