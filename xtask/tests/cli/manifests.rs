// SPDX-License-Identifier: MIT OR Apache-2.0
//! Mistakes in driver.toml: each is refused before anything is fetched, with its place and what is right instead.

use expect_test::{Expect, expect};

use crate::bench::Bench;

#[track_caller]
fn check(manifest: impl AsRef<[u8]>, expected: &Expect) {
    let bench = Bench::new();
    bench.write("ws/toy/driver.toml", manifest);
    let report = bench.run("build toy").report();
    assert_eq!(bench.run("build").report(), report);
    expected.assert_eq(&report);
    assert_eq!(bench.server.requests(), [""; 0]);
}

#[test]
fn unknown_keys() {
    check(
        "nmae = \"toy\"\n",
        &expect![[r#"
            ! error: $WORKSPACE/toy/driver.toml:1:1: there is no key `nmae` here; did you mean `name`?
            !   |
            ! 1 | nmae = "toy"
            !   | ^
            ! help: the keys here are `name`, `kernels`, `needs`, `build`, `hardware`, `machine`, `test`, `package`
            exit status 2
        "#]],
    );
    check(
        "[hardware]\ncpu = 2\n",
        &expect![[r#"
            ! error: $WORKSPACE/toy/driver.toml:2:1: there is no key `cpu` here; did you mean `cpus`?
            !   |
            ! 2 | cpu = 2
            !   | ^
            ! help: the keys here are `type`, `cpus`, `memory`, `devices`, `acpi`, `smbios`, `suspend`, `modules`
            exit status 2
        "#]],
    );
    check(
        "[[test.step]]\nname = \"x\"\nrun = \"true\"\nprint = [\"y\"]\n",
        &expect![[r#"
            ! error: $WORKSPACE/toy/driver.toml:4:1: there is no key `print` here; did you mean `prints`?
            !   |
            ! 4 | print = ["y"]
            !   | ^
            ! help: the keys here are `name`, `run`, `program`, `args`, `prints`, `exit`, `ktap`, `machines`, `deadline`
            exit status 2
        "#]],
    );
    check(
        "[test.log]\nrequires = []\n",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:2:1: there is no key `requires` here; did you mean `require`?
        !   |
        ! 2 | requires = []
        !   | ^
        ! help: the keys here are `require`, `forbid`
        exit status 2
    "#]],
    );
}

#[test]
fn wrong_types() {
    check(
        "name = 3\n",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:1:8: invalid type: integer `3`, expected a string
        !   |
        ! 1 | name = 3
        !   |        ^
        exit status 2
    "#]],
    );
    check(
        "[hardware]\ncpus = \"two\"\n",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:2:8: invalid type: string "two", expected u8
        !   |
        ! 2 | cpus = "two"
        !   |        ^
        exit status 2
    "#]],
    );
    check(
        "[hardware]\ncpus = 300\n",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:2:8: invalid value: integer `300`, expected u8
        !   |
        ! 2 | cpus = 300
        !   |        ^
        exit status 2
    "#]],
    );
    check(
        "[hardware]\ntype = \"vax\"\n",
        &expect![[r#"
            ! error: $WORKSPACE/toy/driver.toml:2:8: there is no `vax` here
            !   |
            ! 2 | type = "vax"
            !   |        ^
            ! help: what can stand here is `pc`, `micro`
            exit status 2
        "#]],
    );
    check(
        "[test]\nparams = { size = 1.5 }\n",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:2:19: invalid type: floating point `1.5`, expected a text, an integer or a boolean
        !   |
        ! 2 | params = { size = 1.5 }
        !   |                   ^
        exit status 2
    "#]],
    );
    check(
        "[test]\nstep = 3\n",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:2:8: invalid type: integer `3`, expected a sequence
        !   |
        ! 2 | step = 3
        !   |        ^
        exit status 2
    "#]],
    );
}

#[test]
fn values() {
    check(
        "[test]\ndeadline = \"90\"\n",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:2:12: `90` is not a time: write `30s`, `2m` or `500ms`, a day at the most
        !   |
        ! 2 | deadline = "90"
        !   |            ^
        exit status 2
    "#]],
    );
    check(
        "[test]\ndeadline = 90\n",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:2:12: invalid type: integer `90`, expected a string
        !   |
        ! 2 | deadline = 90
        !   |            ^
        exit status 2
    "#]],
    );
    check(
        "[hardware]\nmemory = \"256\"\n",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:2:1: memory is a number with M or G behind it, such as `256M`
        !   |
        ! 2 | memory = "256"
        !   | ^
        exit status 2
    "#]],
    );
    check(
        "[hardware]\ncpus = 0\n",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:2:1: a machine has 1 to 64 CPUs
        !   |
        ! 2 | cpus = 0
        !   | ^
        exit status 2
    "#]],
    );
    check(
        "[hardware]\ntype = \"micro\"\ncpus = 2\n",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:3:1: the machine `micro` has one CPU, since it has no ACPI; use `pc`
        !   |
        ! 3 | cpus = 2
        !   | ^
        exit status 2
    "#]],
    );
    check(
        "name = \"../toy\"\n",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:1:1: a driver's name consists of letters, digits, `-`, `_` and `.`, and begins with a letter or digit
        !   |
        ! 1 | name = "../toy"
        !   | ^
        exit status 2
    "#]],
    );
    // The word stands in a comment before it stands where it is wrong.
    check(
        "# The name, and how many cpus.\nname = \"toy\"\n[hardware]\n  cpus = 0\n",
        &expect![[r#"
            ! error: $WORKSPACE/toy/driver.toml:4:3: a machine has 1 to 64 CPUs
            !   |
            ! 4 |   cpus = 0
            !   |   ^
            exit status 2
        "#]],
    );
}

#[test]
fn steps() {
    let check = |keys: &str, expected: &Expect| check(format!("[[test.step]]\n{keys}\n"), expected);
    check(
        "name = \"both\"\nrun = \"true\"\nprogram = \"x.c\"",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:2:8: a step has either `run` or `program`, not both
        !   |
        ! 2 | name = "both"
        !   |        ^
        exit status 2
    "#]],
    );
    check(
        "name = \"neither\"",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:2:8: a step needs `run`, a line for the shell, or `program`, a C file to compile
        !   |
        ! 2 | name = "neither"
        !   |        ^
        exit status 2
    "#]],
    );
    check(
        "run = \"true\"",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:1:1: missing field `name`
        !   |
        ! 1 | [[test.step]]
        !   | ^
        exit status 2
    "#]],
    );
    check(
        "name = \"\"\nrun = \"true\"",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:2:8: a step's name is one line of text without `#`
        !   |
        ! 2 | name = ""
        !   |        ^
        exit status 2
    "#]],
    );
    check(
        "name = \"x\"\nrun = \"true\"\nargs = [\"y\"]",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:2:8: `args` go with `program`, not with `run`
        !   |
        ! 2 | name = "x"
        !   |        ^
        exit status 2
    "#]],
    );
    check(
        "name = \"x\"\nprogram = \"../x.c\"",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:2:8: `../x.c` lies outside of the driver's folder
        !   |
        ! 2 | name = "x"
        !   |        ^
        exit status 2
    "#]],
    );
    check(
        "name = \"x\"\nprogram = \"x.sh\"",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:2:8: `x.sh` is not a C file
        !   |
        ! 2 | name = "x"
        !   |        ^
        exit status 2
    "#]],
    );
}

#[test]
fn not_toml() {
    check(
        "name = \n",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:1:8: string values must be quoted, expected literal string
        !   |
        ! 1 | name = 
        !   |        ^
        exit status 2
    "#]],
    );
    check(
        "name = \"toy\n",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:1:12: invalid basic string, expected `"`
        !   |
        ! 1 | name = "toy
        !   |            ^
        exit status 2
    "#]],
    );
    check(
        "name = \"toy\"\nname = \"toy\"\n",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:2:1: duplicate key
        !   |
        ! 2 | name = "toy"
        !   | ^
        exit status 2
    "#]],
    );
    check(
        [b'#', 0xff, b'\n'],
        &expect![[r#"
        ! error: failed to read from file `$WORKSPACE/toy/driver.toml`: stream did not contain valid UTF-8
        exit status 2
    "#]],
    );
}

#[test]
fn known_reports() {
    let check = |keys: &str, expected: &Expect| {
        check(format!("[[test.known]]\nreport = \"foobar_show+\"\nreason = \"late\"\n{keys}\n"), expected);
    };
    check(
        "until = \"2027-02-30\"",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:4:9: `2027-02-30` is not a day: write `2027-01-31`
        !   |
        ! 4 | until = "2027-02-30"
        !   |         ^
        exit status 2
    "#]],
    );
    check(
        "until = \"soon\"",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:4:9: `soon` is not a day: write `2027-01-31`
        !   |
        ! 4 | until = "soon"
        !   |         ^
        exit status 2
    "#]],
    );
    check(
        "kernels = \"6\"",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:4:11: `6` names no kernels: write `>=5.15`, or `>=5.15, <7.0`
        !   |
        ! 4 | kernels = "6"
        !   |           ^
        exit status 2
    "#]],
    );
}

#[test]
fn known_reports_that_say_too_little() {
    check(
        "[[test.known]]\nreport = \"* % *\"\nreason = \"late\"\n",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:2:10: `* % *` would fit any report: write at least 6 letters or digits of its title
        !   |
        ! 2 | report = "* % *"
        !   |          ^
        exit status 2
    "#]],
    );
    check(
        "[[test.known]]\nreport = \"foobar_show+\"\nreason = \" \"\n",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:3:10: a reason is one line of text
        !   |
        ! 3 | reason = " "
        !   |          ^
        exit status 2
    "#]],
    );
    check(
        "[[test.known]]\nreport = \"foobar_show+\"\n",
        &expect![[r#"
        ! error: $WORKSPACE/toy/driver.toml:1:1: missing field `reason`
        !   |
        ! 1 | [[test.known]]
        !   | ^
        exit status 2
    "#]],
    );
}
