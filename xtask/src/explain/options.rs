// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which options of a kernel's configuration a symbol needs: read in the Makefiles of a kernel that is there as sources; told from
//! the options' names for one that is headers alone, since distributions ship no Makefiles of drivers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fs_err as fs;
use memchr::memmem::Finder;

use super::headers::{collect, side_by_side};
use super::shelf::Known;

/// The folders that code of a kernel lies in (the lists of the kernel's Makefile and Kbuild), for the architecture that we boot.
const CODE: &[&str] = &[
    "arch/x86", "block", "certs", "crypto", "drivers", "fs", "init", "io_uring", "ipc", "kernel", "lib", "mm", "net",
    "security", "sound", "virt",
];

/// Where the sources of a kernel export symbols: files from its top.
pub(super) struct Exporters {
    top: PathBuf,
    files: BTreeMap<String, String>,
}

impl Exporters {
    /// None for a kernel of which there are headers alone.
    pub(super) fn of(known: &Known, symbols: &[String]) -> Option<Self> {
        let is_source = |top: &PathBuf| top.join("drivers/base/Makefile").is_file();
        let top = known.tops().into_iter().find(is_source)?;
        let mut files = Vec::new();
        for dir in CODE {
            collect(&top.join(dir), dir, (".c", &[]), &mut files);
        }
        let finders: Vec<(&str, Finder<'_>)> =
            symbols.iter().map(|it| (it.as_str(), Finder::new(it.as_str()))).collect();
        let files = side_by_side(&files, |files| search(files, &finders)).into_iter().collect();
        Some(Self { top, files })
    }

    /// The file that exports a symbol, and the options without which it is not compiled; none of them where that can't be told.
    pub(super) fn needs(&self, symbol: &str, has: impl Fn(&str) -> bool) -> Option<(&str, Vec<String>)> {
        let file = self.files.get(symbol)?;
        Some((file, missing(&self.top, file, &has)))
    }
}

/// The symbols that these files export, with the file's path.
fn search(files: &[(String, PathBuf)], symbols: &[(&str, Finder<'_>)]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (shown, path) in files {
        let Ok(bytes) = fs::read(path) else { continue };
        for (symbol, finder) in symbols {
            if finder.find_iter(&bytes).any(|at| is_export(&bytes[..at], &bytes[at + symbol.len()..])) {
                found.push(((*symbol).to_owned(), shown.clone()));
            }
        }
    }
    found
}

/// Whether a name stands in `EXPORT_SYMBOL(…)` or one of its kin.
fn is_export(before: &[u8], after: &[u8]) -> bool {
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_start();
    line.starts_with(b"EXPORT_") && line.ends_with(b"(") && matches!(after.first(), Some(b')' | b','))
}

/// The options on the way from the top of the tree to this file that the kernel has not. Where several ways lead to it, the one with
/// the fewest; none if one of them is free.
fn missing(top: &Path, file: &str, has: &impl Fn(&str) -> bool) -> Vec<String> {
    let Some(object) = file.strip_suffix(".c") else { return Vec::new() };
    let mut ways = Vec::new();
    climb(top, Path::new(object), ".o", (&[], 0), &mut ways);
    let lacking = |way: Vec<String>| {
        let mut options: Vec<String> = way.into_iter().filter(|option| !has(option)).collect();
        options.sort();
        options.dedup();
        options
    };
    ways.into_iter().map(lacking).min_by_key(Vec::len).unwrap_or_default()
}

/// Real ways have some eight steps; a Makefile that names itself must not go on for ever.
const LONGEST: usize = 12;

/// Follows an object (`end` is `.o`) or a folder (`/`) to the lines of Makefiles that name it, in its own folder or further up, and from
/// there to the module or the folder that these belong to.
fn climb(top: &Path, path: &Path, end: &str, (way, steps): (&[String], usize), ways: &mut Vec<Vec<String>>) {
    for dir in path.ancestors().skip(1).filter(|_| steps < LONGEST) {
        let item = format!("{}{end}", path.strip_prefix(dir).unwrap_or(path).display());
        let lines = makefile(&top.join(dir));
        let naming: Vec<&Line> = lines.iter().filter(|line| line.items.contains(&item)).collect();
        for line in &naming {
            let way: Vec<String> = way.iter().chain(&line.option).cloned().collect();
            match line.list.as_str() {
                "obj" | "lib" => climb(top, dir, "/", (&way, steps + 1), ways),
                module => climb(top, &dir.join(module), ".o", (&way, steps + 1), ways),
            }
        }
        if !naming.is_empty() {
            return;
        }
    }
    // No list names a folder at the top.
    if end == "/" {
        ways.push(way.to_vec());
    }
}

/// `list-$(option) += items`
#[derive(Debug, PartialEq)]
struct Line {
    list: String,
    option: Option<String>,
    items: Vec<String>,
}

/// The lists of a folder's Makefile (Documentation/kbuild/makefiles.rst, "The kbuild files").
fn makefile(dir: &Path) -> Vec<Line> {
    let text = |name: &str| fs::read_to_string(dir.join(name)).ok();
    lists(&text("Kbuild").or_else(|| text("Makefile")).unwrap_or_default())
}

fn lists(text: &str) -> Vec<Line> {
    let joined = text.replace("\\\n", " ");
    joined.lines().filter_map(list).collect()
}

fn list(line: &str) -> Option<Line> {
    let line = line.split('#').next().unwrap_or_default();
    let (name, items) = line.split_once('=')?;
    let name = name.trim_end_matches(['+', ':', '?']).trim();
    let option = name.find("CONFIG_").map(|at| {
        let end = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
        name[at..].split(end).next().unwrap_or_default().to_owned()
    });
    let list = match name.split_once("-$(") {
        Some((list, _)) => list,
        None => ["-y", "-m", "-objs"].iter().find_map(|end| name.strip_suffix(end))?,
    };
    Some(Line { list: list.to_owned(), option, items: items.split_whitespace().map(str::to_owned).collect() })
}

/// The option by which a module of one kernel is left out of another, as its name says: all its words are in the module's path, the
/// last one at its end, `CONFIG_IIO_TRIGGERED_BUFFER` of `drivers/iio/buffer/industrialio-triggered-buffer`; of several the longest.
///
/// Of 726 modules that Debian's 6.12 has and its cloud flavour has not this names the right option for 490, another one for 13, and
/// none for the rest, by the Makefiles of that release: it is said as what it is, a likely one.
pub(super) fn likely(module: &str, having: &Known, lacking: &Known) -> Option<String> {
    let path = module.to_ascii_uppercase().replace('-', "_");
    let base = path.rsplit('/').next().unwrap_or_default();
    let of_path: Vec<&str> = path.split(['/', '_']).collect();
    let is_it = |option: &&str| {
        let Some(name) = option.strip_prefix("CONFIG_").map(str::to_ascii_uppercase) else { return false };
        let words: Vec<&str> = name.split('_').collect();
        let is_in = |word: &&str| of_path.contains(word) || (word.len() > 2 && path.contains(word));
        let ends = words.last().is_some_and(|last| base.ends_with(last));
        !name.is_empty() && (name == base || words.len() > 1) && ends && words.iter().all(is_in)
    };
    let options = having.options().filter(is_it).filter(|option| lacking.has(option) == Some(false));
    options.max_by_key(|option| option.len()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::tests::write;

    const TREE: &[(&str, &str)] = &[
        ("drivers/base/Makefile", ""),
        ("drivers/Makefile", "obj-$(CONFIG_IIO)\t\t+= iio/\nobj-y += misc/ \\\n\tbase/\n"),
        (
            "drivers/iio/Makefile",
            "obj-y += buffer/\nobj-$(CONFIG_IIO) += industrialio.o\nindustrialio-y := core.o\nindustrialio-$(CONFIG_IIO_BUFFER) += buf.o\n",
        ),
        ("drivers/iio/buffer/Makefile", "# obj-y += triggered.o\nobj-$(CONFIG_TRIGGERED) += triggered.o\n"),
        (
            "drivers/misc/Makefile",
            "obj-$(CONFIG_ONE) += both.o\nobj-$(CONFIG_TWO) += both.o\nobj-$(CONFIG_ON) += sub/on.o\nself-y := self.o\n",
        ),
        ("drivers/iio/core.c", "EXPORT_SYMBOL(of_core);"),
        ("drivers/iio/buf.c", "  EXPORT_SYMBOL_GPL(of_buf);\nint x(of_on);"),
        ("drivers/iio/buffer/triggered.c", "EXPORT_SYMBOL_NS_GPL(of_triggered, \"IIO\");"),
        ("drivers/misc/both.c", "EXPORT_SYMBOL(of_both);"),
        ("drivers/misc/sub/on.c", "EXPORT_SYMBOL(of_on);"),
        ("drivers/misc/self.c", "EXPORT_SYMBOL(of_self);"),
        ("include/linux/x.h", ""),
        (".config", "CONFIG_ON=y\n"),
    ];

    #[track_caller]
    fn check(symbol: &str, expected: &str) {
        let top = tempfile::tempdir().expect("a folder");
        write(top.path(), TREE);
        let known = Known::new("6.1.0", top.path().to_owned(), &top.path().join(".config")).expect("a release");
        let exporters = Exporters::of(&known, &[symbol.to_owned()]).expect("sources");
        let said = exporters.needs(symbol, |option| known.has(option) == Some(true));
        assert_eq!(
            said.map_or("nothing".to_owned(), |(file, options)| format!("{file}: {}", options.join(" "))),
            expected
        );
    }

    #[test]
    fn likely_options() {
        let check = |module: &str, having: &str, expected: &str| {
            let top = tempfile::tempdir().expect("a folder");
            let known = |config: &str| {
                fs::write(top.path().join(".config"), config).expect("written");
                Known::new("6.1.0", top.path().to_owned(), &top.path().join(".config")).expect("a release")
            };
            let likely = likely(module, &known(having), &known("CONFIG_PCI=y\n"));
            assert_eq!(likely.unwrap_or_default(), expected, "{module}");
        };
        let options = "X=y\n=m\nCONFIG_=m\nCONFIG_é_BUS=m\nCONFIG_I2C=m\nCONFIG_PCI=y\nCONFIG_NET_MII=y\nCONFIG_MII=m\nCONFIG_MT76x02_USB=m\n";
        check("drivers/net/mii", options, "CONFIG_NET_MII");
        check("drivers/net/mt76/mt76x02-usb", options, "CONFIG_MT76x02_USB");
        check("drivers/sound/snd-i2c", options, "");
        check("drivers/foo/foo-pci", options, "");
        check("", options, "");
    }

    #[test]
    fn ways_through_makefiles() {
        check("of_core", "drivers/iio/core.c: CONFIG_IIO");
        check("of_buf", "drivers/iio/buf.c: CONFIG_IIO CONFIG_IIO_BUFFER");
        check("of_triggered", "drivers/iio/buffer/triggered.c: CONFIG_IIO CONFIG_TRIGGERED");
        check("of_both", "drivers/misc/both.c: CONFIG_ONE");
        check("of_on", "drivers/misc/sub/on.c: ");
        check("of_self", "drivers/misc/self.c: ");
        check("of_nothing", "nothing");
    }
}
