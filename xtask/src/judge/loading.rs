// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the kernel's loader means when it refuses a module, and what mends it. Its lines are those of kernel/module/main.c,
//! version.c, signing.c, sysfs.c and arch/x86/kernel/module.c; of the symbols that they name it was looked up beforehand who has them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::pattern::between;

/// `exports.json` in a run's folder: what the kernels at hand export, of the symbols that the loader named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Exports(pub BTreeMap<String, Export>);

/// Who has a symbol.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Export {
    /// `vmlinux`, or the module of this kernel that exports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    #[serde(default)]
    pub gpl: bool,
    /// The kernels at hand that export it, and those that don't: `6.12`.
    #[serde(default)]
    pub kernels: Vec<String>,
    #[serde(default)]
    pub others: Vec<String>,
    /// The symbol's version in this kernel, and the one that the module was built for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crc: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wants: Option<u32>,
    /// The kernels at hand that have that version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wanted: Vec<String>,
}

/// The symbols that a log of the loader names.
pub(crate) fn symbols(log: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let marks = ["Unknown symbol ", "disagrees about version of symbol ", "no symbol version for "];
    for line in log.lines() {
        let name = marks.iter().find_map(|mark| line.split_once(mark)).map(|(_, rest)| word(rest));
        if let Some(name) = name.filter(|name| !name.is_empty() && !found.iter().any(|it| it == name))
            && found.len() < MOST_SYMBOLS
        {
            found.push(name.to_owned());
        }
    }
    found
}

/// So many symbols are looked up; the others are missing for the same reason.
const MOST_SYMBOLS: usize = 40;

/// So many things are said.
const MOST: usize = 12;

fn word(text: &str) -> &str {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).next().unwrap_or_default()
}

/// What the lines mean that the kernel logged while it loaded `module`.
pub(super) fn why(log: &[String], module: &str, exports: &Exports) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    for line in log {
        // A line may be anything, and what a driver's own init says is its own affair.
        let lines = of_line(line, module, exports);
        if said.len() + lines.len() > MOST {
            break;
        }
        for line in lines {
            if !said.contains(&line) {
                said.push(line);
            }
        }
    }
    said
}

fn of_line(line: &str, module: &str, exports: &Exports) -> Vec<String> {
    let own = line.strip_prefix(module).and_then(|rest| rest.strip_prefix(": "));
    let rest = own.unwrap_or(line);
    if let Some(is) = between(rest, "version magic '", "'") {
        return magic(is, between(rest, "should be '", "'").unwrap_or_default());
    }
    if let Some((_, symbol)) = rest.split_once("disagrees about version of symbol ") {
        return version(word(symbol), exports);
    }
    if let Some((_, symbol)) = rest.split_once("no symbol version for ") {
        let symbol = word(symbol);
        return vec![
            format!(
                "the module does not say which version of `{symbol}` it was built for, and this kernel compares them"
            ),
            BUILD_HERE.to_owned(),
        ];
    }
    if let Some((_, symbol)) = rest.split_once("Unknown symbol ").filter(|_| own.is_some()) {
        return if rest.contains("(err -22)") { Vec::new() } else { unknown(word(symbol), exports) };
    }
    if let Some(symbol) = between(rest, "module uses symbol (", ")") {
        let namespace = rest.split_once("from namespace ").map(|(_, rest)| word(rest)).unwrap_or_default();
        return vec![
            format!("`{symbol}` is exported in the namespace {namespace}, and a module says which of these it uses"),
            format!(
                "help: add `MODULE_IMPORT_NS({namespace});`, and since upstream's 6.13 `MODULE_IMPORT_NS(\"{namespace}\");`"
            ),
        ];
    }
    if let (Some(symbol), Some(owner)) =
        (between(rest, "exports duplicate symbol ", " ("), between(rest, "(owned by ", ")"))
    {
        let owner = if owner == "kernel" {
            "the kernel itself".to_owned()
        } else {
            format!("the module `{owner}`, which is loaded,")
        };
        return vec![
            format!("{owner} exports `{symbol}` already"),
            "help: give the symbol another name, or leave the other module out".to_owned(),
        ];
    }
    if let (Some(value), Some(parameter)) =
        (between(rest, "`", "' invalid for parameter `"), between(rest, "invalid for parameter `", "'"))
    {
        return vec![
            format!(
                "the parameter `{parameter}` does not take `{value}`: it is of another type, or its own check refuses it"
            ),
            "help: parameters stand in driver.toml, `params` below `[test]`; `modinfo` says what each takes".to_owned(),
        ];
    }
    let fixed = FIXED.iter().find(|(text, _, _)| rest.contains(text));
    if let Some((_, why, help)) = fixed {
        return vec![(*why).to_owned(), format!("help: {help}")];
    }
    if let Some(firmware) = between(rest, "Direct firmware load for ", " failed") {
        return vec![
            format!("the machine has no /lib/firmware/{firmware}: nothing but modules and test programs is in it"),
            "help: let the driver load without, and ask for the file when it is opened: a step of the test can write it before that".to_owned(),
        ];
    }
    Vec::new()
}

const BUILD_HERE: &str =
    "help: build it with the headers of just this kernel, and remove objects that were built for another";

/// What the loader says, what it means, and what mends it.
const FIXED: &[(&str, &str, &str)] = &[
    (
        "module is already loaded",
        "the kernel has a module of this name built in, or one is loaded: /sys/module has its folder",
        "give the module another name in Kbuild",
    ),
    (
        "Loading of unsigned module is rejected",
        "this kernel takes signed modules alone (CONFIG_MODULE_SIG_FORCE, or module.sig_enforce)",
        "test with a kernel that takes others, or sign the module with a key that this one has built in",
    ),
    (
        "is rejected",
        "this kernel takes signed modules alone, and does not know the key of this one's signature",
        "sign the module with a key that the kernel has built in",
    ),
    (
        "unsigned module loading is restricted",
        "the kernel is locked down, as with secure boot, and then takes signed modules alone",
        "test without lockdown, or sign the module with a key that the kernel has built in",
    ),
    (
        "BTF: -",
        "the module's types (BTF) were made for another build of the kernel, and this one does not load them",
        "build it against the vmlinux of just this kernel; or without them: `make-args = [\"CONFIG_DEBUG_INFO_BTF_MODULES=\"]`",
    ),
    (
        "overflow in relocation type",
        "its code lies further from what it refers to than its instructions can reach: it was not built with the kernel's own flags",
        "build it with Kbuild alone; what is made without it, such as a prebuilt object, needs -mcmodel=kernel",
    ),
    (
        "Unknown rela relocation",
        "it has code of a kind that the kernel's loader does not link: it was not built with the kernel's own flags",
        "build it with Kbuild alone; what is made without it, such as a prebuilt object, needs -mcmodel=kernel -fno-pic",
    ),
    (
        "Invalid relocation target",
        "its sections have been linked already",
        "load the .ko that Kbuild made, and not what another linker made of it",
    ),
    (
        "this_module section size must match",
        "its `struct module` has another size: the kernel was configured otherwise than the headers that it was built with",
        "build it with the headers of just this kernel",
    ),
    (
        "module has no symbols",
        "its symbols were stripped, without which it can't be linked",
        "strip with --strip-debug alone",
    ),
    (
        "please compile with -fno-common",
        "it has a variable without a place, as old compilers make of `int x;` in several files",
        "declare it `extern` in all files but one",
    ),
    ("Invalid ELF header", "the file is not a module, or was cut", "build it anew"),
    (
        "Invalid architecture in ELF header",
        "it was built for another processor",
        "build it with the kernel's own compiler",
    ),
    (
        "is already registered, aborting",
        "a driver of this name is registered on the same bus, by the kernel itself or by another module",
        "give the driver another name: `.driver.name` or `.name`",
    ),
];

/// The words of two vermagics, include/linux/vermagic.h: the release, then what the kernel was configured with.
fn magic(is: &str, should: &str) -> Vec<String> {
    let release = |text: &str| text.split_whitespace().next().unwrap_or_default().to_owned();
    let options = |text: &str| text.split_whitespace().skip(1).map(str::to_owned).collect::<Vec<_>>();
    let mut said = Vec::new();
    if release(is) != release(should) {
        said.push(format!("it was built for {}, and this kernel is {}", release(is), release(should)));
    }
    let (is, should) = (options(is), options(should));
    let missing = |of: &[String], than: &[String]| {
        of.iter().filter(|word| !than.contains(word)).map(|it| format!("`{it}`")).collect::<Vec<_>>()
    };
    let (more, less) = (missing(&is, &should), missing(&should, &is));
    if !more.is_empty() {
        said.push(format!("it was built for a kernel with {}, which this one has not", more.join(", ")));
    }
    if !less.is_empty() {
        said.push(format!("it was built for a kernel without {}, which this one has", less.join(", ")));
    }
    said.push(BUILD_HERE.to_owned());
    said
}

/// With CONFIG_MODVERSIONS a symbol's version changes when a type does that it is made of.
fn version(symbol: &str, exports: &Exports) -> Vec<String> {
    let mut said = vec![match symbol {
        "module_layout" => "`struct module` itself is another one in the kernel that it was built for".to_owned(),
        symbol => format!("`{symbol}` has other types in the kernel that it was built for"),
    }];
    if let Some(Export { crc: Some(crc), wants: Some(wants), wanted, .. }) = exports.0.get(symbol) {
        let of = if wanted.is_empty() {
            "that of no kernel at hand".to_owned()
        } else {
            format!("that of {}", wanted.join(", "))
        };
        said.push(format!("its version here is {crc:#010x}; the module wants {wants:#010x}, {of}"));
    }
    said.push(BUILD_HERE.to_owned());
    said
}

fn unknown(symbol: &str, exports: &Exports) -> Vec<String> {
    let Some(export) = exports.0.get(symbol) else {
        return vec![format!("nothing that is loaded exports `{symbol}`")];
    };
    match export.by.as_deref() {
        Some("vmlinux") if export.gpl => vec![
            format!(
                "the kernel exports `{symbol}` with EXPORT_SYMBOL_GPL, and the module's licence is not compatible with it"
            ),
            "help: use another symbol; or, if the sources are under such a licence, say so with MODULE_LICENSE()"
                .to_owned(),
        ],
        Some("vmlinux") => {
            vec![format!("the headers say that the kernel exports `{symbol}`: they are not those of this kernel")]
        }
        Some(by) => vec![
            format!(
                "`{symbol}` is exported by the kernel's module `{by}`, which is not loaded, since the driver's module does not say that it needs it"
            ),
            format!(
                "help: let modpost see the export, which then writes `depends: {by}`; or add `MODULE_SOFTDEP(\"pre: {by}\");`"
            ),
        ],
        None if export.kernels.is_empty() => {
            vec![format!("no kernel at hand exports `{symbol}` ({})", export.others.join(", "))]
        }
        None => vec![format!(
            "`{symbol}` is exported by {}, and not by {}",
            export.kernels.join(", "),
            export.others.join(", ")
        )],
    }
}
