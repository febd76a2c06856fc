// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is done when a file has changed, by the notes of two kernels.

use expect_test::{Expect, expect};

use super::*;

/// Notes as 6.1 writes them: the driver is of two objects, and another module of one.
const OLD: &[(&str, &str)] = &[
    (
        ".a.o.cmd",
        "cmd_/s/a.o := gcc -Wp,-MMD,/s/.a.o.d -c -o /s/a.o /s/a.c\n\nsource_/s/a.o := /s/a.c\n\ndeps_/s/a.o := \\\n  include/linux/x.h \\\n  /s/own.h \\\n\n",
    ),
    (
        ".b.o.cmd",
        "cmd_/s/b.o := gcc -Wp,-MMD,/s/.b.o.d -c -o /s/b.o /s/b.c ; ./tools/objtool/objtool /s/b.o\n\nsource_/s/b.o := /s/b.c\n",
    ),
    (
        ".c.o.cmd",
        "cmd_/s/c.o := gcc -Wp,-MMD,/s/.c.o.d -c -o /s/c.o /s/c.c\n\nsource_/s/c.o := /s/c.c\n\ndeps_/s/c.o := \\\n  /s/own.h \\\n\n",
    ),
    (".m.o.cmd", "cmd_/s/m.o := ld -r -o /s/m.o @/s/m.mod\n"),
    (".m.mod.cmd", "cmd_/s/m.mod := printf '%s\\n' a.o b.o > /s/m.mod\n"),
    (".gen.cmd", "cmd_/s/gen := gcc -o /s/gen /s/gen.c\n\nsource_/s/gen := /s/gen.c\n"),
    (".modules.order.cmd", "cmd_/s/modules.order := echo > /s/modules.order\n"),
    (".Module.symvers.cmd", "cmd_/s/Module.symvers := scripts/mod/modpost -o /s/Module.symvers -T -\n"),
    (".m.mod.o.cmd", "cmd_/s/m.mod.o := gcc -c -o /s/m.mod.o /s/m.mod.c\n\nsource_/s/m.mod.o := /s/m.mod.c\n"),
    (".m.ko.cmd", "cmd_/s/m.ko := ld -r -o /s/m.ko /s/m.o /s/m.mod.o;  true\n"),
    (".c.mod.o.cmd", "cmd_/s/c.mod.o := gcc -c -o /s/c.mod.o /s/c.mod.c\n\nsource_/s/c.mod.o := /s/c.mod.c\n"),
    (".c.ko.cmd", "cmd_/s/c.ko := ld -r -o /s/c.ko /s/c.o /s/c.mod.o;  true\n"),
];

/// As 7.3 does.
const NEW: &[(&str, &str)] = &[
    (
        ".h.o.cmd",
        "savedcmd_h.o := gcc -Wp,-MMD,./.h.o.d -DX='\"$(pound)$$\"' -c -o h.o h.c ; objtool h.o\n\nsource_h.o := h.c\n\ndeps_h.o := \\\n  own.h \\\n\n",
    ),
    (".Module.symvers.cmd", "savedcmd_Module.symvers := modpost -o Module.symvers -T modules.order\n"),
    (".h.mod.o.cmd", "savedcmd_h.mod.o := gcc -c -o h.mod.o h.mod.c\n\nsource_h.mod.o := h.mod.c\n"),
    (
        "..module-common.o.cmd",
        "savedcmd_.module-common.o := gcc -c -o .module-common.o /k/module-common.c\n\nsource_.module-common.o := /k/module-common.c\n",
    ),
    (".h.ko.cmd", "savedcmd_h.ko := ld -r -o h.ko h.o h.mod.o .module-common.o\n"),
];

#[track_caller]
fn check(notes: &[(&str, &str)], changed: &[&str], expected: &Expect) {
    let note = |(file, text): &(&str, &str)| {
        let noted = Noted::parse(text).expect("a note");
        Note { base: noted.base(&Path::new("/s").join(file), Path::new("/k")), noted }
    };
    let notes: Vec<Note> = notes.iter().map(note).collect();
    let changed = changed.iter().map(|path| Path::new("/s").join(path)).collect();
    let list = |path: &Path| (path == Path::new("/s/m.mod")).then(|| "/s/a.o\n/s/b.o\n".to_owned());
    let said = match plan(&notes, &changed, &list) {
        Err(doubt) => format!("doubt: {doubt}\n"),
        Ok(plan) => {
            let compile = plan.compile.iter().map(|note| note.step());
            let steps = compile.chain(plan.link.iter().cloned()).chain([plan.modpost.clone()]);
            let modules = plan.modules.iter().flat_map(|it| [it.compile.clone(), it.link.clone()]);
            steps.chain(modules).map(|step| format!("{}: {}\n", step.dir.display(), step.line)).collect()
        }
    };
    expected.assert_eq(&said);
}

#[test]
fn one_source() {
    check(
        OLD,
        &["b.c"],
        &expect![[r#"
        /k: gcc -Wp,-MMD,/s/.b.o.d -c -o /s/b.o /s/b.c ; ./tools/objtool/objtool /s/b.o
        /k: ld -r -o /s/m.o @/s/m.mod
        /k: scripts/mod/modpost -o /s/Module.symvers -T -
        /k: gcc -c -o /s/c.mod.o /s/c.mod.c
        /k: ld -r -o /s/c.ko /s/c.o /s/c.mod.o;  true
        /k: gcc -c -o /s/m.mod.o /s/m.mod.c
        /k: ld -r -o /s/m.ko /s/m.o /s/m.mod.o;  true
    "#]],
    );
    check(
        NEW,
        &["h.c"],
        &expect![[r##"
        /s: gcc -Wp,-MMD,./.h.o.d -DX='"#$"' -c -o h.o h.c ; objtool h.o
        /s: modpost -o Module.symvers -T modules.order
        /s: gcc -c -o h.mod.o h.mod.c
        /s: ld -r -o h.ko h.o h.mod.o .module-common.o
    "##]],
    );
}

#[test]
fn a_header() {
    check(
        OLD,
        &["own.h"],
        &expect![[r#"
        /k: gcc -Wp,-MMD,/s/.a.o.d -c -o /s/a.o /s/a.c
        /k: gcc -Wp,-MMD,/s/.c.o.d -c -o /s/c.o /s/c.c
        /k: ld -r -o /s/m.o @/s/m.mod
        /k: scripts/mod/modpost -o /s/Module.symvers -T -
        /k: gcc -c -o /s/c.mod.o /s/c.mod.c
        /k: ld -r -o /s/c.ko /s/c.o /s/c.mod.o;  true
        /k: gcc -c -o /s/m.mod.o /s/m.mod.c
        /k: ld -r -o /s/m.ko /s/m.o /s/m.mod.o;  true
    "#]],
    );
    check(
        NEW,
        &["own.h"],
        &expect![[r##"
        /s: gcc -Wp,-MMD,./.h.o.d -DX='"#$"' -c -o h.o h.c ; objtool h.o
        /s: modpost -o Module.symvers -T modules.order
        /s: gcc -c -o h.mod.o h.mod.c
        /s: ld -r -o h.ko h.o h.mod.o .module-common.o
    "##]],
    );
}

#[test]
fn doubts() {
    check(
        OLD,
        &["Kbuild"],
        &expect![[r#"
        doubt: Kbuild does not note who reads `/s/Kbuild`
    "#]],
    );
    check(
        OLD,
        &["gen.c"],
        &expect![[r#"
        doubt: `/s/gen` is made of `/s/gen.c`, and is no object
    "#]],
    );
    check(
        OLD,
        &["a.c", "new.h"],
        &expect![[r#"
        doubt: Kbuild does not note who reads `/s/new.h`
    "#]],
    );
    check(
        &OLD[..8],
        &["a.c"],
        &expect![[r#"
        doubt: Kbuild notes no module
    "#]],
    );
    check(
        &OLD[..7],
        &["a.c"],
        &expect![[r#"
        doubt: Kbuild notes no call of modpost, or several
    "#]],
    );
    check(
        &NEW[..2],
        &["h.c"],
        &expect![[r#"
        doubt: Kbuild notes no module
    "#]],
    );
}

#[test]
fn what_make_says_of_objtool() {
    let check = |line: &str, expected: Option<&str>| {
        assert_eq!(objtool(line).map(|(object, _)| object.display().to_string()).as_deref(), expected);
    };
    check("./tools/objtool/objtool orc generate --module --no-fp /s/hello.o", Some("/s/hello.o"));
    check("./tools/objtool/objtool --version", None);
    check("gcc -c -o /s/hello.o /s/hello.c", None);
    check("", None);
}
