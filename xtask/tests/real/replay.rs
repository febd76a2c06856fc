// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is built without make is what make builds, byte for byte, over many kinds of edits; and where that is in doubt, make builds.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use libtest_mimic::{Failed, Trial};

const KERNELS: &[&str] = &["5_10", "6_1", "6_12", "7_3"];

/// Each kernel's Kbuild is another; these differ most.
const SHORT: &[&str] = &["5_10", "7_3"];

/// A driver of two objects with a header of its own, and a module of one.
const FILES: &[(&str, &str)] = &[
    ("Kbuild", "obj-m := pair.o single.o\npair-y := first.o second.o\n"),
    ("own.h", "#define GREETING \"hello\"\nint second(int number);\n"),
    (
        "first.c",
        "#include <linux/module.h>\n#include \"own.h\"\n\nstatic int __init first_init(void)\n{\n\tpr_info(GREETING \"\\n\");\n\t\
         return second(1) < 0;\n}\n\nstatic void __exit first_exit(void)\n{\n}\n\nmodule_init(first_init);\nmodule_exit(first_exit);\n\
         MODULE_LICENSE(\"GPL\");\nMODULE_DESCRIPTION(\"A test\");\n",
    ),
    (
        "second.c",
        "#include <linux/kernel.h>\n#include \"own.h\"\n\nint second(int number)\n{\n\treturn number + 1;\n}\n",
    ),
    (
        "single.c",
        "#include <linux/module.h>\n\nstatic int number = 3;\nmodule_param(number, int, 0444);\nMODULE_LICENSE(\"GPL\");\n\
         MODULE_DESCRIPTION(\"A test\");\n",
    ),
];

/// An edit of a file: what is in it, what comes in its place, and whether Kbuild's notes are enough then.
struct Edit {
    file: &'static str,
    old: &'static str,
    new: &'static str,
    by: By,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Notes,
    Make,
    /// The compiler refuses it, as the notes tell.
    Refused,
}

const fn edit(file: &'static str, old: &'static str, new: &'static str, by: By) -> Edit {
    Edit { file, old, new, by }
}

const EDITS: &[Edit] = &[
    edit("second.c", "number + 1", "number + 2", By::Notes),
    edit("second.c", "return", "/* a comment\n\t * of two lines */\n\treturn", By::Notes),
    edit("own.h", "hello", "good morning", By::Notes),
    // Another symbol of the kernel's is needed: modpost writes another file.
    edit("second.c", "\treturn", "\tpr_info(\"%d\\n\", number);\n\treturn", By::Notes),
    edit(
        "second.c",
        "#include \"own.h\"",
        "#include <linux/jiffies.h>\n#include <linux/slab.h>\n#include \"own.h\"",
        By::Make,
    ),
    edit("second.c", "\tpr_info", "\tkfree(kmalloc(number, GFP_KERNEL));\n\tpr_info", By::Notes),
    edit("second.c", "number + 2;", "number + 2", By::Refused),
    edit("second.c", "number + 2", "number + 3;", By::Notes),
    edit("first.c", "MODULE_DESCRIPTION(\"A test\")", "MODULE_DESCRIPTION(\"Another\")", By::Notes),
    edit("single.c", "number = 3", "number = 4", By::Notes),
    edit("first.c", "second(1) < 0", "second(1) < 0 || WARN_ON(second(2) < 0)", By::Notes),
    edit("Kbuild", "single.o\n", "single.o\nccflags-y := -DMORE\n", By::Make),
    edit("single.c", "number = 4", "number = 5", By::Notes),
    edit(
        "single.c",
        "MODULE_LICENSE",
        "struct own {\n\tint first;\n};\nint single(struct own *own);\nint single(struct own *own)\n{\n\treturn own->first;\n}\nEXPORT_SYMBOL_GPL(single);\nMODULE_LICENSE",
        By::Make,
    ),
    // What a module exports is for other rules, from then on.
    edit("second.c", "number + 3", "number + 4", By::Make),
];

/// One for each kernel: `replay@6_1`.
pub(crate) fn trials() -> Vec<Trial> {
    let trial = |kernel: &&'static str| {
        let kernel = *kernel;
        let run = move || run(kernel).map_err(|err| Failed::from(format!("{err:#}")));
        Trial::test(format!("replay@{kernel}"), run).with_ignored_flag(!SHORT.contains(&kernel) && !crate::is_long())
    };
    KERNELS.iter().map(trial).collect()
}

fn run(kernel: &str) -> Result<()> {
    let top = tempfile::tempdir()?;
    let (folder, target) = (top.path().canonicalize()?.join("pair"), top.path().join("target"));
    std::fs::create_dir(&folder)?;
    for (name, text) in FILES {
        std::fs::write(folder.join(name), text)?;
    }
    let build = |words: &[&str]| {
        let folder = folder.display().to_string();
        crate::xtask_with(&[&["build", "--json", &folder, "-k", kernel], words].concat(), Some(&target))
    };
    let outcome =
        |words: &[&str]| -> Result<serde_json::Value> { crate::outcome(&build(words).map_err(said)?).map_err(said) };
    outcome(&["--hurry"])?;
    for Edit { file, old, new, by } in EDITS {
        let path = folder.join(file);
        let text = std::fs::read_to_string(&path)?;
        ensure!(text.contains(old), "`{file}` has no `{old}`");
        std::fs::write(&path, text.replacen(old, new, 1))?;
        let built = outcome(&["--hurry"])?;
        let log = std::fs::read_to_string(log(&target)?)?;
        let edit = || format!("`{old}` has become `{new}` in `{file}`:\n{built}\n{log}");
        let is_by_make = log.lines().any(|line| line.starts_with("$ make"));
        ensure!(
            is_by_make == (*by == By::Make),
            "it was built by {}: {}",
            if is_by_make { "make" } else { "notes" },
            edit()
        );
        let is_refused = built["verdict"]["verdict"] == "fail";
        ensure!(is_refused == (*by == By::Refused), "{}", edit());
        if !is_refused {
            let confirmed = build(&["--confirm"]).map_err(said)?;
            ensure!(confirmed.status.success(), "make has not confirmed it: {}\n{confirmed:?}", edit());
        }
    }
    Ok(())
}

fn said(failed: Failed) -> anyhow::Error {
    anyhow::anyhow!("{}", failed.message().unwrap_or_default().to_owned())
}

/// The log of the only build there is.
fn log(target: &Path) -> Result<std::path::PathBuf> {
    let mut dir = target.join("workbench/build");
    for _driver_and_kernel in 0..2 {
        dir = std::fs::read_dir(&dir)?.next().context("there is no build")??.path();
    }
    Ok(dir.join("build.log"))
}
