// SPDX-License-Identifier: MIT OR Apache-2.0
//! `package`: which files are written where, and which are not.

use expect_test::{Expect, expect};

use crate::bench::Bench;

#[track_caller]
fn check(bench: &Bench, words: &str, expected: &Expect) {
    expected.assert_eq(&bench.run(words).report());
}

#[test]
fn nix() {
    let bench = Bench::new();
    check(
        &bench,
        "package nix --check",
        &expect![[r#"
        $WORKSPACE/nix/generated/toy/module.nix is missing
        $WORKSPACE/nix/generated/toy/package.nix is missing
        ! `toy`: MODULE_LICENSE says "nothing", which is no licence: the package says `unfree`, mend it by hand
        ! without --check they are written
        exit status 1
    "#]],
    );
    check(
        &bench,
        "package nix",
        &expect![[r#"
            wrote $WORKSPACE/nix/generated/toy/module.nix
            wrote $WORKSPACE/nix/generated/toy/package.nix
            build  nix-build -E 'with import <nixpkgs> { }; linuxPackages.callPackage $WORKSPACE/nix/generated/toy/package.nix { }'
            NixOS  imports = [ $WORKSPACE/nix/generated/toy/module.nix ]; hardware.toy.enable = true;
            ! `toy`: MODULE_LICENSE says "nothing", which is no licence: the package says `unfree`, mend it by hand
            exit status 0
        "#]],
    );
    check(
        &bench,
        "package nix --check",
        &expect![[r#"
            $WORKSPACE/nix/generated/toy is as it should be
            ! `toy`: MODULE_LICENSE says "nothing", which is no licence: the package says `unfree`, mend it by hand
            exit status 0
        "#]],
    );
    bench.write("ws/nix/generated/toy/package.nix", "mine");
    check(
        &bench,
        "package nix",
        &expect![[r#"
        ! `toy`: MODULE_LICENSE says "nothing", which is no licence: the package says `unfree`, mend it by hand
        ! error: `$WORKSPACE/nix/generated/toy/package.nix` would be overwritten, and is not as the workbench wrote it
        ! help: move what is yours elsewhere, or `rm '$WORKSPACE/nix/generated/toy/package.nix'` if it may go
        exit status 2
    "#]],
    );
    assert_eq!(std::fs::read_to_string(bench.path("ws/nix/generated/toy/package.nix")).expect("a file"), "mine");
    check(
        &bench,
        "package nix --source git --out elsewhere",
        &expect![[r#"
        ! `toy`: MODULE_LICENSE says "nothing", which is no licence: the package says `unfree`, mend it by hand
        ! error: `$WORKSPACE/toy` is in no repository with a remote `origin`
        ! help: `git remote add origin URL`, or --source local
        exit status 2
    "#]],
    );
}

#[test]
fn of_others() {
    let bench = Bench::new();
    bench.write("a b/${x}/Kbuild", "obj-m := toy.o\n");
    bench.write("a b/${x}/driver.toml", "needs = [\"CONFIG_MODULES\"]\n");
    let mut command = bench.command("package nix");
    let output = command.arg(bench.path("a b/${x}")).output().expect("started");
    assert!(output.status.success(), "{output:?}");
    for file in ["package.nix", "module.nix", "driver.nix"] {
        assert!(bench.path("a b/${x}/nix/x").join(file).is_file(), "{file} is missing");
    }
}

#[test]
fn nur() {
    let bench = Bench::new();
    bench.write("nur/default.nix", "mine");
    bench.write("nur/modules/default.nix", "mine");
    let dir = bench.path("nur");
    let words = format!("package nur {}", dir.display());
    check(
        &bench,
        &words,
        &expect![[r#"
        wrote $BENCH/nur/pkgs/linux-packages/toy/module.nix
        wrote $BENCH/nur/pkgs/linux-packages/toy/package.nix
        wrote $BENCH/nur/pkgs/linux-packages/toy/src/Kbuild
        wrote $BENCH/nur/README.md
        wrote $BENCH/nur/ci.nix
        wrote $BENCH/nur/flake.nix
        wrote $BENCH/nur/lib/default.nix
        wrote $BENCH/nur/nix/extension.nix
        wrote $BENCH/nur/nix/kernel-modules-nixos.nix
        wrote $BENCH/nur/nix/kernel-modules-overlay.nix
        wrote $BENCH/nur/nix/kernel-modules.nix
        wrote $BENCH/nur/nix/nixos/driver.nix
        wrote $BENCH/nur/nix/overlay.nix
        wrote $BENCH/nur/overlay.nix
        wrote $BENCH/nur/overlays/default.nix
        ! `toy`: MODULE_LICENSE says "nothing", which is no licence: the package says `unfree`, mend it by hand
        ! `default.nix` is yours and stays as it is; add behind its set: `// import ./nix/kernel-modules.nix { inherit pkgs; }`
        ! `modules/default.nix` is yours and stays as it is; add behind its set: `// import ../nix/kernel-modules-nixos.nix`
        exit status 0
    "#]],
    );
    assert_eq!(std::fs::read_to_string(dir.join("default.nix")).expect("a file"), "mine");
    check(
        &bench,
        &format!("{words} --check"),
        &expect![[r#"
            $BENCH/nur/pkgs/linux-packages/toy is as it should be
            $BENCH/nur is as it should be
            ! `toy`: MODULE_LICENSE says "nothing", which is no licence: the package says `unfree`, mend it by hand
            ! `default.nix` is yours and stays as it is; add behind its set: `// import ./nix/kernel-modules.nix { inherit pkgs; }`
            ! `modules/default.nix` is yours and stays as it is; add behind its set: `// import ../nix/kernel-modules-nixos.nix`
            exit status 0
        "#]],
    );
}
