// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why nothing of a place in the kernel's tree becomes a module: the options that decide it, and what the kernel has them at.

use std::path::{Path, PathBuf};

use anyhow::Result;
use fs_err as fs;

use super::makefile;
use crate::kernel::KernelTree;

/// What is said then.
#[derive(Debug, Clone)]
pub(crate) struct NoModule {
    pub(crate) line: String,
    pub(crate) help: &'static str,
}

/// The options that decide it, and what the kernel has them at.
pub(super) fn why(
    makefiles: &[(PathBuf, String)],
    folder: &Path,
    module: Option<&str>,
    kernel: &KernelTree,
) -> Result<NoModule> {
    let config = fs::read_to_string(&kernel.config)?;
    let what = module.map_or_else(|| folder.to_owned(), |module| folder.join(module));
    let rules = makefiles.iter().flat_map(|(_, text)| makefile::rules(text));
    let is_it = |rule: &makefile::Rule| {
        module.is_none_or(|module| rule.objects.iter().any(|object| object.strip_suffix(".o") == Some(module)))
    };
    let mut options: Vec<String> = rules.filter(is_it).map(|rule| rule.option).collect();
    options.sort();
    options.dedup();
    Ok(said(&what, &kernel.release, &options, &config))
}

fn said(what: &Path, release: &str, options: &[String], config: &str) -> NoModule {
    const MOST: usize = 8;
    let value = |option: &String| {
        let line = config.lines().find(|line| line.strip_prefix(option).is_some_and(|rest| rest.starts_with('=')));
        line.map_or_else(|| format!("{option} is not set"), str::to_owned)
    };
    let values: Vec<String> = options.iter().map(value).collect();
    let more = values.len().saturating_sub(MOST);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let listed = values.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ") + &more;
    let (why, help) = if values.is_empty() {
        ("its makefile has no option that could make it one".to_owned(), "name a folder or a module that has one")
    } else if values.iter().all(|value| value.ends_with("=y")) {
        (listed, "what is `y` is part of the kernel's image, and is patched by building the kernel")
    } else {
        (
            listed,
            "what the configuration has at `m` is built; name a kernel that has one so, which may be a tree of your own",
        )
    };
    NoModule { line: format!("nothing of `{}` is a module of {release}: {why}", what.display()), help }
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
            let NoModule { line, help } = said(Path::new("drivers/x"), "6.1.0", &options, config);
            expected.assert_eq(&format!("{line}\n{help}"));
        };
        check(
            &["CONFIG_A", "CONFIG_B"],
            &expect![[r#"
                nothing of `drivers/x` is a module of 6.1.0: CONFIG_A=y, CONFIG_B is not set
                what the configuration has at `m` is built; name a kernel that has one so, which may be a tree of your own"#]],
        );
        check(
            &["CONFIG_A"],
            &expect![[r#"
                nothing of `drivers/x` is a module of 6.1.0: CONFIG_A=y
                what is `y` is part of the kernel's image, and is patched by building the kernel"#]],
        );
        check(
            &["CONFIG_AB"],
            &expect![[r#"
                nothing of `drivers/x` is a module of 6.1.0: CONFIG_AB=m
                what the configuration has at `m` is built; name a kernel that has one so, which may be a tree of your own"#]],
        );
        check(
            &[],
            &expect![[r#"
                nothing of `drivers/x` is a module of 6.1.0: its makefile has no option that could make it one
                name a folder or a module that has one"#]],
        );
    }
}
