// SPDX-License-Identifier: MIT OR Apache-2.0
//! Two kernels in small, a driver, what its compiler says, and what is said to that.

use expect_test::{Expect, expect};
use fs_err as fs;

use super::shelf::Known;
use super::*;

const OLD: &[(&str, &str)] = &[
    ("include/linux/timer.h", "#define from_timer(var, t, field) x\nint del_timer(struct timer_list *t);\n"),
    ("include/linux/class.h", "#define class_create(owner, name) x\n"),
    ("include/linux/ops.h", "struct ops {\n\tint (*remove)(struct d *d);\n\tint gone;\n};\n"),
    (
        "Module.symvers",
        "0x00000001\told_one\tvmlinux\tEXPORT_SYMBOL\t\n0x00000003\tof_module\tdrivers/iio/buffer-one\tEXPORT_SYMBOL\t\n",
    ),
    (".config", "CONFIG_ON=y\nCONFIG_IIO_BUFFER_ONE=m\nCONFIG_IIO_BUFFER=y\n"),
];

const NEW: &[(&str, &str)] = &[
    ("include/linux/timer.h", "#define timer_container_of(var, t, field) x\nint timer_delete(struct timer_list *t);\n"),
    ("include/linux/class.h", "struct class *class_create(const char *name);\n"),
    (
        "include/linux/ops.h",
        "struct ops {\n\tvoid (*remove)(struct d *d);\n};\n#ifdef CONFIG_OFF\nint hidden(void);\n#endif\n",
    ),
    ("include/linux/unaligned.h", ""),
    ("Module.symvers", "0x00000002\tkernel_one\tvmlinux\tEXPORT_SYMBOL_GPL\t\n"),
    (".config", "CONFIG_ON=y\n"),
];

/// Makes a folder that has these files.
pub(super) fn write(dir: &Path, files: &[(&str, &str)]) -> PathBuf {
    for (name, text) in files {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }
    dir.to_owned()
}

/// The driver is built for the newer of the two.
#[track_caller]
fn check(lines: &str, expected: &Expect) {
    let top = tempfile::tempdir().expect("a folder");
    let known = |release: &str, files| {
        let dir = write(&top.path().join(release), files);
        Known::new(release, dir.clone(), &dir.join(".config")).expect("a release")
    };
    let shelf = Shelf::of(known("7.3.0", NEW), std::iter::once(known("6.1.0", OLD)));
    let sources = write(
        &top.path().join("driver"),
        &[
            ("a.c", "static struct ops my_ops = {\n};\nMODULE_LICENSE(\"Proprietary\");\n"),
            ("b.c", "int help(void)\n{\n}\n"),
            ("inc/own.h", ""),
        ],
    );
    let lines: Vec<String> = lines.lines().map(str::to_owned).collect();
    let said = explain(&lines, About { shelf: &shelf, sources: &sources, neighbours: Vec::new() });
    expected.assert_eq(&said.into_iter().map(|line| line + "\n").collect::<String>());
}

#[test]
fn names_that_changed() {
    check(
        "a.c:1:2: error: implicit declaration of function 'from_timer'",
        &expect![[r#"
        `from_timer` is declared in include/linux/timer.h of 6.1, and not in 7.3
        help: since upstream's 6.16 `timer_container_of` takes its place: `#define timer_container_of(var, t, field)`
        help: for kernels of both kinds: `#ifdef timer_container_of`, which is right wherever it was backported to
    "#]],
    );
    check(
        "a.c:1:2: error: implicit declaration of function 'del_timer'",
        &expect![[r#"
            `del_timer` is declared in include/linux/timer.h of 6.1, and not in 7.3
            help: since upstream's 6.15 `timer_delete` takes its place: `int timer_delete(struct timer_list *t)`
            help: for kernels of both kinds probe, since distributions port changes back and versions then mislead; in Kbuild: `ccflags-y += $(shell grep -q 'timer_delete.' $(srctree)/include/linux/timer.h && echo -DHAVE_TIMER_DELETE)`
        "#]],
    );
    check(
        "a.c:1:2: error: too many arguments to function 'class_create'",
        &expect![[r#"
            class_create has changed: it is `#define class_create(owner, name)` in 6.1 and `struct class *class_create(const char *name)` in 7.3
            help: since upstream's 6.4 it takes the name alone, without THIS_MODULE
            help: for kernels of both kinds probe, since distributions port changes back and versions then mislead; in Kbuild: `ccflags-y += $(shell grep -q 'class_create.const' $(srctree)/include/linux/class.h && echo -DHAVE_NEW_CLASS_CREATE)`
        "#]],
    );
    check(
        "a.c:1:2: error: implicit declaration of function 'hidden'",
        &expect![[r#"
        `hidden` is declared in include/linux/ops.h for kernels with CONFIG_OFF, which 7.3.0 has not
        help: leave such kernels out with `needs = ["CONFIG_OFF"]` in driver.toml, or write an #ifdef
    "#]],
    );
    check(
        "a.c:1:2: error: implicit declaration of function 'timer_delete'",
        &expect![[r#"
        `timer_delete` is declared in include/linux/timer.h of 7.3, which nothing includes here
        help: add `#include <linux/timer.h>`
    "#]],
    );
    check(
        "a.c:1:2: error: implicit declaration of function 'malloc'",
        &expect![[r#"
        the headers of 6.1 and 7.3 declare no function or macro `malloc`
        help: it is libc's; the kernel has kmalloc(), kzalloc() and krealloc()
    "#]],
    );
    check(
        "a.c:1:2: error: 'struct ops' has no member named 'gone'",
        &expect![[r#"
        `struct ops` has `int gone` in 6.1 and no `gone` in 7.3 (include/linux/ops.h)
        help: for kernels of both kinds probe, since distributions port changes back and versions then mislead; in Kbuild: `ccflags-y += $(shell grep -qF ' gone;' $(srctree)/include/linux/ops.h && echo -DHAVE_OPS_GONE)`
    "#]],
    );
    check("a.c:1:2: error: 'struct own' has no member named 'x'", &expect![[""]]);
    check(
        "a.c:1:2: error: initialization of 'void (*)(struct d *)' from incompatible pointer type 'int (*)(struct d *)'\na.c:1:2: note: (near initialization for 'my_ops.remove')",
        &expect![[r#"
            `struct ops` has `int (*remove)(struct d *d)` in 6.1 and `void (*remove)(struct d *d)` in 7.3 (include/linux/ops.h)
            help: for kernels of both kinds probe, since distributions port changes back and versions then mislead; in Kbuild: `ccflags-y += $(shell grep -qF 'void (*remove)(struct d *d)' $(srctree)/include/linux/ops.h && echo -DHAVE_NEW_OPS_REMOVE)`
        "#]],
    );
    check(
        "a.c:1:2: fatal error: asm/unaligned.h: No such file or directory",
        &expect![[r#"
        no kernel at hand has it (6.1 and 7.3)
        help: since upstream's 6.12 it is `#include <linux/unaligned.h>`
        help: for kernels of both kinds: `#if __has_include(<linux/unaligned.h>)`
    "#]],
    );
    check(
        "a.c:1:2: fatal error: own.h: No such file or directory",
        &expect![[r#"
        the driver has it as inc/own.h, and the compiler does not look there
        help: in Kbuild: `ccflags-y += -I$(src)/inc`
    "#]],
    );
}

#[test]
fn symbols_and_makefiles() {
    check(
        "ERROR: modpost: \"of_module\" [a.ko] undefined!",
        &expect![[r#"
            `of_module` is exported by 6.1, and not by 7.3
            in 6.1, its module `buffer_one` has it (`drivers/iio/buffer-one`), most likely by CONFIG_IIO_BUFFER_ONE, which 7.3 has not
            help: use a kernel that is configured so, or leave such as this one out with `needs = ["CONFIG_IIO_BUFFER_ONE"]` in driver.toml
        "#]],
    );
    check(
        "ERROR: modpost: \"old_one\" [a.ko] undefined!",
        &expect![[r#"
        `old_one` is exported by 6.1, and not by 7.3
    "#]],
    );
    check(
        "ERROR: modpost: \"kernel_onn\" [a.ko] undefined!",
        &expect![[r#"
        no kernel at hand exports `kernel_onn` (6.1 and 7.3)
        help: 7.3 exports `kernel_one`; did you mean that?
    "#]],
    );
    check(
        "ERROR: modpost: a.ko: symbol 'help' undefined!",
        &expect![[r#"
        `help` is in b.c, which is not part of `a`
        help: add it in Kbuild, `a-y += b.o`; or export it from its own module with EXPORT_SYMBOL_GPL()
    "#]],
    );
    check(
        "ERROR: modpost: GPL-incompatible module a.ko uses GPL-only symbol 'kernel_one'",
        &expect![[r#"
        `kernel_one` is exported by the kernel itself with EXPORT_SYMBOL_GPL, and the licence `Proprietary` of `a` is not one of GPL, GPL v2, GPL and additional rights, Dual BSD/GPL, Dual MIT/GPL, Dual MPL/GPL
        help: use other symbols; or, if the sources are under such a licence, say so with MODULE_LICENSE()
    "#]],
    );
    check(
        "make[3]: *** No rule to make target '/w/aa.o', needed by '/w/m.o'.  Stop.",
        &expect![[r#"
        Kbuild names `aa.o` for `m.o`, and there is no aa.c, aa.S or aa.rs
        help: there is `a.c`; did you mean `a.o`?
    "#]],
    );
    check("a.c:1:2: error: expected ';'\nmake: *** [all] Error 2", &expect![[""]]);
    check("", &expect![[""]]);
}
