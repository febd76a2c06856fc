// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which kernels a driver is for, as its own driver.toml and the workspace's workbench.toml say.

use expect_test::{Expect, expect};

use crate::bench::Bench;

#[track_caller]
fn check(driver: &str, workbench: &str, expected: &Expect) {
    let bench = Bench::new();
    bench.write("ws/toy/driver.toml", driver);
    let text = std::fs::read_to_string(bench.path("ws/workbench.toml")).expect("settings");
    bench.write("ws/workbench.toml", format!("{text}{workbench}"));
    expected.assert_eq(&bench.run("build").report());
}

#[test]
fn limits() {
    check(
        "kernels = \">=6.12\"\n",
        "",
        &expect![[r#"
            skip toy on 6.1.0-2-amd64: it is for kernels >=6.12
           exit status 4
       "#]],
    );
    check(
        "",
        "[driver.toy]\nkernels = \">=6.12, <7.0\"\nneeds = [\"CONFIG_X\"]\n",
        &expect![[r#"
            skip toy on 6.1.0-2-amd64: it is for kernels >=6.12 (and 1 more)
                 it needs CONFIG_X, which this kernel has not
           exit status 4
       "#]],
    );
    check(
        "kernels = \">=6.1\"\n",
        "[driver.toy]\nneeds = [\"CONFIG_MODULES\"]\n[driver.other]\nkernels = \">=9.9\"\n",
        &expect![[r#"
            built toy for 6.1.0-2-amd64
                  $TARGET/workbench/build/toy/6.1.0-2-amd64_6.1.20-1/src/toy.ko
            exit status 0
        "#]],
    );
}
