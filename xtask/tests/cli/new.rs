// SPDX-License-Identifier: MIT OR Apache-2.0
//! New drivers: what is written, that it is one, and which names there can't be.

use expect_test::{Expect, expect};

use crate::bench::Bench;

/// What is said, and all that is then there.
#[track_caller]
fn check(words: &str, folder: &str, expected: &Expect) {
    let bench = Bench::new();
    let mut said = bench.run(words).report();
    for file in ["Kbuild", "hello_there.c", "hello_there.rs", "driver.toml", "README.md", ".gitignore"] {
        if let Ok(text) = std::fs::read_to_string(bench.path("ws").join(folder).join(file)) {
            said.extend(["\n--- ", file, "\n", &text]);
        }
    }
    expected.assert_eq(&said);
    assert_eq!(bench.server.requests(), [""; 0], "a new driver needs no mirror");
}

#[test]
fn in_c() {
    check(
        "new hello-there",
        "hello-there",
        &expect![[r#"
        ! `hello-there` has the driver `hello_there`, and a README.md
        ! to build and test it: `cargo xtask vm-test hello-there`
        exit status 0

        --- Kbuild
        # SPDX-License-Identifier: GPL-2.0-only
        obj-m := hello_there.o

        --- hello_there.c
        // SPDX-License-Identifier: GPL-2.0-only

        #define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

        #include <linux/init.h>
        #include <linux/module.h>
        #include <linux/printk.h>

        static int __init hello_there_init(void)
        {
        	pr_info("loaded\n");
        	return 0;
        }

        static void __exit hello_there_exit(void)
        {
        	pr_info("unloaded\n");
        }

        module_init(hello_there_init);
        module_exit(hello_there_exit);

        MODULE_DESCRIPTION("Says that it is there");
        MODULE_LICENSE("GPL");

        --- driver.toml
        # How the workbench tests this driver; its CONTRIBUTING.md has every key.
        [test.log]
        require = ["hello_there: loaded", "hello_there: unloaded"]

        [[test.step]]
        name = "it is loaded"
        run = "grep '^hello_there ' /proc/modules"

        --- README.md
        # hello_there

        A kernel module. `hello_there.c` is the module, `Kbuild` says how the kernel's build makes it, and `driver.toml` how it is tested. In the
        folder of the workbench:

            cargo xtask vm-test hello-there                # build it, load it in a virtual machine, and unload it
            cargo xtask vm-test hello-there -k all         # on every kernel that Debian has
            cargo xtask lint hello-there                   # all that the compiler can say
            cargo xtask build hello-there --editor         # compile_commands.json, from which clangd knows it

        By hand, against the headers of a kernel: `make -C /lib/modules/$(uname -r)/build M=$PWD`.

        --- .gitignore
        # What make leaves behind where it is run by hand
        *.o
        *.ko
        *.mod
        *.mod.c
        .*.cmd
        .*.d
        Module.symvers
        modules.order
        .tmp_versions/
        # What `cargo xtask build --editor` writes, and what clangd makes of it
        compile_commands.json*
        rust-project.json
        .cache/
    "#]],
    );
}

#[test]
fn in_rust() {
    check(
        "new --rust deep/hello_there",
        "deep/hello_there",
        &expect![[r#"
        ! `deep/hello_there` has the driver `hello_there` in Rust, and a README.md
        ! to build and test it: `cargo xtask vm-test deep/hello_there -k 7_3+rust`
        exit status 0

        --- Kbuild
        # SPDX-License-Identifier: GPL-2.0-only
        obj-m := hello_there.o

        --- hello_there.rs
        // SPDX-License-Identifier: GPL-2.0-only

        //! Says that it is there.

        use kernel::prelude::*;

        module! {
            type: HelloThereModule,
            name: "hello_there",
            description: "Says that it is there",
            license: "GPL",
        }

        /// What lives as long as the module is loaded.
        struct HelloThereModule;

        impl kernel::Module for HelloThereModule {
            fn init(_module: &'static ThisModule) -> Result<Self> {
                pr_info!("loaded\n");
                Ok(Self)
            }
        }

        impl Drop for HelloThereModule {
            fn drop(&mut self) {
                pr_info!("unloaded\n");
            }
        }

        --- driver.toml
        # How the workbench tests this driver; its CONTRIBUTING.md has every key.
        needs = ["CONFIG_RUST"]

        [test.log]
        require = ["hello_there: loaded", "hello_there: unloaded"]

        [[test.step]]
        name = "it is loaded"
        run = "grep '^hello_there ' /proc/modules"

        --- README.md
        # hello_there

        A kernel module in Rust. `hello_there.rs` is the module, `Kbuild` says how the kernel's build makes it, and `driver.toml` how it is tested.
        In the folder of the workbench:

            cargo xtask vm-test deep/hello_there -k 7_3+rust    # build it, load it in a virtual machine, and unload it
            cargo xtask lint deep/hello_there -k 7_3+rust       # all that rustc and clippy can say
            cargo xtask build deep/hello_there -k 7_3+rust --editor --doc

        The kernel is built from source the first time, in some ten minutes, since distributions' headers lack what modules in Rust need.
        By hand, against such a kernel and with the rustc that has built it: `make -C /path/to/kernel M=$PWD`.

        --- .gitignore
        # What make leaves behind where it is run by hand
        *.o
        *.ko
        *.mod
        *.mod.c
        .*.cmd
        .*.d
        Module.symvers
        modules.order
        .tmp_versions/
        # What `cargo xtask build --editor` writes, and what clangd makes of it
        compile_commands.json*
        rust-project.json
        .cache/
    "#]],
    );
}

#[test]
fn names() {
    check(
        "new toy",
        "toy",
        &expect![[r#"
        ! error: `toy` is there already
        ! help: name a folder that is not
        exit status 2

        --- Kbuild
        obj-m := toy.o
    "#]],
    );
    check(
        "new Toy",
        "Toy",
        &expect![[r#"
        ! error: `Toy` can't be a module's name
        ! help: a small letter, then small letters, digits, `_` and `-`, 55 at the most
        exit status 2
    "#]],
    );
    check(
        "new --rust kernel",
        "kernel",
        &expect![[r#"
        ! error: `kernel` is a crate of the kernel's own
        ! help: choose another name
        exit status 2
    "#]],
    );
    check(
        "new ..",
        "..",
        &expect![[r#"
        ! error: `..` ends in no name
        exit status 2
    "#]],
    );
}

/// What is in Rust needs it, whether its driver.toml says so or not.
#[test]
fn without_rust() {
    let bench = Bench::new();
    bench.run("new --rust hello").good();
    bench.write("ws/hello/driver.toml", "");
    expect![[r#"
         skip hello on 6.1.0-2-amd64: it needs CONFIG_RUST, which this kernel has not
        exit status 4
    "#]]
    .assert_eq(&bench.run("build hello").report());
}
