// SPDX-License-Identifier: MIT OR Apache-2.0
//! nix/kernel/why.pl says why an option of a kernel is not what was wanted: on tests/kconfig, a kernel's options in small.
//!
//! The script needs perl and nothing else. Where there is none, its tests are reported as ignored.

/// A module's functions as trials of their names; what panics in one has failed.
macro_rules! trials {
    ($($name:ident),* $(,)?) => {
        pub(crate) fn trials() -> Vec<libtest_mimic::Trial> {
            let each: &[(&str, fn())] = &[$((stringify!($name), $name)),*];
            let trial = |(name, run): &(&str, fn())| {
                let run = *run;
                libtest_mimic::Trial::test(*name, move || {
                    run();
                    Ok(())
                })
            };
            each.iter().map(trial).collect()
        }
    };
}

mod dependencies;
mod values;

use std::path::Path;

use expect_test::Expect;
use libtest_mimic::Arguments;
use xshell::{Shell, cmd};

fn main() {
    let shell = Shell::new().expect("the current folder is there");
    let has_perl = cmd!(shell, "perl -v").quiet().ignore_stdout().run().is_ok();
    if !has_perl {
        note("the host has no perl: nix/kernel/why.pl is not tested");
    }
    let trials = [dependencies::trials(), values::trials()].into_iter().flatten();
    let trials = trials.map(|trial| trial.with_ignored_flag(!has_perl)).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// What the script says of wishes such as `KGDB=y`, and the status it ends with.
fn check(wishes: &str, expected: &Expect) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace has a folder");
    let shell = Shell::new().expect("the current folder is there");
    shell.change_dir(root);
    let wishes = wishes.split_whitespace();
    let script = "nix/kernel/why.pl";
    let output = cmd!(shell, "perl -w {script} --tree tests/kconfig --config tests/kconfig/config {wishes...}")
        .quiet()
        .ignore_status()
        .output()
        .expect("perl starts");
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    expected.assert_eq(&format!("{said}exit status {}\n", output.status.code().expect("perl ends by itself")));
}

#[expect(clippy::print_stderr, reason = "a test program speaks to the person who runs it")]
fn note(text: &str) {
    eprintln!("{text}");
}
