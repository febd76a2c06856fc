// SPDX-License-Identifier: MIT OR Apache-2.0
//! What modpost refuses: symbols that nobody exports, or not to this module.

use super::facts::Facts;
use super::options;
use super::renames::row;
use super::shelf::Known;
use super::symvers::{Symvers, module_name};
use super::words::{labels, list, needs};
use crate::judge::GPL_COMPATIBLE;
use crate::toml_file::nearest;

/// A symbol that this module uses and nothing exports.
pub(super) fn undefined(facts: &Facts<'_>, symbol: &str, module: &str) -> Vec<String> {
    let own = facts.shelf.own();
    let Some(symvers) = facts.symvers(own) else { return super::trouble::no_symvers(facts) };
    if let Some(export) = symvers.get(symbol) {
        return vec![format!("`{symbol}` is exported by {} of {}", export.owner(), own.label)];
    }
    if let Some(file) = facts.sources.defining(symbol) {
        let object = file.strip_suffix(".c").unwrap_or(file);
        return vec![
            format!("`{symbol}` is in {file}, which is not part of `{module}`"),
            format!(
                "help: add it in Kbuild, `{module}-y += {object}.o`; or export it from its own module with EXPORT_SYMBOL_GPL()"
            ),
        ];
    }
    let neighbour = facts.neighbours.iter().find_map(|(driver, path)| {
        let export = Symvers::read(path)?.get(symbol)?.clone();
        Some((driver, path, module_name(&export.module)))
    });
    if let Some((driver, path, module)) = neighbour {
        let argument = format!("KBUILD_EXTRA_SYMBOLS={}", path.display());
        return vec![
            format!(
                "`{symbol}` is exported by the module `{module}` of the driver `{driver}`, which this build is not told of"
            ),
            format!(
                "help: name its symbols, `make-args = [\"{argument}\"]` below `[build]` in driver.toml; or build both in one folder"
            ),
        ];
    }
    let exporting = |known: &&Known| facts.symvers(known).is_some_and(|symvers| symvers.get(symbol).is_some());
    let (having, lacking): (Vec<&Known>, Vec<&Known>) = facts.shelf.kernels.iter().partition(exporting);
    let mut said = vec![if having.is_empty() {
        format!("no kernel at hand exports `{symbol}` ({})", labels(&lacking))
    } else {
        format!("`{symbol}` is exported by {}, and not by {}", labels(&having), labels(&lacking))
    }];
    if let Some(of_sources) = of_sources(facts, symbol) {
        said.extend(of_sources);
        return said;
    }
    if let Some(place) = facts.any(own, symbol).filter(|_| having.is_empty()) {
        said.push(format!("{} declares it, for what is built into the kernel: no module can use it", place.file));
    }
    said.extend(of_module(facts, symbol, &having));
    match row(symbol) {
        Some(row) => said.push(super::drift::advice(facts, row)),
        None if having.is_empty() => {
            let near = nearest(symbol, symvers.names())
                .filter(|near| near.len() > 3 && distance(near, symbol) <= 1 + symbol.len() / 6);
            said.extend(near.map(|near| format!("help: {} exports `{near}`; did you mean that?", own.label)));
        }
        None => {}
    }
    said
}

/// What the sources of the own kernel say of a symbol that it does not export; none if it has no sources, or these don't either.
fn of_sources(facts: &Facts<'_>, symbol: &str) -> Option<Vec<String>> {
    let own = facts.shelf.own();
    let (file, options) = facts.exporters()?.needs(symbol, |option| own.has(option) != Some(false))?;
    let exports = format!("{file} of {} exports it", own.label);
    if options.is_empty() {
        let why = "either a condition in that file does not hold, or the kernel was not built whole";
        return Some(vec![format!("{exports}: {why}")]);
    }
    let for_kernels = format!("{exports}, for kernels with {}, which {} has not", list(&options), own.release);
    Some(vec![for_kernels, in_need_of(&options)])
}

/// Which module of another kernel exports a symbol, and the option that it probably is.
fn of_module(facts: &Facts<'_>, symbol: &str, having: &[&Known]) -> Vec<String> {
    let own = facts.shelf.own();
    // The nearest of them: of the same series, if it is there.
    let Some(nearest) = having.iter().find(|known| known.is_series_of(own)).or(having.last()) else {
        return Vec::new();
    };
    let export = facts.symvers(nearest).and_then(|symvers| symvers.get(symbol));
    let Some(export) = export.filter(|export| export.module != "vmlinux") else { return Vec::new() };
    let (owner, module, label) = (export.owner(), &export.module, &nearest.label);
    let whose = format!("in {label}, {owner} has it (`{module}`)");
    match options::likely(module, nearest, own) {
        Some(option) => {
            vec![format!("{whose}, most likely by {option}, which {} has not", own.label), in_need_of(&[option])]
        }
        None => vec![format!("{whose}: {} may be configured without", own.label)],
    }
}

fn in_need_of(options: &[String]) -> String {
    format!("help: use a kernel that is configured so, or leave such as this one out with {}", needs(options))
}

fn distance(one: &str, other: &str) -> usize {
    strsim::damerau_levenshtein(one, other)
}

pub(super) fn gpl_only(facts: &Facts<'_>, symbol: &str, module: &str) -> Vec<String> {
    let licence = facts.sources.licence();
    let licence = licence.map(|licence| format!(" `{licence}`")).unwrap_or_default();
    let by = facts.symvers(facts.shelf.own()).and_then(|symvers| Some(symvers.get(symbol)?.owner()));
    let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
    vec![
        format!(
            "`{symbol}` is exported{by} with EXPORT_SYMBOL_GPL, and the licence{licence} of `{module}` is not one of {}",
            GPL_COMPATIBLE.join(", ")
        ),
        "help: use other symbols; or, if the sources are under such a licence, say so with MODULE_LICENSE()".to_owned(),
    ]
}

pub(super) fn namespace(facts: &Facts<'_>, symbol: &str, namespace: &str) -> Vec<String> {
    if let Some(modules) = namespace.strip_prefix("module:") {
        return vec![format!(
            "`{symbol}` is exported to the modules {modules} alone (EXPORT_SYMBOL_FOR_MODULES): no other can use it"
        )];
    }
    let own = facts.shelf.own();
    let mut said =
        vec![format!("`{symbol}` is exported in the namespace {namespace}, and a module says which of these it uses")];
    said.push(format!("help: add `{}`", import(own, namespace)));
    let other = facts.shelf.kernels.iter().find(|known| import(known, namespace) != import(own, namespace));
    said.extend(other.map(|other| format!(
        "help: since upstream's 6.13 its name is a text; in {} write `{}`, by `#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)`",
        other.label,
        import(other, namespace)
    )));
    said
}

/// Until 6.12 the macro made a text of the name (include/linux/module.h).
fn import(known: &Known, namespace: &str) -> String {
    if takes_text(known) {
        format!("MODULE_IMPORT_NS(\"{namespace}\");")
    } else {
        format!("MODULE_IMPORT_NS({namespace});")
    }
}

pub(super) fn takes_text(known: &Known) -> bool {
    let texts =
        known.tops().into_iter().filter_map(|top| fs_err::read_to_string(top.join("include/linux/module.h")).ok());
    let line = |text: String| text.lines().find(|line| line.contains("define MODULE_IMPORT_NS(")).map(str::to_owned);
    texts.into_iter().filter_map(line).next().is_some_and(|line| !line.contains("__stringify"))
}

pub(super) fn section(from: &str, to: &str, section: &str) -> Vec<String> {
    let of_exit = section.contains("exit");
    let (when, mark) = if of_exit {
        ("is not there in a kernel that has it built in", "__exit")
    } else {
        ("is freed when init is done", "__init")
    };
    let name = if from.is_empty() { "what stays" } else { from };
    vec![
        format!("`{name}` refers to `{to}`, which {when} ({mark})"),
        format!("help: take {mark} from `{to}`; or mark `{name}` so too, if nothing needs it later"),
    ]
}
