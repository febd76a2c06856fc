// SPDX-License-Identifier: MIT OR Apache-2.0
//! Modules of the kernel's own tree: which source is fetched, what patches make of it, and what is said when it can't be.

use std::fs;

use expect_test::{Expect, expect};

use crate::bench::Bench;
use crate::server::{Fault, Times};

const PATCH: &str = "--- a/drivers/toys/toy.c\n+++ b/drivers/toys/toy.c\n@@ -2 +2 @@\n-two\n+2\n";

#[track_caller]
fn check(bench: &Bench, words: &str, expected: &Expect) {
    expected.assert_eq(&bench.run(words).report());
}

/// How often the package of sources has been asked for since the last question.
fn fetched(bench: &Bench) -> usize {
    bench.server.requests().iter().filter(|path| path.contains("/linux-source-")).count()
}

/// A file of the only folder of sources that was made.
fn source(bench: &Bench, file: &str) -> Option<String> {
    let dir = bench.path("target/workbench/in-tree/drivers_toys_toy");
    let kernel = fs::read_dir(dir).ok()?.next()?.ok()?.path();
    fs::read_to_string(kernel.join("source").join(file)).ok()
}

#[test]
fn a_patched_module() {
    let bench = Bench::new();
    bench.write("ws/toy.patch", PATCH);
    let words = "build --in-tree drivers/toys/toy.ko --patch toy.patch";
    check(
        &bench,
        words,
        &expect![[r#"
        built drivers/toys/toy for 6.1.0-2-amd64
              $TARGET/workbench/build/in-tree_drivers_toys_toy/6.1.0-2-amd64_6.1.20-1/src/drivers/toy.ko
        exit status 0
    "#]],
    );
    assert_eq!(source(&bench, "drivers/toys/toy.c").as_deref(), Some("one\n2\nthree\n"));
    let makefile = source(&bench, "drivers/Kbuild").expect("a makefile that leads down");
    assert!(makefile.starts_with("include $(src)/Makefile\n") && makefile.ends_with("obj-m := toys/\n"), "{makefile}");
    assert_eq!(fetched(&bench), 1);

    // What is at hand is not fetched again, nor built again.
    check(
        &bench,
        &format!("{words} --offline"),
        &expect![[r#"
        built drivers/toys/toy for 6.1.0-2-amd64 (cached; --force runs it again)
              $TARGET/workbench/build/in-tree_drivers_toys_toy/6.1.0-2-amd64_6.1.20-1/src/drivers/toy.ko
        exit status 0
    "#]],
    );
    // Another patch is another source.
    bench.write("ws/toy.patch", PATCH.replace("+2\n", "+zwei\n"));
    check(
        &bench,
        &format!("{words} --offline"),
        &expect![[r#"
        built drivers/toys/toy for 6.1.0-2-amd64
              $TARGET/workbench/build/in-tree_drivers_toys_toy/6.1.0-2-amd64_6.1.20-1/src/drivers/toy.ko
        exit status 0
    "#]],
    );
    assert_eq!(source(&bench, "drivers/toys/toy.c").as_deref(), Some("one\nzwei\nthree\n"));
    check(
        &bench,
        "build --in-tree drivers/toys/toy.ko",
        &expect![[r#"
        built drivers/toys/toy for 6.1.0-2-amd64
              $TARGET/workbench/build/in-tree_drivers_toys_toy/6.1.0-2-amd64_6.1.20-1/src/drivers/toy.ko
        exit status 0
    "#]],
    );
    assert_eq!(source(&bench, "drivers/toys/toy.c").as_deref(), Some("one\ntwo\nthree\n"));
    assert_eq!(fetched(&bench), 0);
}

#[test]
fn patches_of_more_than_the_module() {
    let bench = Bench::new();
    let more = "--- a/MAINTAINERS\n+++ b/MAINTAINERS\n@@ -1 +1 @@\n-nobody\n+somebody\n\
                --- a/Documentation/toy.rst\n+++ b/Documentation/toy.rst\n@@ -1 +1 @@\n-Toys\n+Games\n\
                --- a/include/linux/toy.h\n+++ b/include/linux/toy.h\n@@ -1 +1 @@\n-#define TOYS 1\n+#define TOYS 2\n";
    bench.write("ws/toy.patch", format!("{PATCH}{more}"));
    check(
        &bench,
        "build --in-tree drivers/toys/toy.ko --patch toy.patch",
        &expect![[r#"
        built drivers/toys/toy for 6.1.0-2-amd64
              $TARGET/workbench/build/in-tree_drivers_toys_toy/6.1.0-2-amd64_6.1.20-1/src/drivers/toy.ko
        ! `toy.patch` also changes `Documentation/toy.rst`, `MAINTAINERS`, which is not built here
        ! the kernel itself was built without the change to `include/linux/toy.h`
        exit status 0
    "#]],
    );
    assert_eq!(source(&bench, "include/linux/toy.h").as_deref(), Some("#define TOYS 2\n"));
    // It may be included by what is built, for all that is known; but not documentation.
    assert_eq!(source(&bench, "MAINTAINERS").as_deref(), Some("somebody\n"));
    assert_eq!(source(&bench, "Documentation/toy.rst"), None);
}

#[test]
fn a_patch_that_does_not_apply() {
    let bench = Bench::new();
    bench.write("ws/toy.patch", PATCH.replace("-two", "-zwei"));
    check(
        &bench,
        "build --in-tree drivers/toys/toy.ko --patch toy.patch",
        &expect![[r#"
        ! error: failed to build `drivers/toys/toy` for 6.1.0-2-amd64
        !   `toy.patch` does not apply: hunk 1 of `drivers/toys/toy.c` (`@@ -2 +2 @@`): its lines are not in the source
        ! help: make it from the release that the kernel is of
        exit status 2
    "#]],
    );
    check(
        &bench,
        "build --in-tree drivers/toys/toy.ko --patch none.patch",
        &expect![[r#"
        ! error: failed to open file `none.patch`: No such file or directory (os error 2)
        exit status 2
    "#]],
    );
    bench.write("ws/toy.patch", "hello\n");
    check(
        &bench,
        "build --in-tree drivers/toys/toy.ko --patch toy.patch",
        &expect![[r#"
        ! error: `toy.patch` changes nothing
        ! help: it has to be what `git diff`, `git format-patch` or `diff -u` writes
        exit status 2
    "#]],
    );
}

#[test]
fn what_the_source_does_not_have() {
    let bench = Bench::new();
    check(
        &bench,
        "build --in-tree drivers/games",
        &expect![[r#"
        ! error: failed to build `drivers/games` for 6.1.0-2-amd64
        !   the source of 6.1.0-2-amd64 has no `drivers/games`
        ! help: name a folder or a module from the top of the tree on, such as drivers/net/ethernet/mellanox or drivers/net/dummy.ko
        exit status 2
    "#]],
    );
    check(
        &bench,
        "build --in-tree /drivers/toys",
        &expect![[r#"
        ! error: `/drivers/toys` is no place in the kernel's tree
        ! help: name one from its top on, such as drivers/net/dummy.ko
        exit status 2
    "#]],
    );
}

#[test]
fn a_source_of_another_version_is_not_taken() {
    let bench = Bench::new();
    check(
        &bench,
        "build --in-tree drivers/toys -k 6.1.10",
        &expect![[r#"
        ! error: failed to build `drivers/toys` for 6.1.0-1-amd64
        !   the suite `bookworm` has no `linux-source-6.1` of the version 6.1.10-1, which 6.1.0-1-amd64 is of; it has only 6.1.9-1
        ! help: `cargo xtask kernels fetch 6_1` fetches the series' newest kernel, whose source is there
        exit status 2
    "#]],
    );
    assert_eq!(fetched(&bench), 0);
}

#[test]
fn a_source_that_is_listed_and_gone() {
    let bench = Bench::new();
    bench.server.fault("/linux-source-", Fault::NotFound, Times::Always);
    check(
        &bench,
        "build --in-tree drivers/toys",
        &expect![[r#"
        ! error: failed to build `drivers/toys` for 6.1.0-2-amd64
        !   the archive lists `linux-source-6.1` 6.1.20-1, but has it no more
        !   failed to fetch `$MIRROR/debian-security/pool/main/linux-source-6.1_6.1.20-1_amd64.deb`
        !   `$MIRROR/debian-security/pool/main/linux-source-6.1_6.1.20-1_amd64.deb` is not on the server (404)
        ! help: `cargo xtask kernels fetch 6_1` fetches the series' newest kernel, whose source is there
        exit status 2
    "#]],
    );
    assert_eq!(bench.cache("sources"), [""; 0]);
}

#[test]
fn without_a_network() {
    let bench = Bench::new();
    bench.run("build toy");
    check(
        &bench,
        "build --in-tree drivers/toys --offline",
        &expect![[r#"
        ! error: failed to build `drivers/toys` for 6.1.0-2-amd64
        !   failed to get the source of linux 6.1.20-1
        !   `$MIRROR/debian-security/pool/main/linux-source-6.1_6.1.20-1_amd64.deb` is not in the cache
        ! help: run once without --offline
        exit status 2
    "#]],
    );
}
