// SPDX-License-Identifier: MIT OR Apache-2.0
//! `package explain`: what scripts rely on, exit statuses and JSON.

use expect_test::{Expect, expect};

use crate::bench::Bench;

const LOG: &str = "building '/nix/store/x-hello.drv'...\n\
    hello> Skipping BTF generation for hello.ko due to unavailability of vmlinux\n\
    hello> make: *** No rule to make target 'install'.  Stop.\n";

const CONFIGURATION: &str = "{ pkgs, ... }:\n{\n  boot.kernelPackages = pkgs.linux_6_12;\n}\n";

#[track_caller]
fn check(words: &str, expected: &Expect) {
    let bench = Bench::new();
    for (name, text) in [
        ("build.log", LOG),
        ("harmless.log", "Skipping depmod.\n"),
        ("good.log", "all is well\n"),
        ("wrong.nix", CONFIGURATION),
        ("good.nix", "{ boot.kernelModules = [ \"qc71-laptop\" ]; }\n"),
        ("broken.nix", "{ a = ;\n"),
    ] {
        std::fs::write(bench.path(name), text).expect("written");
    }
    expected.assert_eq(&bench.run(&format!("package explain {words}")).report());
    assert!(!bench.path("cache").exists(), "explaining needs no cache");
    assert_eq!(bench.server.requests(), [""; 0], "explaining needs no network");
}

#[test]
fn what_is_wrong() {
    check("build.log wrong.nix good.nix", &expect![[""]]);
    check("--json wrong.nix", &expect![[""]]);
}

#[test]
fn what_is_not() {
    check("harmless.log good.log", &expect![[""]]);
}

#[test]
fn what_cannot_be_read() {
    check("nowhere.log", &expect![[""]]);
    check("broken.nix build.log", &expect![[""]]);
    check(".", &expect![[""]]);
}
