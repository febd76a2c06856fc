// SPDX-License-Identifier: MIT OR Apache-2.0
//! What compiler, modpost and make say, in the person's own paths.

use std::path::{Path, PathBuf};

use fs_err as fs;

use crate::judge::compiler::KERNEL;

/// From paths in the copy that was built to paths that the person knows: relative to where they are, if they are above
/// the driver's folder, else absolute.
#[derive(Debug, Clone)]
pub struct PathMap {
    stage: PathBuf,
    stage_prefix: String,
    dir: PathBuf,
    prefix: String,
}

impl PathMap {
    pub fn new(stage: &Path, dir: &Path) -> Self {
        let here = std::env::current_dir().unwrap_or_default();
        let shown = match dir.strip_prefix(&here) {
            Ok(below) if below == Path::new("") => String::new(),
            Ok(below) => format!("{}/", below.display()),
            Err(_) => format!("{}/", dir.display()),
        };
        Self {
            stage: stage.to_owned(),
            stage_prefix: format!("{}/", stage.display()),
            dir: dir.to_owned(),
            prefix: shown,
        }
    }

    /// What stands before the paths of the driver's files.
    pub(super) fn shown_as(&self) -> &str {
        &self.prefix
    }

    /// A line of output as the person should see it.
    pub fn to_person(&self, line: &str) -> String {
        let absolute = format!("{}/", self.dir.display());
        let line = line.replace(&self.stage_prefix, &self.prefix).replace(&absolute, &self.prefix);
        // Since 6.13 Kbuild works in the driver's folder, and paths in messages are relative to it.
        let (lead, rest) = match line.split_once("from ") {
            Some((lead, rest)) if lead.trim().is_empty() || lead == "In file included " => {
                (format!("{lead}from "), rest)
            }
            _ => (String::new(), line.as_str()),
        };
        let path = rest.split(':').next().unwrap_or_default();
        let is_relative = !path.is_empty() && rest.len() > path.len() && !Path::new(path).is_absolute();
        if is_relative && !rest.starts_with(&self.prefix) {
            if self.stage.join(path).is_file() {
                return format!("{lead}{}{rest}", self.prefix);
            }
            if let Some(below) = self.below(Path::new(path)) {
                return format!("{lead}{}{}/{rest}", self.prefix, below.display());
            }
        }
        line
    }

    /// The one subfolder in which there is such a file: drivers' own Makefiles may start Kbuild in some of theirs.
    fn below(&self, path: &Path) -> Option<PathBuf> {
        let is_source = path.extension().is_some_and(|ending| ["c", "h", "S", "rs"].iter().any(|it| ending == *it));
        if !is_source {
            return None;
        }
        let mut found = None;
        let mut left = vec![self.stage.clone()];
        while let Some(dir) = left.pop() {
            for entry in fs::read_dir(dir).ok()?.flatten().filter(|it| it.file_type().is_ok_and(|kind| kind.is_dir())) {
                if entry.path().join(path).is_file() && found.replace(entry.path()).is_some() {
                    return None;
                }
                left.push(entry.path());
            }
        }
        found?.strip_prefix(&self.stage).ok().map(Path::to_owned)
    }
}

/// A line in which the files of a kernel, all of which lie in `kernel`, are named from the top of its tree: the way to that is
/// long, and the same in every line.
pub(super) fn shortened(line: &str, kernel: &Path) -> String {
    let start = format!("{}/", kernel.display());
    let mut short = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(&start) {
        let end = rest[at..].find([':', ' ', ',', '\'', '"', ')', ']']).map_or(rest.len(), |length| at + length);
        let below = at + start.len() - 1;
        let top = ["/include/", "/arch/", "/scripts/"].iter().filter_map(|top| rest[below..end].find(top)).min();
        short.push_str(&rest[..at]);
        match top {
            Some(top) => short.extend([KERNEL, &rest[below + top + 1..end]]),
            None => short.push_str(&rest[at..end]),
        }
        rest = &rest[end..];
    }
    short + rest
}

/// Does this line begin a warning?
pub(super) fn is_warning(line: &str) -> bool {
    line.contains(": warning: ") || line.starts_with("WARNING: modpost:")
}

/// Lines about the kernel's headers that no driver's author can do anything about; the log has them all the same.
pub(super) fn is_noise(line: &str) -> bool {
    // Debian's headers up to 6.1 have no vmlinux; the module then has no BTF, which only BPF programs would miss.
    let no_btf = line.starts_with("Skipping BTF generation for ") && line.ends_with("due to unavailability of vmlinux");
    // The headers' pahole may be a revision newer than the one that the kernel was built with.
    no_btf || line.starts_with("warning: pahole version differs from the one used to build the kernel")
}

/// The lines that say why a build failed: all but those in which make reports that its children failed,
/// unless there is nothing else. What a driver's own script prints before it gives up may stand only in the `log`.
pub(crate) fn telling(lines: Vec<String>, log: &str) -> Vec<String> {
    let is_echo = |line: &str| {
        line.starts_with("make") && (line.contains("] Error ") || line.contains("Waiting for unfinished jobs"))
    };
    let telling: Vec<String> = lines.iter().filter(|line| !is_echo(line)).cloned().collect();
    match (telling.is_empty(), lines.is_empty()) {
        (false, _) => telling,
        (true, false) => lines,
        (true, true) => {
            let last: Vec<&str> = log.lines().rev().take(LAST_OF_LOG).collect();
            last.into_iter().rev().map(str::to_owned).collect()
        }
    }
}

/// So many lines of a log are shown when nothing points at the one that matters.
const LAST_OF_LOG: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_person() {
        let stage = tempfile::tempdir().expect("a folder");
        std::fs::write(stage.path().join("foo.c"), "").expect("a file");
        for dir in ["one/sub", "two/sub"] {
            std::fs::create_dir_all(stage.path().join(dir)).expect("a folder");
            std::fs::write(stage.path().join(dir).join("both.c"), "").expect("a file");
        }
        std::fs::write(stage.path().join("one/sub/only.c"), "").expect("a file");
        let map = PathMap::new(stage.path(), Path::new("/home/me/foo"));
        let at = stage.path().display();
        let check = |line: &str, expected: &str| assert_eq!(map.to_person(line), expected);
        check(&format!("{at}/foo.c:3:5: error: no"), "/home/me/foo/foo.c:3:5: error: no");
        check(
            &format!("ERROR: modpost: \"x\" [{at}/foo.ko] undefined!"),
            "ERROR: modpost: \"x\" [/home/me/foo/foo.ko] undefined!",
        );
        check("foo.c:3:5: error: no", "/home/me/foo/foo.c:3:5: error: no");
        check("In file included from foo.c:1:", "In file included from /home/me/foo/foo.c:1:");
        check("                 from foo.c:1:", "                 from /home/me/foo/foo.c:1:");
        check("sub/only.c:3:5: error: no", "/home/me/foo/one/sub/only.c:3:5: error: no");
        check("sub/both.c:3:5: error: which?", "sub/both.c:3:5: error: which?");
        check("bar.c:3:5: error: not ours", "bar.c:3:5: error: not ours");
        check("./include/linux/x.h:3: note: from the kernel", "./include/linux/x.h:3: note: from the kernel");
    }

    #[test]
    fn paths_of_the_kernel() {
        let check = |line: &str, expected: &str| assert_eq!(shortened(line, Path::new("/cache/6.1")), expected);
        check("/cache/6.1/usr/src/h-common/include/linux/x.h:3:5: error: no", "…/include/linux/x.h:3:5: error: no");
        check("  from /cache/6.1/usr/src/h/arch/x86/include/asm/x.h:3,", "  from …/arch/x86/include/asm/x.h:3,");
        check("x.c:3: in '/cache/6.1/include/a.h' and /cache/6.1/a.h", "x.c:3: in '…/include/a.h' and /cache/6.1/a.h");
        check("/cache/6.12/include/a.h /home/me/include/a.h", "/cache/6.12/include/a.h /home/me/include/a.h");
    }

    #[test]
    fn telling_lines() {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let error = "a.c:1: error: x\nmake[1]: *** [Makefile:1: a.o] Error 1\nmake: *** [Makefile:2: all] Error 2";
        assert_eq!(telling(lines(error), "log"), ["a.c:1: error: x"]);
        let only_make = "make[1]: *** No rule to make target 'b.o'.  Stop.\nmake: *** [Makefile:2: all] Error 2";
        assert_eq!(telling(lines(only_make), "log"), ["make[1]: *** No rule to make target 'b.o'.  Stop."]);
        assert_eq!(telling(lines("make: *** [M:2: all] Error 2"), "log").len(), 1);
        assert_eq!(telling(Vec::new(), "1\n2\n3\n4\nno iptables"), ["2", "3", "4", "no iptables"]);
    }
}
