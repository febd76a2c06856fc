// SPDX-License-Identifier: MIT OR Apache-2.0
//! A driver's pure C is compiled for its tests with all the sanitizers that really work here. A module of build scripts.
//!
//! A compiler that accepts `-fsanitize=address` may still lack the runtime library, and one that links may make
//! programs that cannot run (no ptrace, an odd address space). So a small program is linked by rustc, exactly as
//! the tests will be, and run: once behaving, once not.

use std::{
    env,
    error::Error,
    fs,
    path::Path,
    process::{Command, Output},
};

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// One way to compile and link with sanitizers.
pub(crate) struct Sanitizer {
    /// What the tests are told, in `TESTS_SANITIZER`.
    name: &'static str,
    /// What the probe does wrong: 8 is past the end, 1 is not aligned.
    wrong_offset: &'static str,
    /// For the C compiler.
    compile: &'static [&'static str],
    /// Runtime libraries to link before all others.
    libraries: &'static [&'static str],
    /// Words for the compiler when it links.
    link: &'static [&'static str],
}

const ADDRESS: &[&str] =
    &["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-g"];

/// The best first.
const SANITIZERS: [Sanitizer; 4] = [
    // clang adds its own runtime when it links.
    Sanitizer {
        name: "address+undefined",
        wrong_offset: "8",
        compile: ADDRESS,
        libraries: &[],
        link: &["-fsanitize=address,undefined"],
    },
    // gcc does not where rustc tells it to add no libraries; these come before libc, which they stand in front of.
    Sanitizer {
        name: "address+undefined",
        wrong_offset: "8",
        compile: ADDRESS,
        libraries: &["asan", "ubsan"],
        link: &[],
    },
    Sanitizer {
        name: "undefined, by trap",
        wrong_offset: "1",
        compile: &["-fsanitize=undefined", "-fsanitize-trap=undefined"],
        libraries: &[],
        link: &[],
    },
    // The same, as gcc before 13 spells it.
    Sanitizer {
        name: "undefined, by trap",
        wrong_offset: "1",
        compile: &["-fsanitize=undefined", "-fsanitize-undefined-trap-on-error"],
        libraries: &[],
        link: &[],
    },
];

pub(crate) const NONE: Sanitizer =
    Sanitizer { name: "none", wrong_offset: "0", compile: &[], libraries: &[], link: &[] };

/// Reads a number from a heap block of eight bytes, at the offset that it is told.
const PROBE_C: &str = "
    int tests_probe(const int *number);
    int tests_probe(const int *number) { return *number; }
";
const PROBE_RS: &str = "
    use std::ffi::{c_char, c_int};
    unsafe extern \"C\" { fn tests_probe(number: *const c_int) -> c_int; }
    fn main() {
        let block = vec![7 as c_int; 2];
        let offset = std::env::args().nth(1).map_or(0, |offset| offset.parse().unwrap());
        let number = block.as_ptr().cast::<c_char>().wrapping_add(offset);
        std::process::exit(if unsafe { tests_probe(number.cast()) } == 7 { 0 } else { 3 });
    }
";

impl Sanitizer {
    /// The best that works; the tests are told, and the person if it is not the best of all.
    pub(crate) fn choose(out: &Path) -> Result<&'static Self> {
        println!("cargo::rerun-if-env-changed=TESTS_SANITIZER");
        // TESTS_SANITIZER=none, or the start of another name, skips the better ones: to try what happens elsewhere.
        let wish = env::var("TESTS_SANITIZER").unwrap_or_default();
        let mut reasons = Vec::new();
        let chosen = SANITIZERS
            .iter()
            .filter(|sanitizer| sanitizer.name.starts_with(&wish))
            .find(|sanitizer| match probe(sanitizer, out) {
                Ok(()) => true,
                Err(reason) => {
                    reasons.push(format!("{}: {reason}", sanitizer.compile[0]));
                    false
                }
            })
            .unwrap_or(&NONE);
        fs::write(out.join("sanitizers.log"), reasons.join("\n"))?;
        if chosen.name != SANITIZERS[0].name {
            println!(
                "cargo::warning=the driver's C is tested with sanitizers: {}; see {}/sanitizers.log",
                chosen.name,
                out.display()
            );
        }
        println!("cargo::rustc-env=TESTS_SANITIZER={}", chosen.name);
        Ok(chosen)
    }

    /// The C compiler as the tests use it; it is never told more than a probe has shown it to know.
    pub(crate) fn compiler(&self) -> cc::Build {
        let mut build = cc::Build::new();
        build.warnings(true).extra_warnings(true).warnings_into_errors(true).flags(self.compile);
        build
    }

    /// After the archive that uses them.
    pub(crate) fn link(&self) {
        for library in self.libraries {
            println!("cargo::rustc-link-lib=dylib={library}");
        }
        for word in self.link {
            println!("cargo::rustc-link-arg={word}");
        }
    }
}

/// Does a program compiled this way run, and is it stopped when it does wrong?
fn probe(sanitizer: &Sanitizer, out: &Path) -> Result<()> {
    let (c, rs, program) = (out.join("probe.c"), out.join("probe.rs"), out.join("probe"));
    fs::write(&c, PROBE_C)?;
    fs::write(&rs, PROBE_RS)?;
    sanitizer.compiler().cargo_metadata(false).cargo_warnings(false).file(&c).try_compile("probe")?;

    let mut rustc = command(env::var("RUSTC")?);
    rustc.args(["--edition=2024", "--target", &env::var("TARGET")?, "-L"]).arg(out).arg("-lstatic=probe");
    rustc.args(sanitizer.libraries.iter().map(|library| format!("-ldylib={library}")));
    rustc.args(sanitizer.link.iter().map(|word| format!("-Clink-arg={word}")));
    rustc.args(env::var("RUSTC_LINKER").ok().map(|linker| format!("-Clinker={linker}")));
    rustc.args(env::var("CARGO_ENCODED_RUSTFLAGS")?.split('\x1f').filter(|flag| !flag.is_empty()));
    let linked = rustc.arg("-o").arg(&program).arg(&rs).output()?;
    if !linked.status.success() {
        return Err(said("it does not link", &linked));
    }

    let good = command(&program).output()?;
    if !good.status.success() {
        return Err(said("a program that does nothing wrong does not run", &good));
    }
    let bad = command(&program).arg(sanitizer.wrong_offset).output()?;
    if matches!(bad.status.code(), Some(0 | 3)) {
        return Err(said("a program that does wrong is not stopped", &bad));
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a build script has no cmd.rs; what it starts ends by itself")]
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    Command::new(program)
}

pub(crate) fn said(what: &str, output: &Output) -> Box<dyn Error> {
    let text = String::from_utf8_lossy(&output.stderr);
    format!("{what} ({})\n{}", output.status, text.trim_end()).into()
}
