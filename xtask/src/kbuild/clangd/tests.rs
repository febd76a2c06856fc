// SPDX-License-Identifier: MIT OR Apache-2.0
//! What clangd is told, from what Kbuild has noted on kernels old and new.

use expect_test::{Expect, expect};

use super::*;

/// What is told of a copy with these files, of a folder that has those of them whose names are not `generated`; the copy is TOP/src,
/// the folder TOP/own, the kernel TOP/k, and the tool root TOP/root.
#[track_caller]
fn check(files: &[(&str, &str)], expected: &Expect) {
    let top = tempfile::tempdir().expect("a folder");
    let at = |name: &str| top.path().join(name);
    let stand = |text: &str| text.replace("TOP", &top.path().to_string_lossy());
    let write = |path: PathBuf, text: &str| {
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    };
    for (name, text) in files {
        write(at("src").join(name), &stand(text));
        if !name.ends_with(".cmd") && !name.contains("generated") {
            write(at("own").join(name), text);
        }
    }
    let (stage, dir) = (at("src"), at("own"));
    let moves = vec![("/lib/modules/6/build".into(), at("k")), ("/usr".into(), at("root/usr"))];
    let mut entries =
        of_modules(&Places { stage: &stage, dir: &dir, moves }, &at("k"), "x86_64-linux-gnu").expect("read");
    entries.sort_by(|a, b| a.file.cmp(&b.file));
    let said = entries.iter().map(|it| {
        let Entry { directory, file, output, arguments } = it;
        format!("{} {} {}\n  {}\n", directory.display(), file.display(), output.display(), arguments.join("\n  "))
    });
    expected.assert_eq(&said.collect::<String>().replace(&*top.path().to_string_lossy(), "TOP"));
}

#[test]
fn on_an_old_kernel() {
    check(
        &[
            ("a.c", ""),
            ("include/uapi/a.h", ""),
            (
                ".a.o.cmd",
                "cmd_TOP/src/a.o := gcc-10 -Wp,-MMD,TOP/src/.a.o.d -nostdinc -isystem /usr/lib/gcc/10/include -I./include \
                 -I/lib/modules/6/build/sound -include TOP/k/kconfig.h -D__KERNEL__ -fmacro-prefix-map=TOP/k/= -Wall \
                 -Werror=strict-prototypes -std=gnu89 -mno-sse -m64 -mpreferred-stack-boundary=3 -O2 \
                 -fno-allow-store-data-races -fno-builtin-wcslen -fshort-wchar --param asan-globals=1 -Wa,-x -Werror -Wno-error=vla \
                 -fplugin=./p.so -ITOP/src/include/uapi -ITOP/src/none -I TOP/src -D SAID=TOP/src/x.h \
                 -DKBUILD_BASENAME='\"a\"' -c -o TOP/src/a.o TOP/src/a.c\n\nsource_TOP/src/a.o := TOP/src/a.c\n\n\
                 deps_TOP/src/a.o := \\\n  TOP/src/include/uapi/a.h \\\n\n",
            ),
            (".a.mod.o.cmd", "cmd_TOP/src/a.mod.o := gcc -D__KERNEL__\n\nsource_TOP/src/a.mod.o := TOP/src/a.mod.c\n"),
            (".tool.o.cmd", "cmd_TOP/src/a.o := gcc -Wall\n\nsource_TOP/src/a.o := TOP/src/a.c\n"),
            (".m.o.cmd", "cmd_TOP/src/m.o := ld -r -o TOP/src/m.o TOP/src/a.o\n"),
            (".s.o.cmd", "cmd_TOP/src/s.o := gcc -D__KERNEL__\n\nsource_TOP/src/s.o := TOP/src/s.S\n"),
            (".gone.o.cmd", "cmd_TOP/src/gone.o := gcc -D__KERNEL__\n\nsource_TOP/src/gone.o := TOP/src/gone.c\n"),
            (".kernel.o.cmd", "cmd_TOP/src/k.o := gcc -D__KERNEL__\n\nsource_TOP/src/k.o := scripts/k.c\n"),
            (".broken.o.cmd", "cmd_TOP/src/k.o := 'gcc\n"),
        ],
        &expect![[r#"
            TOP/own TOP/own/a.c TOP/src/a.o
              gcc-10
              --target=x86_64-linux-gnu
              -nostdinc
              -isystem
              TOP/root/usr/lib/gcc/10/include
              -I
              TOP/k/include
              -I
              TOP/k/sound
              -include
              TOP/k/kconfig.h
              -D__KERNEL__
              -Wall
              -Wstrict-prototypes
              -std=gnu89
              -m64
              -O2
              -fno-builtin-wcslen
              -fshort-wchar
              -I
              TOP/own/include/uapi
              -I
              TOP/own/none
              -I
              TOP/own
              -DSAID=TOP/own/x.h
              -DKBUILD_BASENAME="a"
              -Wno-unknown-warning-option
              -fheinous-gnu-extensions
              -c
              TOP/own/a.c
        "#]],
    );
}

#[test]
fn on_a_new_kernel() {
    check(
        &[
            ("sub/a.c", ""),
            ("sub/generated.h", ""),
            ("include/b.h", ""),
            ("generated/c.h", ""),
            ("generated.c", ""),
            (
                "sub/.a.o.cmd",
                "savedcmd_sub/a.o := ccache clang --target=x86_64-linux-gnu -D__KERNEL__ -I././include -I../src/sub -I./generated \
                 -include ./generated/c.h -fms-extensions -fstrict-flex-arrays=3 -c -o sub/a.o sub/a.c  ; objtool sub/a.o\n\n\
                 source_sub/a.o := sub/a.c\n\ndeps_sub/a.o := \\\n    $(wildcard include/config/X) \\\n  include/b.h \\\n  \
                 sub/generated.h \\\n  generated/c.h \\\n\n",
            ),
            (".generated.o.cmd", "savedcmd_generated.o := gcc -D__KERNEL__\n\nsource_generated.o := generated.c\n"),
        ],
        &expect![[r#"
            TOP/own TOP/own/sub/a.c TOP/src/sub/a.o
              clang
              --target=x86_64-linux-gnu
              -D__KERNEL__
              -I
              TOP/own/include
              -I
              TOP/src/include
              -I
              TOP/own/sub
              -I
              TOP/src/sub
              -I
              TOP/src/generated
              -include
              TOP/src/generated/c.h
              -fms-extensions
              -iquote
              TOP/src/generated
              -iquote
              TOP/src/sub
              -Wno-unknown-warning-option
              -fheinous-gnu-extensions
              -c
              TOP/own/sub/a.c
            TOP/own TOP/src/generated.c TOP/src/generated.o
              gcc
              --target=x86_64-linux-gnu
              -D__KERNEL__
              -Wno-unknown-warning-option
              -fheinous-gnu-extensions
              -c
              TOP/src/generated.c
        "#]],
    );
}

#[test]
fn whose_file_it_is() {
    let entry =
        |output: &str| format!(r#"{{"directory": "/d", "file": "/d/a.c", "output": "{output}", "arguments": []}}"#);
    let check = |text: &str, expected: [bool; 3]| {
        let there = There::of(text.to_owned());
        let due = [Editor::Asked, Editor::Follows, Editor::Stays];
        assert_eq!(due.map(|editor| there.is_due(editor, Path::new("/t/workbench/build/d/6.1"))), expected, "{text}");
    };
    let this = entry("/t/workbench/build/d/6.1/src/a.o");
    let that = entry("/t/workbench/build/d/5.10/src/a.o");
    check(&format!("[{this}]"), [true; 3]);
    check(&format!("[{that}]"), [true, true, false]);
    check(&format!("[{this}, {}]", entry("a.o")), [false; 3]);
    check(&format!("[{}]", this.replace("arguments", "command")), [false; 3]);
    check(r#"[{"directory": "/d", "file": "a.c", "command": "cc a.c"}]"#, [false; 3]);
    check("[]", [false; 3]);
    check("", [false; 3]);
    check(&format!("[{this}"), [false; 3]);
    let build = Path::new("/t");
    let due = [Editor::Asked, Editor::Follows, Editor::Stays].map(|editor| There::Nothing.is_due(editor, build));
    assert_eq!(due, [true, false, false]);
}

#[test]
fn a_link_is_somebody_elses() {
    let top = tempfile::tempdir().expect("a folder");
    let path = top.path().join(FILE);
    assert_eq!(There::at(&path), There::Nothing);
    std::os::unix::fs::symlink("nowhere", &path).expect("a link");
    assert_eq!(There::at(&path), There::Others);
}

#[test]
fn it_is_replaced() {
    let top = tempfile::tempdir().expect("a folder");
    let path = top.path().join(FILE);
    for text in ["1", "2"] {
        replace(&path, text).expect("written");
        assert_eq!(fs::read_to_string(&path).expect("read"), text);
    }
    assert_eq!(fs::read_dir(top.path()).expect("a folder").count(), 1, "nothing is left beside it");
}
