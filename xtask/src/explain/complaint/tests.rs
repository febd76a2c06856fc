// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lines of compilers, modpost and make, and what is read out of them.

use expect_test::{Expect, expect};

use super::*;

#[track_caller]
fn check(lines: &str, expected: &Expect) {
    let lines: Vec<String> = lines.lines().map(str::to_owned).collect();
    let said = complaints(&lines).iter().map(|it| format!("{it:?}\n")).collect::<String>();
    expected.assert_eq(&said);
}

#[test]
fn what_compilers_say() {
    check(
            "a.c:1:2: error: implicit declaration of function 'from_timer'; did you mean 'mod_timer'? [-Werror=implicit-function-declaration]
a.c:1:2: error: implicit declaration of function ‘strlcpy’ [-Wimplicit-function-declaration]
a.c:1:2: error: call to undeclared function 'vfs'; ISO C99 and later do not support implicit function declarations
a.c:1:2: error: 'X' undeclared (first use in this function); did you mean 'Y'?
a.c:1:2: error: use of undeclared identifier 'Z'
a.c:1:2: error: unknown type name 'mm_segment_t'
a.c:1:2: error: invalid use of undefined type 'struct genhd'
a.c:1:2: error: dereferencing pointer to incomplete type 'struct x'
a.c:1:2: note: each undeclared identifier is reported only once
a.c:1:2: warning: 'X' undeclared",
            &expect![[r#"
                Unknown { name: "from_timer", what: Function }
                Unknown { name: "strlcpy", what: Function }
                Unknown { name: "vfs", what: Function }
                Unknown { name: "X", what: Name }
                Unknown { name: "Z", what: Name }
                Unknown { name: "mm_segment_t", what: Type }
                Unknown { name: "struct genhd", what: Type }
                Unknown { name: "struct x", what: Type }
            "#]],
        );
    check(
        "a.c:1:2: error: 'struct b' has no member named 'c'; did you mean 'd'?
a.c:1:2: error: 'b_t' {aka 'struct b2'} has no member named 'c'
a.c:1:2: error: 'const struct file_operations' has no member named 'iterate'
a.c:1:2: error: no member named 'e' in 'struct f'
a.c:1:2: error: field designator 'g' does not refer to any field in type 'struct h'",
        &expect![[r#"
                NoMember { of: "struct b", member: "c" }
                NoMember { of: "struct b2", member: "c" }
                NoMember { of: "struct file_operations", member: "iterate" }
                NoMember { of: "struct f", member: "e" }
                NoMember { of: "struct h", member: "g" }
            "#]],
    );
    check(
        "a.c:1:2: error: too many arguments to function 'class_create'
a.c:1:2: error: too few arguments to function 'f'; expected 3, have 2
a.c:1:2: error: macro \"access_ok\" passed 3 arguments, but takes just 2
a.c:1:2: error: passing argument 1 of 'g' from incompatible pointer type [-Wincompatible-pointer-types]
a.c:1:2: error: too few arguments to function call, expected 3, have 2
    1 |         h(1, 2);
      |         ^",
        &expect![[r#"
                Arguments { function: "class_create" }
                Arguments { function: "f" }
                Arguments { function: "access_ok" }
                Arguments { function: "g" }
                Arguments { function: "h" }
            "#]],
    );
    check(
            "a.c:1:2: error: initialization of 'void (*)(int)' from incompatible pointer type 'int (*)(int)' [-Werror=incompatible-pointer-types]
   12 |         .remove = op_remove,
      |                   ^~~~~~~~~
a.c:1:2: note: (near initialization for 'op_driver.remove')
a.c:3:2: error: assignment to 'void (*)(void)' from incompatible pointer type 'int (*)(void)' [-Wincompatible-pointer-types]
   13 |         foo->ops.stop = bar;
a.c:4:2: error: incompatible function pointer types initializing 'void (*)(int)' with an expression of type 'int (int)' [-Wincompatible-function-pointer-types]",
            &expect![[r#"
                Pointer { place: Some("op_driver.remove"), wants: "void (*)(int)", has: "int (*)(int)" }
                Pointer { place: Some(".stop"), wants: "void (*)(void)", has: "int (*)(void)" }
                Pointer { place: None, wants: "void (*)(int)", has: "int (int)" }
            "#]],
        );
    check(
        "a.c:1:2: error: void value not ignored as it ought to be
   13 |         ret = gpiochip_remove(gc);
a.c:1:2: error: conflicting types for 'follow_pfn'; have 'int(void)'
a.c:1:2: error: redefinition of 'struct g'
a.c:1:2: error: static declaration of 'h' follows non-static declaration
a.c:1:2: error: assignment of read-only member 'vm_flags'
a.c:1:2: error: assignment of read-only location '*dev->dev_addr'
a.c:1:2: error: expected ',' or ';' before 'DMA_BUF'
   12 | MODULE_IMPORT_NS(DMA_BUF);
a.c:1:2: fatal error: asm/unaligned.h: No such file or directory
a.c:1:2: fatal error: 'linux/genhd.h' file not found
a.c:1:2: warning: no previous prototype for 'foo' [-Wmissing-prototypes]
a.c:1:2: error: macro \"__DATE__\" might prevent reproducible builds [-Werror=date-time]
a.c:1:2: error: some other thing",
        &expect![[r#"
                Nothing { names: ["ret", "gpiochip_remove", "gc"] }
                Declared { name: "follow_pfn" }
                Declared { name: "g" }
                Declared { name: "h" }
                ReadOnly { name: "vm_flags" }
                ReadOnly { name: "*dev->dev_addr" }
                Syntax { names: ["MODULE_IMPORT_NS", "DMA_BUF"] }
                NoHeader { header: "asm/unaligned.h" }
                NoHeader { header: "linux/genhd.h" }
                Strict { warning: "missing-prototypes", name: "foo" }
                Strict { warning: "date-time", name: "" }
            "#]],
    );
}

#[test]
fn what_modpost_says() {
    check(
            "ERROR: modpost: \"foo\" [/w/d/bar.ko] undefined!
ERROR: modpost: bar.ko: symbol 'foo2' undefined!
ERROR: modpost: GPL-incompatible module bar.ko uses GPL-only symbol 'foo'
ERROR: modpost: module bar uses symbol foo from namespace NS, but does not import it.
ERROR: modpost: bar.ko: module uses symbol 'foo' from namespace 'NS2', but does not import it.
ERROR: modpost: missing MODULE_LICENSE() in /w/d/bar.o
ERROR: modpost: baz.ko: missing MODULE_LICENSE()
WARNING: modpost: missing MODULE_DESCRIPTION() in bar.o
WARNING: modpost: bar: section mismatch in reference: run+0x5 (section: .text) -> setup (section: .init.text)
WARNING: modpost: /w/d/bar.o(.text+0x5): Section mismatch in reference from the function run() to the function .init.text:setup()
WARNING: modpost: Symbol info of vmlinux is missing. Unresolved symbol check will be entirely skipped.
ERROR: modpost: nothing that we know",
            &expect![[r#"
                Undefined { symbol: "foo", module: "bar" }
                Undefined { symbol: "foo2", module: "bar" }
                GplOnly { symbol: "foo", module: "bar" }
                Namespace { symbol: "foo", namespace: "NS", module: "bar" }
                Namespace { symbol: "foo", namespace: "NS2", module: "bar" }
                NoLicence { module: "bar" }
                NoLicence { module: "baz" }
                NoDescription { module: "bar" }
                Section { from: "run", to: "setup", section: ".init.text" }
                Make(NoSymvers)
            "#]],
        );
}

#[test]
fn what_make_says() {
    check(
        "warning: the compiler differs from the one used to build the kernel
gcc: error: unrecognized command-line option '-fmin-function-alignment=16'
clang: error: unknown argument: '-mrecord-mcount'
make[3]: *** No rule to make target '/w/helpr.o', needed by '/w/lnk.o'.  Stop.
make[3]: *** No rule to make target 'modules'.  Stop.
/bin/sh: 1: pahole: not found
bash: line 3: git: command not found
make[2]: bison: No such file or directory
ERROR: Kernel configuration is invalid.
cc1: error: cannot load plugin ./scripts/gcc-plugins/structleak_plugin.so
a.o: warning: objtool: f+0x1: unreachable instruction
FAILED: load BTF from vmlinux: Invalid argument
make: *** [Makefile:2: all] Error 2
make[3]: *** [x] Segmentation fault",
        &expect![[r#"
                Make(OtherCompiler)
                Make(Option("-fmin-function-alignment=16"))
                Make(Option("-mrecord-mcount"))
                Make(NoRule { target: "/w/helpr.o", by: Some("/w/lnk.o") })
                Make(NoRule { target: "modules", by: None })
                Make(NoTool("pahole"))
                Make(NoTool("git"))
                Make(NoTool("bison"))
                Make(NotConfigured)
                Make(Plugin)
                Make(Objtool)
                Make(Btf)
            "#]],
    );
    check("", &expect![[""]]);
}

/// What a driver's build may print is anything.
#[test]
fn nothing_makes_it_panic() {
    let pieces = [
        ": error: ",
        "'",
        "\"",
        "[",
        "]",
        " -> ",
        "from the ",
        "undefined!",
        "ERROR: modpost: ",
        "module",
        "é",
        "‘",
        "(",
        "missing MODULE_LICENSE()",
        "in reference: ",
        "incompatible pointer type",
        "initialization of '",
        "near initialization for '",
        "|",
        " of read-only ",
        "Section mismatch in reference",
    ];
    let mut seed = 1_u64;
    for _ in 0..20_000 {
        let mut line = String::new();
        for _ in 0..6 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            line.push_str(pieces[(seed >> 33) as usize % pieces.len()]);
        }
        complaints(&[line.clone(), line]);
    }
}
