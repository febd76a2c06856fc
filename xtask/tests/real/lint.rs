// SPDX-License-Identifier: MIT OR Apache-2.0
//! qc71-laptop without a complaint: from the compiler with W=1, and from sparse. Each copy that is built has one file more, with
//! a fault that only this check sees, so that a check which is not made does not look like one that is passed.

use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

use anyhow::{Context as _, Result, ensure};
use libtest_mimic::{Failed, Trial};
use xtask::context::{Context, Locking, ToolChoice};
use xtask::fetch::Network;
use xtask::report::Events;

const DRIVER: &str = "qc71-laptop";

/// A file with a fault, and what is said of it.
struct Witness {
    source: &'static str,
    complaint: &'static str,
}

const UNUSED: Witness = Witness { source: "static const int witness = 1;\n", complaint: "[-Wunused-const-variable=]" };

const ENDIANNESS: Witness = Witness {
    source: "#include <linux/types.h>\n__le16 witness(void);\n__le16 witness(void)\n{\n\treturn 1;\n}\n",
    complaint: "incorrect type in return expression (different base types)",
};

/// Two trials for each kernel, such as `lint-w1@6_1` and `lint-sparse@6_1`.
pub(crate) fn trials() -> Vec<Trial> {
    let on = |kernel: &'static str| {
        [
            trial(format!("lint-w1@{kernel}"), move || compiled(kernel)),
            trial(format!("lint-sparse@{kernel}"), move || checked(kernel)),
        ]
    };
    crate::zoo::KERNELS.split_whitespace().flat_map(on).collect()
}

fn trial(name: String, run: impl FnOnce() -> Result<()> + Send + 'static) -> Trial {
    Trial::test(name, || run().map_err(|err| Failed::from(format!("{err:#}"))))
}

fn compiled(kernel: &str) -> Result<()> {
    // With W=1 Kbuild also runs kernel-doc, a script that needs more of Perl or Python than a tool root has.
    check(kernel, &["W=1", "cmd_checkdoc="], &UNUSED, None)
}

fn checked(kernel: &str) -> Result<()> {
    // The program runs in the kernel's tool root, and must not be newer than the libc there.
    let suite = if kernel == "5_10" { "bullseye" } else { "bookworm" };
    let context = Context::new(Events::new(channel().0), Network::Online, Locking::Preferred, None, ToolChoice::Own)?;
    let sparse = sparse(&context, suite)?;
    let args = [
        "C=2",
        // The second time for kernels whose Makefile asks a script that Debian's headers lack whether sparse is any good.
        "KBUILD_CHECKSRC=2",
        "CHECK=$(M)/sparse",
        // What headers of 7.x use, and sparse does not know yet.
        "CF=-D__typeof_unqual__=__typeof__ '-D__builtin_strlen(text)=(sizeof(text)-1)'",
    ];
    check(kernel, &args, &ENDIANNESS, Some(&sparse))
}

/// Builds a copy of the driver with a witness, and `program` beside it: the witness is all that is complained of.
fn check(kernel: &str, args: &[&str], witness: &Witness, program: Option<&Path>) -> Result<()> {
    let top = tempfile::tempdir()?;
    let folder = top.path().join(DRIVER);
    std::fs::create_dir(&folder)?;
    for entry in std::fs::read_dir(crate::root().join(DRIVER))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), folder.join(entry.file_name()))?;
        }
    }
    if let Some(program) = program {
        std::fs::copy(program, folder.join(program.file_name().unwrap_or_default()))?;
    }
    let kbuild = std::fs::read_to_string(folder.join("Kbuild"))?;
    std::fs::write(folder.join("Kbuild"), format!("{kbuild}\nqc71_laptop-y += witness.o\n"))?;
    std::fs::write(folder.join("witness.c"), witness.source)?;
    std::fs::write(folder.join("driver.toml"), format!("[build]\nmake-args = {args:?}\n"))?;
    let words = ["build", "--json", "--kernel", kernel, &folder.display().to_string()];
    let output = crate::xtask_with(&words, Some(&top.path().join("target")));
    let output = output.map_err(|err| anyhow::anyhow!("{}", err.message().unwrap_or_default()))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "{}; it said:\n{said}", output.status);
    let events = said.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let lines =
        events.filter_map(|event| Some(event["line"].as_str().filter(|_| event["event"] == "diagnostic")?.to_owned()));
    let is_complaint = |line: &String| line.contains(": warning: ") || line.contains(": error: ");
    let (seen, others): (Vec<String>, Vec<String>) =
        lines.filter(is_complaint).partition(|line| line.contains("witness.c:") && line.contains(witness.complaint));
    ensure!(others.is_empty(), "there are complaints:\n{}", others.join("\n"));
    ensure!(seen.len() == 1, "the witness was seen {} times; it said:\n{said}", seen.len());
    Ok(())
}

/// sparse alone: it needs no more than libc, while its package asks for a compiler and LLVM.
fn sparse(context: &Context, suite: &str) -> Result<PathBuf> {
    let archive = context.archive()?;
    let index = archive.index(archive.suite(suite)?)?;
    let package = index.newest("sparse").with_context(|| format!("{suite} has no sparse"))?;
    let key = format!("{suite}-sparse-{}", &package.sha256[..12]);
    let root = context.cache.entry("roots", &key, |root| archive.unpack("sparse", &[package], root))?;
    Ok(root.join("usr/bin/sparse"))
}
