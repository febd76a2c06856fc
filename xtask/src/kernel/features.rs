// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a driver can have on a kernel, beyond being built and loaded.

use std::path::Path;

use fs_err as fs;

use super::tree::KernelTree;

/// A word for each thing, and the option that it takes.
const OPTIONS: &[(&str, &str)] = &[
    ("modversions", "CONFIG_MODVERSIONS"),
    ("signing", "CONFIG_MODULE_SIG"),
    ("signing-forced", "CONFIG_MODULE_SIG_FORCE"),
    ("kunit", "CONFIG_KUNIT"),
    ("lockdep", "CONFIG_PROVE_LOCKING"),
    ("kasan", "CONFIG_KASAN"),
];

/// What a kernel offers: of `rust btf modversions signing signing-forced kunit lockdep kasan` those that are there.
pub fn features(kernel: &KernelTree) -> Vec<&'static str> {
    let config = fs::read_to_string(&kernel.config).unwrap_or_default();
    of(&config, &kernel.kdir)
}

/// Whether a kernel's configuration has an option, built in or as a module.
pub(crate) fn is_on(config: &str, option: &str) -> bool {
    matches!(value_of(config, option), Some("y" | "m"))
}

/// The text that a configuration has for an option, without its quotes.
pub(crate) fn text_of<'a>(config: &'a str, option: &str) -> Option<&'a str> {
    let quoted = value_of(config, option)?;
    quoted.strip_prefix('"')?.strip_suffix('"').filter(|text| !text.is_empty())
}

/// What stands behind an option's `=`. A configuration has 10000 lines, and is asked often.
fn value_of<'a>(config: &'a str, option: &str) -> Option<&'a str> {
    let assigned = format!("{option}=");
    let is_first = |at: &usize| *at == 0 || config.as_bytes()[*at - 1] == b'\n';
    let at = memchr::memmem::find_iter(config.as_bytes(), &assigned).find(is_first)?;
    config[at + assigned.len()..].lines().next()
}

/// Which of these options, with `CONFIG_`, a kernel has; without it.
pub(crate) fn options_of(kernel: &KernelTree, options: &[String]) -> Vec<String> {
    let config = fs::read_to_string(&kernel.config).unwrap_or_default();
    let has = options.iter().filter(|option| is_on(&config, option));
    has.filter_map(|option| option.strip_prefix("CONFIG_").map(str::to_owned)).collect()
}

/// How many times longer than others a kernel may take: one that checks every access or every lock is so much slower.
/// An emulated machine that only boots took 14 s instead of 2, and a look for leaks 13 s.
pub(crate) fn patience(kernel: &KernelTree) -> u32 {
    patience_with(&fs::read_to_string(&kernel.config).unwrap_or_default())
}

fn patience_with(config: &str) -> u32 {
    let is_slow = SLOW.iter().any(|option| is_on(config, option));
    if is_slow { 4 } else { 1 }
}

const SLOW: &[&str] =
    &["CONFIG_KASAN", "CONFIG_KMSAN", "CONFIG_KCSAN", "CONFIG_PROVE_LOCKING", "CONFIG_DEBUG_KMEMLEAK"];

/// How many CPUs a machine has at least: KCSAN finds what two do at once.
pub(crate) fn least_cpus(kernel: &KernelTree) -> u8 {
    least_cpus_with(&fs::read_to_string(&kernel.config).unwrap_or_default())
}

fn least_cpus_with(config: &str) -> u8 {
    if is_on(config, "CONFIG_KCSAN") { 2 } else { 1 }
}

/// As [`features`], of a configuration, its comments left out or not, and a kernel's headers.
pub(super) fn of(config: &str, kdir: &Path) -> Vec<&'static str> {
    let is_on = |option: &str| is_on(config, option);
    let mut found = Vec::new();
    // Debian's headers have the option and nothing to build with: Documentation/rust/ says that modules need the metadata
    // of the kernel's own crates.
    if is_on("CONFIG_RUST") && ["rust/libcore.rmeta", "rust/libkernel.rmeta"].iter().all(|it| kdir.join(it).exists()) {
        found.push("rust");
    }
    // Without the types of the kernel itself, those of a module can't be written (scripts/Makefile.modfinal).
    if is_on("CONFIG_DEBUG_INFO_BTF_MODULES") && kdir.join("vmlinux").exists() {
        found.push("btf");
    }
    found.extend(OPTIONS.iter().filter(|(_, option)| is_on(option)).map(|(word, _)| *word));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(config: &str, files: &[&str], expected: &str) {
        let dir = tempfile::tempdir().expect("a folder");
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, "").expect("written");
        }
        assert_eq!(of(config, dir.path()).join(" "), expected);
    }

    #[test]
    fn who_is_waited_for() {
        assert_eq!(patience_with("CONFIG_KUNIT=y\n# CONFIG_KASAN is not set\n"), 1);
        assert_eq!(patience_with("CONFIG_KASAN=y\n"), 4);
    }

    #[test]
    fn who_races() {
        assert_eq!(least_cpus_with("CONFIG_SMP=y\n# CONFIG_KCSAN is not set\n"), 1);
        assert_eq!(least_cpus_with("CONFIG_KCSAN=y\n"), 2);
    }

    #[test]
    fn values() {
        let config = "CONFIG_A=y\nCONFIG_BA=m\nCONFIG_B=n\r\n# CONFIG_C is not set\nX CONFIG_D=y\nCONFIG_E=m";
        let found = ["CONFIG_A", "CONFIG_BA", "CONFIG_B", "CONFIG_C", "CONFIG_D", "CONFIG_E", "CONFIG_"];
        let values = found.map(|option| value_of(config, option));
        assert_eq!(values, [Some("y"), Some("m"), Some("n"), None, None, Some("m"), None]);
        assert_eq!(value_of("CONFIG_A=", "CONFIG_A"), None);
    }

    #[test]
    fn texts() {
        let config = "CONFIG_A=y\nCONFIG_RUSTC_VERSION=108500\nCONFIG_RUSTC_VERSION_TEXT=\"rustc 1.85.0 (4d91 2025-02-17)\"\nCONFIG_B=\"\"\n";
        let text = |option| text_of(config, option);
        assert_eq!(text("CONFIG_RUSTC_VERSION_TEXT"), Some("rustc 1.85.0 (4d91 2025-02-17)"));
        assert_eq!([text("CONFIG_RUSTC_VERSION"), text("CONFIG_A"), text("CONFIG_B"), text("CONFIG_C")], [None; 4]);
    }

    #[test]
    fn what_there_is() {
        check("", &[], "");
        check("CONFIG_RUST=y\nCONFIG_KASAN=y\n", &[], "kasan");
        check("CONFIG_RUST=y\n", &["rust/libcore.rmeta", "rust/libkernel.rmeta"], "rust");
        check("CONFIG_DEBUG_INFO_BTF_MODULES=y\n", &[], "");
        check("CONFIG_DEBUG_INFO_BTF_MODULES=y\nCONFIG_MODVERSIONS=y\n", &["vmlinux"], "btf modversions");
        check("CONFIG_MODULE_SIG=y\n# CONFIG_MODULE_SIG_FORCE is not set\nCONFIG_KUNIT=m\n", &[], "signing kunit");
        check("CONFIG_MODULE_SIG_FORCE=y\nCONFIG_PROVE_LOCKING=y\n", &[], "signing-forced lockdep");
    }
}
