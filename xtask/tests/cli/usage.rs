// SPDX-License-Identifier: MIT OR Apache-2.0
//! Wrong words on the command line, folders that are no drivers, and what scripts rely on: exit statuses and JSON.

use std::io::pipe;

use clap::CommandFactory as _;
use expect_test::{Expect, expect};

use crate::bench::{Bench, Running};

#[track_caller]
fn check_in(bench: &Bench, words: &str, expected: &Expect) {
    expected.assert_eq(&bench.run(words).report());
}

#[track_caller]
fn check(words: &str, expected: &Expect) {
    let bench = Bench::new();
    check_in(&bench, words, expected);
    assert_eq!(bench.server.requests(), [""; 0], "wrong words need no mirror");
}

#[test]
fn help_of_every_command() {
    let bench = Bench::new();
    let cli = xtask::cli::Cli::command();
    let names = cli.get_subcommands().filter(|it| !it.is_hide_set()).map(clap::Command::get_name);
    for name in names.chain([""]) {
        let ran = bench.run(&format!("{name} --help")).good();
        assert!(ran.stdout.contains(&format!("Usage: cargo xtask {name}")), "{ran:#?}");
        assert_eq!(ran.stderr, "");
    }
    assert!(!bench.path("cache").exists(), "help makes no cache");
}

#[test]
fn wrong_words() {
    check(
        "biuld",
        &expect![[r#"
        ! error: unrecognized subcommand 'biuld'
        ! 
        !   tip: a similar subcommand exists: 'build'
        ! 
        ! Usage: cargo xtask [OPTIONS] <COMMAND>
        ! 
        ! For more information, try '--help'.
        exit status 2
    "#]],
    );
    check(
        "build --kernal 6_1",
        &expect![[r#"
        ! error: unexpected argument '--kernal' found
        ! 
        !   tip: a similar argument exists: '--kernel'
        ! 
        ! Usage: cargo xtask build --kernel <NAME> [DRIVER]...
        ! 
        ! For more information, try '--help'.
        exit status 2
    "#]],
    );
    check(
        "build --jobs 0",
        &expect![[r#"
        ! error: invalid value '0' for '--jobs <N>': 0 is not in 1..=65535
        ! 
        ! For more information, try '--help'.
        exit status 2
    "#]],
    );
    check(
        "judge",
        &expect![[r#"
        ! error: the following required arguments were not provided:
        !   <DIR>...
        ! 
        ! Usage: cargo xtask judge <DIR>...
        ! 
        ! For more information, try '--help'.
        exit status 2
    "#]],
    );
    check(
        "vm-test --accel xen",
        &expect![[r#"
        ! error: invalid value 'xen' for '--accel <WHICH>'
        !   [possible values: auto, kvm, tcg]
        ! 
        ! For more information, try '--help'.
        exit status 2
    "#]],
    );
}

#[test]
fn malformed_kernels() {
    check(
        "build --kernel six",
        &expect![[r#"
            ! error: `six` is not the name of a kernel
            ! help: name a series (`6_1`), a flavour of it (`6_1-cloud`, `6_1-rt`), a release (`6.1.192`), what `uname -r` says (`6.1.0-56-amd64`), `latest`, `all`, `host` for the running one, a path to a built tree, or a series, a release or sources with a profile to build them by (`6_12+debug`, `~/linux+vm`)
            exit status 2
        "#]],
    );
    for name in ["6", "6_1-Debug", "6_1_2_3", "-1", "latest_1"] {
        let bench = Bench::new();
        bench.run(&format!("build --kernel={name}")).fails(2, &[&format!("`{name}` is not the name of a kernel")]);
        assert_eq!(bench.server.requests(), [""; 0]);
    }
    let bench = Bench::new();
    bench.write("ws/workbench.toml", "kernels = [\"six\"]\n");
    bench.run("build").fails(2, &["`six` is not the name of a kernel"]);
}

#[test]
fn unknown_kernels() {
    let bench = Bench::new();
    check_in(
        &bench,
        "build --kernel 6_2",
        &expect![[r#"
            ! error: there is no kernel `6_2`
            !   nixpkgs: there is no `nix-build` on the PATH
            !   debian: has none at $MIRROR/debian (from $WORKBENCH_DEBIAN_MIRROR); near are `6_1` (6.1.0-2-amd64) and `6_12` (6.12.5+deb13-amd64)
            !   kernel.org: could not be asked: failed to fetch `$MIRROR/kernel.org/releases.json`: `$MIRROR/kernel.org/releases.json` is not on the server (404) (`--kernel kernel.org:6_2` says more)
            ! help: with Nix (https://nixos.org/download) nixpkgs has further kernels
            ! help: the nearest is `--kernel 6_1`
            ! help: `cargo xtask kernels list --available` names all there are; `--kernel PATH` takes a tree that you built
            exit status 2
        "#]],
    );
    bench
        .run("build --kernel 6_12-cloud")
        .fails(2, &["there is no kernel `6_12-cloud`", "the nearest is `--kernel 6_12`"]);
    bench.run("build --kernel 6.1.99").fails(2, &["there is no kernel `6.1.99`", "the nearest is `--kernel 6_1`"]);
    bench.run("build --kernel 6.1.0-99-amd64").fails(2, &["there is no kernel `6.1.0-99-amd64`"]);
    bench.run("build --kernel 5_10-rt").fails(2, &["the nearest is `--kernel 6_1`"]);
}

#[test]
fn unknown_drivers() {
    check(
        "build tyo",
        &expect![[r#"
        ! error: there is no driver and no folder `tyo`
        ! help: did you mean `toy`?
        ! help: the workspace has `toy`; a path to any other folder works too
        exit status 2
    "#]],
    );
    check(
        "build something-else",
        &expect![[r#"
        ! error: there is no driver and no folder `something-else`
        ! help: the workspace has `toy`; a path to any other folder works too
        exit status 2
    "#]],
    );
    check(
        "build ./nowhere",
        &expect![[r#"
            ! error: there is no driver and no folder `./nowhere`
            ! help: the workspace has `toy`; a path to any other folder works too
            exit status 2
        "#]],
    );
    check(
        "build toy/Kbuild",
        &expect![[r#"
        ! error: `toy/Kbuild` is a file, not a driver's folder
        ! help: name the folder that it is in
        exit status 2
    "#]],
    );
    let bench = Bench::new();
    bench.write("ws/empty/README", "");
    check_in(
        &bench,
        "build empty",
        &expect![[r#"
            ! error: `$WORKSPACE/empty` is not a driver's folder: it has neither Kbuild, nor Makefile, nor dkms.conf
            ! help: a Kbuild file with the line `obj-m := NAME.o` is enough
            exit status 2
        "#]],
    );
    check_in(
        &bench,
        "build ./empty",
        &expect![[r#"
            ! error: `$WORKSPACE/empty` is not a driver's folder: it has neither Kbuild, nor Makefile, nor dkms.conf
            ! help: a Kbuild file with the line `obj-m := NAME.o` is enough
            exit status 2
        "#]],
    );
}

#[test]
fn no_drivers_at_all() {
    let bench = Bench::new();
    std::fs::remove_dir_all(bench.path("ws/toy")).expect("removed");
    check_in(
        &bench,
        "build --kernel 6_1",
        &expect![[r#"
        ! there is nothing to do: `$WORKSPACE` has no driver, and no other was named
        exit status 4
    "#]],
    );
    assert_eq!(bench.run("vm-test --accel tcg").code, Some(4));
    assert_eq!(bench.server.requests(), [""; 0]);
}

#[test]
fn settings() {
    let bench = Bench::new();
    for (text, expected) in [
        (
            "kernel = [\"6_1\"]\n",
            expect![[r#"
                ! error: $WORKSPACE/workbench.toml:1:1: there is no key `kernel` here; did you mean `kernels`?
                !   |
                ! 1 | kernel = ["6_1"]
                !   | ^
                ! help: the keys here are `kernels`, `driver`, `tools`, `debian`, `archive`, `nixpkgs`, `kernel-org`, `profile`, `sources`
                exit status 2
            "#]],
        ),
        (
            "kernels = \"6_1\"\n",
            expect![[r#"
            ! error: $WORKSPACE/workbench.toml:1:11: invalid type: string "6_1", expected a sequence
            !   |
            ! 1 | kernels = "6_1"
            !   |           ^
            exit status 2
        "#]],
        ),
        (
            "tools = \"mine\"\n",
            expect![[r#"
                ! error: $WORKSPACE/workbench.toml:1:9: there is no `mine` here
                !   |
                ! 1 | tools = "mine"
                !   |         ^
                ! help: what can stand here is `own`, `host`
                exit status 2
            "#]],
        ),
        (
            "[debian]\nkeyring = \"nowhere.pgp\"\n",
            expect![[r#"
                ! error: failed to get the index of Debian's suite `bullseye`
                !   failed to read the keyring of workbench.toml
                !   failed to open file `$WORKSPACE/nowhere.pgp`: No such file or directory (os error 2)
                exit status 2
            "#]],
        ),
        (
            "[debian]\nkeyring = \"workbench.toml\"\n",
            expect![[r#"
                ! error: failed to get the index of Debian's suite `bullseye`
                !   failed to read the keyring of workbench.toml
                !   failed to read an OpenPGP key of the Debian archive
                exit status 2
            "#]],
        ),
        (
            "[debian\n",
            expect![[r#"
            ! error: $WORKSPACE/workbench.toml:1:8: unclosed table, expected `]`
            !   |
            ! 1 | [debian
            !   |        ^
            exit status 2
        "#]],
        ),
    ] {
        bench.write("ws/workbench.toml", text);
        check_in(&bench, "kernels list --available", &expected);
    }
    assert_eq!(bench.server.requests(), [""; 0]);
}

#[test]
fn environment() {
    let bench = Bench::new();
    bench.write("file", "");
    for (name, value, expected) in [
        (
            "WORKBENCH_DEBIAN_MIRROR",
            "ftp://mirror.example/debian".to_owned(),
            expect![[r#"
                ! error: the Debian mirror `ftp://mirror.example/debian` from $WORKBENCH_DEBIAN_MIRROR is not an http:// or https:// address
                exit status 2
            "#]],
        ),
        (
            "WORKBENCH_CACHE",
            bench.path("file/cache").display().to_string(),
            expect![[r#"
            ! error: failed to use `$BENCH/file/cache` as the cache
            !   failed to create directory `$BENCH/file/cache/locks`: Not a directory (os error 20)
            ! help: set WORKBENCH_CACHE to a folder you can write to
            exit status 2
        "#]],
        ),
    ] {
        let mut command = bench.command("kernels list --available");
        command.env(name, value);
        expected.assert_eq(&Running::new(command, &bench).wait().report());
    }
}

#[test]
fn exit_statuses() {
    let bench = Bench::new();
    assert_eq!(bench.run("build --kernel 6_1").code, Some(0));
    bench.write("ws/toy/toy", "refuse");
    let refused = bench.run("build --kernel 6_1");
    expect![[r#"
         fail toy on 6.1.0-2-amd64: it does not build: toy/toy.c:1:1: error: toys are not allowed
              build log: $TARGET/workbench/build/toy/6.1.0-2-amd64_6.1.20-1/build.log
        exit status 1
    "#]]
    .assert_eq(&refused.report());
    // One that is good makes nothing of one that is bad.
    bench.write("ws/good/Kbuild", "obj-m := toy.o\n");
    assert_eq!(bench.run("build --kernel 6_1 good toy").code, Some(1));
    assert_eq!(bench.run("build --kernel 6_1 good").code, Some(0));
    assert_eq!(bench.run("build --kernel 6_2 good").code, Some(2));
}

/// A build leaves the driver's folder as it was.
#[test]
fn sources_stay_clean() {
    let bench = Bench::new();
    bench.run("build --kernel 6_1").good();
    let names = std::fs::read_dir(bench.path("ws/toy")).expect("a folder").flatten().map(|entry| entry.file_name());
    assert_eq!(names.collect::<Vec<_>>(), ["Kbuild"]);
}

/// One object a line on standard output, each an event.
#[test]
fn json() {
    let bench = Bench::new();
    let events = |words: &str, code| {
        let ran = bench.run(words);
        assert_eq!(ran.code, Some(code), "{ran:#?}");
        let events = ran.stdout.lines().map(|line| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|err| panic!("{line}: {err}"));
            assert!(value.is_object(), "{line}");
            value["event"].as_str().unwrap_or_else(|| panic!("{line}")).to_owned()
        });
        (events.collect::<Vec<_>>(), ran.stderr)
    };
    assert_eq!(
        events("kernels list --available --json", 0),
        (["start", "table"].map(str::to_owned).to_vec(), String::new())
    );
    bench.server.fault("/linux-image-", crate::server::Fault::Corrupt, crate::server::Times::Once);
    let (names, errors) = events("--json build --kernel 6_1", 0);
    assert_eq!(errors, "");
    assert_eq!(names, ["start", "note", "command", "outcome"]);
    bench.write("ws/toy/toy", "refuse");
    let (names, errors) = events("--json build --kernel 6_1", 1);
    assert_eq!(errors, "");
    assert_eq!(names, ["start", "command", "outcome"]);
    let (names, errors) = events("--json build --kernel 6_2", 2);
    assert_eq!(names, ["start"]);
    assert!(errors.starts_with("error: there is no kernel"), "{errors}");
}

/// `cargo xtask kernels | head -1`
#[test]
fn reader_gone() {
    let bench = Bench::new();
    for words in ["kernels list --available", "kernels list --available --json"] {
        let (reader, writer) = pipe().expect("a pipe");
        drop(reader);
        let mut command = bench.command(words);
        let status = command.stdout(writer).status().expect("it runs");
        assert_eq!(status.code(), Some(0));
    }
}
