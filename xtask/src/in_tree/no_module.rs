// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why nothing of a place in the kernel's tree becomes a module: the options that decide it, and what the kernel has them at.

use std::path::{Path, PathBuf};

use anyhow::Result;
use fs_err as fs;

use super::makefile;
use crate::kernel::KernelTree;

/// What is said when nothing of a folder becomes a module: the options that decide it, and what the kernel has them at.
pub(super) fn why(
    makefiles: &[(PathBuf, String)],
    folder: &Path,
    module: Option<&str>,
    kernel: &KernelTree,
) -> Result<String> {
    let config = fs::read_to_string(&kernel.config)?;
    let what = module.map_or_else(|| folder.to_owned(), |module| folder.join(module));
    let rules = makefiles.iter().flat_map(|(_, text)| makefile::rules(text));
    let is_it = |rule: &makefile::Rule| {
        module.is_none_or(|module| rule.objects.iter().any(|object| object.strip_suffix(".o") == Some(module)))
    };
    let mut options: Vec<String> = rules.filter(is_it).map(|rule| rule.option).collect();
    options.sort();
    options.dedup();
    Ok(said_no_module(&what, &kernel.release, &options, &config))
}

fn said_no_module(what: &Path, release: &str, options: &[String], config: &str) -> String {
    const MOST: usize = 8;
    let value = |option: &String| {
        let line = config.lines().find(|line| line.strip_prefix(option).is_some_and(|rest| rest.starts_with('=')));
        line.map_or_else(|| format!("{option} is not set"), str::to_owned)
    };
    let listed: Vec<String> = options.iter().take(MOST).map(value).collect();
    let more = options.len().saturating_sub(MOST);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let why = match listed[..] {
        [] => "its makefile has no option that could make it one".to_owned(),
        _ => format!("{}{more}", listed.join(", ")),
    };
    format!("nothing of `{}` is a module of {release}: {why}", what.display())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[test]
    fn why_there_is_no_module() {
        let config = "CONFIG_A=y\nCONFIG_AB=m\n# CONFIG_B is not set\n";
        let check = |options: &[&str], expected: &Expect| {
            let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
            expected.assert_eq(&said_no_module(Path::new("drivers/x"), "6.1.0", &options, config));
        };
        check(
            &["CONFIG_A", "CONFIG_B"],
            &expect!["nothing of `drivers/x` is a module of 6.1.0: CONFIG_A=y, CONFIG_B is not set"],
        );
        check(&["CONFIG_AB"], &expect!["nothing of `drivers/x` is a module of 6.1.0: CONFIG_AB=m"]);
        check(
            &[],
            &expect!["nothing of `drivers/x` is a module of 6.1.0: its makefile has no option that could make it one"],
        );
    }
}
