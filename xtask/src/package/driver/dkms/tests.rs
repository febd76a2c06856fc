// SPDX-License-Identifier: MIT OR Apache-2.0
//! What real drivers' files say, as dkms.sh writes it down.

use expect_test::{Expect, expect};

use super::*;

const PLACES: Places<'static> = Places { kdir: "/k/build", release: "6.1.0-9-amd64", folder: "/s/src" };

#[track_caller]
fn check(facts: &str, expected: &Expect) {
    let facts = Facts::parse(facts);
    let names = Places { kdir: "KDIR", release: "RELEASE", folder: "FOLDER" };
    let shown = |words: &[Word]| words.iter().map(|word| word.on(&names)).collect::<Vec<_>>().join(" ");
    let said = match facts.plan(&PLACES) {
        Ok(Plan { make, left_out }) => [
            format!("in {:?} with [{}]", make.folders, shown(&make.words)),
            if make.before.is_empty() { String::new() } else { format!("\nafter {}", shown(&make.before)) },
            if left_out.is_empty() { String::new() } else { format!("\nwithout {}", left_out.join(", ")) },
        ]
        .concat(),
        Err(err) => err.to_string(),
    };
    expected.assert_eq(&said);
}

#[test]
fn kbuild_itself() {
    check("make make -C /k/build M=/s/src", &expect![[r#"in [""] with []"#]]);
    check(
        "make make -C /lib/modules/6.1.0-9-amd64/build M=/s/src -j8 HDAPS=1 modules",
        &expect![[r#"in [""] with [HDAPS=1]"#]],
    );
    check(
        "make 'make' -j2 -C /k/build M=/s/src/driver TOP=/s/src KVER=6.1.0-9-amd64",
        &expect![[r#"in ["driver"] with [TOP=FOLDER KVER=RELEASE]"#]],
    );
    check(
        "make make -C /k/build M=/s/src/common modules && make -C /k/build M=/s/src/nat64 modules",
        &expect![[r#"in ["common", "nat64"] with []"#]],
    );
}

#[test]
fn makefiles_of_their_own() {
    check(
        "make make KERNEL_DIR=/k/build all",
        &expect![[r#"
        in [""] with []
        without the makefile of `make KERNEL_DIR=/k/build all`"#]],
    );
    check(
        "make KERNELDIR=/lib/modules/6.1.0-9-amd64/build make driver\nfolder driver",
        &expect![[r#"
        in ["driver"] with []
        without `driver` of `KERNELDIR=/lib/modules/6.1.0-9-amd64/build make driver`, the makefile of `KERNELDIR=/lib/modules/6.1.0-9-amd64/build make driver`"#]],
    );
    check(
        "make make KVER=6.1.0-9-amd64 -C /s/src\nfolder ddcci/\nfolder ./ddcci-backlight",
        &expect![[r#"
        in ["ddcci", "ddcci-backlight"] with []
        without the makefile of `make KVER=6.1.0-9-amd64 -C /s/src`"#]],
    );
}

#[test]
fn more_than_make() {
    check(
        "make make -C /k/build M=/s/src/x A=/s/src modules ; find /s/src -exec mv {} /s/src ;",
        &expect![[r#"
        in ["x"] with [A=FOLDER]
        without `find /s/src -exec mv {} /s/src`"#]],
    );
    check(
        "pre-build configure --with=/k/build 6.1.0-9-amd64\nmake make -C /k/build M=/s/src",
        &expect![[r#"
        in [""] with []
        after configure --with=KDIR RELEASE"#]],
    );
    check(
        "pre-build a && b\nmake make -C /k/build M=/s/src",
        &expect![[r#"
        dkms.conf's PRE_BUILD="a && b" can't be mapped: it is not one program
        help: `dkms = false` under [build] of driver.toml lets Kbuild build it alone, with `make-args`; or write the package by hand"#]],
    );
    check(
        "make make -C $other M=/s/src",
        &expect![[r#"
        dkms.conf says `make -C $other M=/s/src`, and what the shell puts into it can't be mapped
        help: `dkms = false` under [build] of driver.toml lets Kbuild build it alone, with `make-args`; or write the package by hand"#]],
    );
    check(
        "make make -C /k/build M=/s/src > log",
        &expect![[r#"
        dkms.conf says `make -C /k/build M=/s/src > log`, and what the shell does in it can't be mapped
        help: `dkms = false` under [build] of driver.toml lets Kbuild build it alone, with `make-args`; or write the package by hand"#]],
    );
    check(
        "patch a.patch\nmake make -C /k/build M=/s/src",
        &expect![[r#"
        dkms.conf patches the sources: PATCH="a.patch"
        help: `dkms = false` under [build] of driver.toml lets Kbuild build it alone, with `make-args`; or write the package by hand"#]],
    );
}
