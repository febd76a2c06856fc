// SPDX-License-Identifier: MIT OR Apache-2.0
//! What make and the tools that it starts stumble over, and headers that are not there.

use super::complaint::Trouble;
use super::facts::Facts;
use super::headers;
use super::renames::{Change, row, row_to};
use super::shelf::{INCLUDES, Known};
use super::words::{grouped, labels, list};
use crate::toml_file::nearest;

pub(super) fn header(facts: &Facts<'_>, name: &str) -> Vec<String> {
    let own = facts.shelf.own();
    let base = name.rsplit('/').next().unwrap_or(name);
    let mut said = Vec::new();
    // The driver's own, where the compiler does not look.
    let is_it =
        |path: &&String| path.ends_with(&format!("/{name}")) || path.ends_with(&format!("/{base}")) || *path == base;
    if let Some(path) = facts.sources.0.iter().map(|(path, _)| path).find(is_it) {
        let dir =
            path.strip_suffix(name).unwrap_or_else(|| path.strip_suffix(base).unwrap_or(path)).trim_end_matches('/');
        let flag = if dir.is_empty() { "-I$(src)".to_owned() } else { format!("-I$(src)/{dir}") };
        said.push(format!("the driver has it as {path}, and the compiler does not look there"));
        if facts.sources.makefiles_have("EXTRA_CFLAGS") && !heeds_extra_cflags(own) {
            said.push(
                "the makefile says so with EXTRA_CFLAGS, which Kbuild heeds no more since upstream's 6.15".to_owned(),
            );
        }
        said.push(format!("help: in Kbuild: `ccflags-y += {flag}`"));
        return said;
    }
    let kernels = || facts.shelf.kernels.iter();
    let having: Vec<&Known> = kernels().filter(|known| known.header(name).is_some()).collect();
    let lacking: Vec<&Known> = kernels().filter(|known| known.header(name).is_none()).collect();
    if OF_LIBC.contains(&name) {
        said.push(format!("<{name}> is libc's, which a module has not"));
        said.push(
            "help: linux/types.h, linux/kernel.h and linux/string.h have what the kernel offers instead".to_owned(),
        );
    } else if having.is_empty() {
        said.push(format!("no kernel at hand has it ({})", labels(&lacking)));
    } else {
        let places = grouped(having.iter().copied(), |known| known.header(name).unwrap_or_default());
        let places: Vec<String> = places.iter().map(|(path, of)| format!("{path} of {}", labels(of))).collect();
        said.push(format!("it is {}, and not in {}", list(&places), labels(&lacking)));
    }
    let is_header = |change| change == Change::Header;
    if let Some(row) = row(name).filter(|row| is_header(row.change)) {
        said.push(format!("help: since upstream's {} it is `#include <{}>`", row.since.unwrap_or_default(), row.now));
        said.push(format!("help: for kernels of both kinds: `#if __has_include(<{}>)`", row.now));
        return said;
    }
    if let Some(row) = row_to(name).filter(|row| is_header(row.change) && own.header(row.was).is_some()) {
        said.push(format!("help: before upstream's {} it is `#include <{}>`", row.since.unwrap_or_default(), row.was));
        said.push(format!("help: for kernels of both kinds: `#if __has_include(<{name}>)`"));
        return said;
    }
    let alike = alike(own, base);
    if !alike.is_empty() {
        said.push(format!(
            "help: {} has {}",
            own.label,
            list(&alike.iter().map(|it| format!("<{it}>")).collect::<Vec<_>>())
        ));
    }
    if !having.is_empty() {
        said.push(format!("help: for kernels of both kinds: `#if __has_include(<{name}>)`"));
    }
    said
}

/// Headers of this kernel that have the same name in another folder.
fn alike(own: &Known, base: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for path in own.tops().iter().flat_map(|top| headers::named(top, base)) {
        let tail = INCLUDES.iter().rev().find_map(|include| path.strip_prefix(&format!("{include}/")));
        let tail = tail.unwrap_or(&path).to_owned();
        if !found.contains(&tail) && found.len() < 4 {
            found.push(tail);
        }
    }
    found
}

/// In scripts/Makefile.lib until 6.14.
fn heeds_extra_cflags(own: &Known) -> bool {
    own.tops().iter().any(|top| {
        let text = std::fs::read_to_string(top.join("scripts/Makefile.lib")).unwrap_or_default();
        text.contains("EXTRA_CFLAGS")
    })
}

const OF_LIBC: &[&str] = &[
    "stdio.h",
    "stdlib.h",
    "string.h",
    "stdint.h",
    "unistd.h",
    "errno.h",
    "assert.h",
    "math.h",
    "time.h",
    "pthread.h",
    "inttypes.h",
    "sys/types.h",
    "sys/ioctl.h",
    "fcntl.h",
    "signal.h",
    "ctype.h",
    "limits.h",
];

pub(super) fn no_symvers(facts: &Facts<'_>) -> Vec<String> {
    vec![
        format!(
            "the headers of {} have no Module.symvers, so that no symbol is known to be exported",
            facts.shelf.own().release
        ),
        "help: build that kernel, `make`, which makes the file; `make modules_prepare` does not".to_owned(),
    ]
}

pub(super) fn explain(facts: &Facts<'_>, trouble: &Trouble) -> Vec<String> {
    let own = facts.shelf.own();
    let is_gcc = own.has("CONFIG_CC_IS_CLANG") == Some(false);
    let compiler = own.option("CONFIG_CC_VERSION_TEXT").unwrap_or_else(|| "another compiler".to_owned());
    match trouble {
        Trouble::OtherCompiler => vec![
            format!("{} was built with {compiler}", own.release),
            "help: name that compiler, `make-args = [\"CC=...\"]` below `[build]` in driver.toml; another version mostly works, another compiler does not".to_owned(),
        ],
        Trouble::Option(option) => {
            let by = if is_gcc { "" } else { ", a clang" };
            vec![
                format!("`{option}` is none of this compiler's options; {} was built with {compiler}{by}", own.release),
                "help: an option of the kernel's own means that the compiler is older, or another: use the kernel's; one of the driver's belongs into `$(call cc-option,...)`".to_owned(),
            ]
        }
        Trouble::NoRule { target, by } => no_rule(facts, target, by.as_deref()),
        Trouble::NoTool(tool) => vec![
            format!("a makefile starts the program `{tool}`, which the tools that build for {} don't have", own.release),
            "help: have the makefile do without; or build with this machine's tools, `tools = \"host\"` in workbench.toml".to_owned(),
        ],
        Trouble::NoSymvers => no_symvers(facts),
        Trouble::NotConfigured => vec![
            format!("the tree of {} is not prepared for building modules", own.release),
            "help: in that tree: `make olddefconfig` and `make modules_prepare`".to_owned(),
        ],
        Trouble::Plugin => vec![
            format!("{} is built with plugins of its compiler, {compiler}, and no other version can load them", own.release),
            "help: build with just that compiler".to_owned(),
        ],
        Trouble::Objtool => vec![
            "objtool reads the machine code, and found a way through it that it can't follow: mostly assembler, a jump out of a function, or code after a call that never returns".to_owned(),
            "help: tools/objtool/Documentation/objtool.txt explains each of its messages; `OBJECT_FILES_NON_STANDARD_file.o := y` in Kbuild leaves a file out".to_owned(),
        ],
        Trouble::Btf => vec![
            "the types of the module, BTF, could not be made from those of the kernel".to_owned(),
            "help: `make-args = [\"CONFIG_DEBUG_INFO_BTF_MODULES=\"]` below `[build]` in driver.toml builds without; only BPF programs would miss them".to_owned(),
        ],
    }
}

/// A file that a makefile names and that is not there.
fn no_rule(facts: &Facts<'_>, target: &str, by: Option<&str>) -> Vec<String> {
    let name = target.rsplit('/').next().unwrap_or(target);
    let Some(stem) = name.strip_suffix(".o") else {
        let known: Vec<&str> = facts.sources.0.iter().map(|(path, _)| path.as_str()).collect();
        let near = nearest(name, known.iter().copied());
        let mut said =
            vec![format!("a makefile needs `{name}`, which is not there and which it does not say how to make")];
        said.extend(
            near.filter(|near| *near != name).map(|near| format!("help: there is `{near}`; did you mean that?")),
        );
        return said;
    };
    let by = by.and_then(|by| by.rsplit('/').next()).map(|by| format!(" for `{by}`")).unwrap_or_default();
    let stems: Vec<&str> = facts.sources.0.iter().filter_map(|(path, _)| path.strip_suffix(".c")).collect();
    let mut said = vec![format!("Kbuild names `{name}`{by}, and there is no {stem}.c, {stem}.S or {stem}.rs")];
    said.extend(match nearest(stem, stems.iter().copied()) {
        Some(near) => Some(format!("help: there is `{near}.c`; did you mean `{near}.o`?")),
        None if stems.is_empty() => None,
        None => Some(format!(
            "help: there is {}",
            list(&stems.iter().take(8).map(|stem| format!("`{stem}.c`")).collect::<Vec<_>>())
        )),
    });
    said
}

/// Warnings that a makefile, or a new kernel's default, makes errors of.
pub(super) fn strict(warning: &str, name: &str) -> Vec<String> {
    let (why, help) = match warning {
        "missing-prototypes" => (
            "since upstream's 6.8 every build warns of functions that only their own file declares",
            format!("make `{name}` static, or declare it in a header that its file includes"),
        ),
        "strict-prototypes" => ("empty parentheses say nothing of the parameters", format!("write `{name}(void)`")),
        "date-time" => (
            "the time of the build would make every build another module",
            "leave out __DATE__ and __TIME__".to_owned(),
        ),
        "implicit-fallthrough=" => {
            ("the kernel wants to see that it is meant", "write `fallthrough;`, or the missing `break;`".to_owned())
        }
        _ => (
            "the kernel's stack is too small for arrays of any length",
            "give the array a fixed size, or kmalloc() it".to_owned(),
        ),
    };
    vec![why.to_owned(), format!("help: {help}")]
}
