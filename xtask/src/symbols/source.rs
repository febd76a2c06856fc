// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver's source, as it was built: whose file a path of the debug information is, and what stands in it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::ops::RangeInclusive;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use fs_err as fs;

use crate::driver::Elsewhere;
use crate::judge::clean;
use crate::judge::site::Site;

/// Lines that are shown before the one that is meant, and after it.
const BEFORE: u32 = 2;
const AFTER: u32 = 1;

/// Between a function's name and its opening brace are so many lines at the most.
const LONGEST_HEADING: u32 = 12;

/// A line is shown with so many characters, and a file of more bytes is not one that somebody wrote.
const WIDTH: usize = 200;
const MOST_BYTES: u64 = 8 << 20;

pub(super) type Lines = Rc<Vec<String>>;

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Sources {
    /// The person's folder.
    dir: PathBuf,
    /// The copy in which the modules were built.
    stage: PathBuf,
    /// There while the copy is what was built, and keeps it so.
    held: Option<File>,
    /// By whom they were built in another copy, which may be gone.
    elsewhere: Option<Elsewhere>,
    read: RefCell<BTreeMap<PathBuf, Option<Lines>>>,
}

impl Sources {
    pub(crate) fn new(dir: &Path, stage: &Path, held: Option<File>) -> Self {
        Self { dir: dir.to_owned(), stage: stage.to_owned(), held, elsewhere: None, read: RefCell::default() }
    }

    /// The modules were built somewhere else: their files are then known by the ends of their paths.
    pub(crate) fn elsewhere(self, elsewhere: Option<Elsewhere>) -> Self {
        Self { elsewhere, ..self }
    }

    /// Where the modules are that have their debug information, if it is not in those that ran.
    pub(super) fn debug_info(&self) -> Option<&Path> {
        self.elsewhere.as_ref()?.debug_info.as_deref()
    }

    /// A site with a file and a line of the debug information.
    pub(super) fn place(&self, site: Site, file: Option<&str>, line: Option<u32>) -> Site {
        let Some(file) = file else { return site };
        let path = plain_path(Path::new(file));
        let Some(own) = self.own(&path) else {
            let file = Some(in_kernel(&path));
            return Site { file, line, of_kernel: true, ..site };
        };
        let source = line.map(|line| self.around(&own, line)).unwrap_or_default();
        Site { file: Some(self.dir.join(own).display().to_string()), line, source, ..site }
    }

    /// The path below the driver's folder, if it is there. Debug information has the person's own paths, unless they
    /// have characters that a compiler's option can't.
    fn own(&self, path: &Path) -> Option<PathBuf> {
        let own = path.strip_prefix(&self.stage).or_else(|_| path.strip_prefix(&self.dir)).ok();
        let own = own.map(Path::to_owned).or_else(|| self.elsewhere.as_ref().and_then(|_| self.by_end(path)))?;
        own.is_relative().then_some(own)
    }

    /// The file of the driver's folder whose path is the longest end of this one.
    fn by_end(&self, path: &Path) -> Option<PathBuf> {
        let text = path.to_string_lossy();
        // The places of a kernel's headers, which may be called like a driver's.
        if ["/lib/modules/", "/usr/src/"].iter().any(|place| text.contains(place)) {
            return None;
        }
        let parts: Vec<Component<'_>> = path.components().filter(|part| matches!(part, Component::Normal(_))).collect();
        let mut ends = (0..parts.len()).map(|from| parts[from..].iter().collect::<PathBuf>());
        ends.find(|end| self.stage.join(end).is_file())
    }

    /// Where a function begins is its opening brace to a compiler, and its name to a person.
    pub(super) fn heading(&self, site: Site) -> Site {
        let is_heading = |text: &str| {
            let after_name = text.split(&site.function).nth(1).map(str::trim_start);
            after_name.is_some_and(|rest| rest.starts_with('(') || rest.is_empty())
        };
        let of = |lines: Lines, line: u32| {
            let numbers = (line.saturating_sub(LONGEST_HEADING).max(1)..=line).rev();
            numbers.into_iter().find(|&number| lines.get(number as usize - 1).is_some_and(|text| is_heading(text)))
        };
        let line = site.line.zip(self.lines_of(&site)).and_then(|(line, lines)| of(lines, line)).or(site.line);
        let file = site.file.clone().filter(|_| !site.of_kernel);
        self.place(Site { source: Vec::new(), ..site }, file.as_deref(), line)
    }

    fn lines_of(&self, site: &Site) -> Option<Lines> {
        let file = site.file.as_deref().filter(|_| !site.of_kernel)?;
        self.lines(Path::new(file).strip_prefix(&self.dir).ok()?)
    }

    fn around(&self, own: &Path, line: u32) -> Vec<(u32, String)> {
        let Some(lines) = self.lines(own) else { return Vec::new() };
        let numbers = line.saturating_sub(BEFORE).max(1)..=line.saturating_add(AFTER);
        let text = |number: u32| Some((number, lines.get(usize::try_from(number).ok()? - 1)?.clone()));
        let source: Vec<(u32, String)> = numbers.filter_map(text).collect();
        // A line that the file does not have: it is another file by now.
        if source.iter().any(|(number, _)| *number == line) { source } else { Vec::new() }
    }

    fn lines(&self, own: &Path) -> Option<Lines> {
        self.held.as_ref()?;
        let mut read = self.read.borrow_mut();
        read.entry(own.to_owned()).or_insert_with(|| lines(&self.stage.join(own)).map(Rc::new)).clone()
    }

    /// The errnos that the function around a place names, each with its line; comparing with one is not naming it.
    pub(super) fn errnos(&self, place: &Site) -> Vec<(String, u32)> {
        let (Some(lines), Some(line)) = (self.lines_of(place), place.line) else { return Vec::new() };
        let code = code(&lines);
        let Some(body) = body_around(&code, line) else { return Vec::new() };
        let mut found = Vec::new();
        for number in body {
            let text = usize::try_from(number).ok().and_then(|number| code.get(number - 1));
            found.extend(text.into_iter().flat_map(|text| errnos_of(text)).map(|errno| (errno, number)));
        }
        found.dedup();
        found
    }
}

fn lines(path: &Path) -> Option<Vec<String>> {
    if fs::metadata(path).ok().is_none_or(|meta| !meta.is_file() || meta.len() > MOST_BYTES) {
        return None;
    }
    let bytes = fs::read(path).ok()?;
    Some(bytes.split(|byte| *byte == b'\n').map(|line| clean(line).chars().take(WIDTH).collect()).collect())
}

/// A path without `.` and `..`, by its words alone.
pub(crate) fn plain_path(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => (),
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

/// The path of a kernel's header as it is called in the kernel's tree: what stands before `include` or `arch` is where the
/// headers happen to lie.
fn in_kernel(path: &Path) -> String {
    let path = path.display().to_string();
    let start = path.find("/arch/").or_else(|| path.find("/include/"));
    start.map_or(path.clone(), |start| path[start + 1..].to_owned())
}

/// Source text with blanks where comments and texts in quotes were.
fn code(lines: &[String]) -> Vec<String> {
    let mut in_comment = false;
    lines
        .iter()
        .map(|line| {
            let mut code = String::with_capacity(line.len());
            let mut rest = line.as_str();
            while let Some(c) = rest.chars().next() {
                if in_comment {
                    let end = rest.find("*/");
                    in_comment = end.is_none();
                    rest = end.map_or("", |end| &rest[end + 2..]);
                } else if rest.starts_with("//") {
                    rest = "";
                } else if rest.starts_with("/*") {
                    in_comment = true;
                    rest = &rest[2..];
                } else if c == '"' || c == '\'' {
                    rest = after_quote(&rest[1..], c);
                    code.push(' ');
                } else {
                    code.push(c);
                    rest = &rest[c.len_utf8()..];
                }
            }
            code
        })
        .collect()
}

fn after_quote(text: &str, quote: char) -> &str {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == quote {
            return &text[at + c.len_utf8()..];
        }
    }
    ""
}

/// The lines of the outermost braces around a line, or of those that open next after it: a function begins at its name.
fn body_around(code: &[String], line: u32) -> Option<RangeInclusive<u32>> {
    let (mut depth, mut start) = (0_u32, 0);
    for (number, text) in (1..).zip(code) {
        for c in text.chars() {
            if c == '{' {
                if depth == 0 {
                    start = number;
                }
                depth += 1;
            } else if c == '}' {
                depth = depth.saturating_sub(1);
                if depth == 0 && number >= line {
                    return Some(start..=number);
                }
            }
        }
    }
    None
}

/// `-ENODEV` and the like, but not `== -ENODEV`.
fn errnos_of(code: &str) -> impl Iterator<Item = String> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    code.match_indices("-E").filter_map(move |(at, _)| {
        let name: String = code[at + 1..].chars().take_while(|c| is_of_name(*c)).collect();
        let before = code[..at].trim_end();
        let compared = ["==", "!="].iter().any(|sign| before.ends_with(sign)) || before.ends_with("case");
        let is_errno = name.len() > 2 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        (is_errno && !compared).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
/* -EIO in a comment { */
static int a(void)
{
	if (x == -EBUSY)
		return -ENODEV; // -EPERM
	pr_err(\"-EFAULT } \\\" {\");
	return ret ? : -ENODEV;
}

static struct b b = { .c = '}' };

static int __init d(void)
{
	return -ENOMEM;
}
";

    #[test]
    fn errnos() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("a.c"), SOURCE).expect("written");
        let check = |line, unchanged: bool, expected: &str| {
            let held = unchanged.then(|| File::open(dir.path()).expect("opened"));
            let sources = Sources::new(Path::new("/home/me/a"), dir.path(), held);
            let place = Site { file: Some("/home/me/a/a.c".to_owned()), line: Some(line), ..Site::default() };
            let found = sources.errnos(&place).into_iter().map(|(name, line)| format!("{name} {line}"));
            assert_eq!(found.collect::<Vec<_>>().join(", "), expected);
        };
        check(2, true, "ENODEV 5, ENODEV 7");
        check(8, true, "ENODEV 5, ENODEV 7");
        check(10, true, "");
        check(12, true, "ENOMEM 14");
        check(16, true, "");
        check(2, false, "");
    }

    #[test]
    fn places() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("a.c"), SOURCE).expect("written");
        let sources = Sources::new(Path::new("/home/me/a"), dir.path(), File::open(dir.path()).ok());
        let check = |file: &str, line, expected: &str| {
            let site = sources.place(Site::default(), Some(file), Some(line));
            let numbers: Vec<u32> = site.source.iter().map(|(number, _)| *number).collect();
            let kernel = if site.of_kernel { " of the kernel" } else { "" };
            assert_eq!(format!("{} {numbers:?}{kernel}", site.file.unwrap_or_default()), expected);
        };
        check("/home/me/a/a.c", 5, "/home/me/a/a.c [3, 4, 5, 6]");
        check(&format!("{}/./x/../a.c", dir.path().display()), 1, "/home/me/a/a.c [1, 2]");
        check("/home/me/a/a.c", 1000, "/home/me/a/a.c []");
        check("/home/me/a/a.c", u32::MAX, "/home/me/a/a.c []");
        check("/home/me/a/gone.c", 1, "/home/me/a/gone.c []");
        check("/home/me/ab/a.c", 1, "/home/me/ab/a.c [] of the kernel");
        check("/k/usr/src/linux-headers/include/linux/list.h", 7, "include/linux/list.h [] of the kernel");
        check("/k/linux-headers/arch/x86/include/asm/bug.h", 7, "arch/x86/include/asm/bug.h [] of the kernel");
    }

    /// Of modules that were built in another folder than ours.
    #[test]
    fn places_elsewhere() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::create_dir(dir.path().join("src")).expect("made");
        for name in ["a.c", "src/a.c", "list.h"] {
            fs::write(dir.path().join(name), SOURCE).expect("written");
        }
        let held = File::open(dir.path()).ok();
        let sources = Sources::new(Path::new("/home/me/a"), dir.path(), held).elsewhere(Some(Elsewhere::default()));
        let check = |file: &str, expected: &str| {
            let site = sources.place(Site::default(), Some(file), Some(5));
            let of = if site.of_kernel { " of the kernel" } else { "" };
            assert_eq!(format!("{}{of}", site.file.unwrap_or_default()), expected);
        };
        check("/home/me/a/a.c", "/home/me/a/a.c");
        check("/build/source/a.c", "/home/me/a/a.c");
        check("/build/source/src/a.c", "/home/me/a/src/a.c");
        check("/build/source/b.c", "/build/source/b.c of the kernel");
        check("/nix/store/k-dev/lib/modules/6.1/source/include/linux/list.h", "include/linux/list.h of the kernel");
    }
}
