// SPDX-License-Identifier: MIT OR Apache-2.0
//! Headers in small, and what is found in them.

use expect_test::{Expect, expect};

use super::*;

#[track_caller]
fn check(text: &str, names: &[&str], expected: &Expect) {
    let said = declared(text, names)
        .iter()
        .map(|it| format!("{:?}: {} | {}\n", it.what, it.text, it.shape))
        .collect::<String>();
    expected.assert_eq(&said);
}

#[test]
fn functions() {
    check(
        "extern struct class * __must_check a(struct module *owner,\n\t\tconst char *name);\nint b(void);",
        &["a", "b"],
        &expect![[r#"
                Function: struct class *a(struct module *owner, const char *name) | struct class *(struct module *, const char *)
                Function: int b(void) | int(void)
            "#]],
    );
    check(
        "static inline int a(unsigned int x, int (*f)(int y), u8 z[4])\n{\n\tif (b()) { c(); }\n\treturn a(1);\n}\n\nvoid b(int);",
        &["a", "b", "c"],
        &expect![[r#"
                Function: int a(unsigned int x, int (*f)(int y), u8 z[4]) | int(unsigned int, int (*f)(int y), u8[4])
                Function: void b(int) | void(int)
            "#]],
    );
    check(
        "__printf(1, 2)\nint a(const char *fmt, ...);\n",
        &["a"],
        &expect![[r#"
            Function: int a(const char *fmt, ...) | int(const char *, ...)
        "#]],
    );
    check(
        "DECLARE_STATIC_KEY_FALSE(k)\nextern int a(void);\nb(c);",
        &["a", "b", "k"],
        &expect![[r#"
            Function: int a(void) | int(void)
        "#]],
    );
    check(
        "static inline int a(void) __acquires(x)\n{\n\treturn 0;\n}\nint b(void);",
        &["a", "b"],
        &expect![[r#"
                Function: int a(void) | int(void)
                Function: int b(void) | int(void)
            "#]],
    );
}

#[test]
fn other_declarations() {
    check(
        "#define a(x, \\\n  y) do_it(x)\n#define b a\n#define c\n#define d(...) 1\n#ifndef e\n#endif\n",
        &["a", "b", "c", "d", "e"],
        &expect![[r#"
                Macro: #define a(x, y) | macro of 2
                Macro: #define b a | #define b a
                Macro: #define c | #define c
                Macro: #define d(...) | macro of 1
            "#]],
    );
    check(
        "typedef int (*a)(int x);\ntypedef struct { int c; } b;\ntypedef unsigned long long d;\ntypedef struct e f;",
        &["a", "b", "c", "d", "e", "f"],
        &expect![[r#"
                Typedef: typedef int (*a)(int x) | typedef int (*a)(int x)
                Typedef: typedef struct b | typedef struct b
                Typedef: typedef unsigned long long d | typedef unsigned long long d
                Typedef: typedef struct e f | typedef struct e f
            "#]],
    );
    check(
        "struct a;\nstruct a {\n\tstruct b c;\n\tint d;\n} __packed;\nextern struct a *e;\nenum f { G, H = 2,\n#ifdef X\n I\n#endif\n};\nint use = H;",
        &["a", "b", "d", "e", "f", "G", "H", "I", "use"],
        &expect![[r#"
                Type: struct a | struct a
                Variable: extern struct a *e | extern struct a *e
                Type: enum f | enum f
                Constant: G | G
                Constant: H | H
                Constant: I | I
                Variable: int use | int use
            "#]],
    );
}

#[test]
fn what_is_broken_does_no_harm() {
    check(
        "#ifdef A\nstatic inline int a(void) {\n#else\nstatic inline int a(int b) {\n#endif\n\treturn 1;\n}\nint c(void);\n",
        &["a", "c"],
        &expect![[r#"
                Function: int a(void) | int(void)
                Function: int a(int b) | int(int)
                Function: int c(void) | int(void)
            "#]],
    );
    check("int a(", &["a"], &expect![[""]]);
    check(
        "} ) ; int a(void);",
        &["a"],
        &expect![[r#"
            Function: int a(void) | int(void)
        "#]],
    );
    let deep = "(".repeat(100_000) + &"{".repeat(100_000);
    check(&format!("int a {deep}"), &["a"], &expect![[""]]);
}
