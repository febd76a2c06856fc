// SPDX-License-Identifier: MIT OR Apache-2.0
//! Compiles the driver's pure C for the tests, with all the sanitizers that really work here.
//!
//! A compiler that accepts `-fsanitize=address` may still lack the runtime library, and one that links may make
//! programs that cannot run (no ptrace, an odd address space). So a small program is linked by rustc, exactly as
//! the tests will be, and run: once behaving, once not.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// One way to compile and link with sanitizers.
struct Sanitizer {
    /// What the tests are told, in `FOOBAR_SANITIZER`.
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

const NONE: Sanitizer = Sanitizer { name: "none", wrong_offset: "0", compile: &[], libraries: &[], link: &[] };

/// Reads a number from a heap block of eight bytes, at the offset that it is told.
const PROBE_C: &str = "
    int foobar_probe(const int *number);
    int foobar_probe(const int *number) { return *number; }
";
const PROBE_RS: &str = "
    use std::ffi::{c_char, c_int};
    unsafe extern \"C\" { fn foobar_probe(number: *const c_int) -> c_int; }
    fn main() {
        let block = vec![7 as c_int; 2];
        let offset = std::env::args().nth(1).map_or(0, |offset| offset.parse().unwrap());
        let number = block.as_ptr().cast::<c_char>().wrapping_add(offset);
        std::process::exit(if unsafe { foobar_probe(number.cast()) } == 7 { 0 } else { 3 });
    }
";

fn main() -> Result<()> {
    let tests = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let driver = tests.parent().ok_or("the tests are not in the driver's folder")?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let uapi = driver.join("include/uapi");
    let core = driver.join("foobar_core.c");
    let abi = tests.join("src/abi_check.c");

    for file in [&core, &abi, &driver.join("foobar_core.h"), &uapi.join("foobar.h")] {
        println!("cargo::rerun-if-changed={}", file.display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=FOOBAR_SANITIZER");

    // FOOBAR_SANITIZER=none, or the start of another name, skips the better ones: to try what happens elsewhere.
    let wish = env::var("FOOBAR_SANITIZER").unwrap_or_default();
    let mut reasons = Vec::new();
    let sanitizer = SANITIZERS
        .iter()
        .filter(|sanitizer| sanitizer.name.starts_with(&wish))
        .find(|sanitizer| match probe(sanitizer, &out) {
            Ok(()) => true,
            Err(reason) => {
                reasons.push(format!("{}: {reason}", sanitizer.compile[0]));
                false
            }
        })
        .unwrap_or(&NONE);
    fs::write(out.join("sanitizers.log"), reasons.join("\n"))?;
    if sanitizer.name != SANITIZERS[0].name {
        println!(
            "cargo::warning=foobar's C is tested with sanitizers: {}; see {}/sanitizers.log",
            sanitizer.name,
            out.display()
        );
    }
    println!("cargo::rustc-env=FOOBAR_SANITIZER={}", sanitizer.name);

    compiler(sanitizer).include(&uapi).include(driver).file(&core).file(&abi).try_compile("foobar_core")?;
    // After the archive that uses them.
    for library in sanitizer.libraries {
        println!("cargo::rustc-link-lib=dylib={library}");
    }
    for word in sanitizer.link {
        println!("cargo::rustc-link-arg={word}");
    }

    println!("cargo::rustc-env=FOOBAR_ABI_32={}", check_32_bit(&uapi, driver, &abi, &out)?);
    Ok(())
}

/// The C compiler as the tests use it; it is never told more than a probe has shown it to know.
fn compiler(sanitizer: &Sanitizer) -> cc::Build {
    let mut build = cc::Build::new();
    build.warnings(true).extra_warnings(true).warnings_into_errors(true).flags(sanitizer.compile);
    build
}

/// Does a program compiled this way run, and is it stopped when it does wrong?
fn probe(sanitizer: &Sanitizer, out: &Path) -> Result<()> {
    let (c, rs, program) = (out.join("probe.c"), out.join("probe.rs"), out.join("probe"));
    fs::write(&c, PROBE_C)?;
    fs::write(&rs, PROBE_RS)?;
    compiler(sanitizer).cargo_metadata(false).cargo_warnings(false).file(&c).try_compile("probe")?;

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

/// Compiles the ABI's assertions once more as a 32-bit program would, where the compiler and the headers can.
fn check_32_bit(uapi: &Path, driver: &Path, abi: &Path, out: &Path) -> Result<&'static str> {
    let probe = out.join("probe_32.c");
    fs::write(
        &probe,
        "#include <linux/ioctl.h>\n#include <linux/types.h>\n_Static_assert(sizeof(long) == 4, \"\");\n",
    )?;
    let tool = compiler(&NONE).get_compiler();
    // Debian keeps <asm/...> in a folder of the native architecture; its content is the same for both.
    let multiarch = tool.to_command().arg("-print-multiarch").output()?;
    let asm = Path::new("/usr/include").join(String::from_utf8_lossy(&multiarch.stdout).trim());
    let compiles = |file: &Path| {
        let mut command = tool.to_command();
        command.args(["-m32", "-ffreestanding", "-fsyntax-only", "-idirafter"]).arg(&asm);
        command.arg("-I").arg(uapi).arg("-I").arg(driver).arg(file).output()
    };
    if !compiles(&probe)?.status.success() {
        return Ok("not checked");
    }
    let checked = compiles(abi)?;
    if checked.status.success() { Ok("checked") } else { Err(said("the ABI differs for 32-bit programs", &checked)) }
}

#[expect(clippy::disallowed_methods, reason = "a build script has no cmd.rs; what it starts ends by itself")]
fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    Command::new(program)
}

fn said(what: &str, output: &Output) -> Box<dyn Error> {
    let text = String::from_utf8_lossy(&output.stderr);
    format!("{what} ({})\n{}", output.status, text.trim_end()).into()
}
