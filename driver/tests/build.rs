// SPDX-License-Identifier: MIT OR Apache-2.0
//! Compiles the driver's pure C for the tests.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use sanitizer::{NONE, Result, Sanitizer, said};

#[path = "../../tests/userspace/sanitizer.rs"]
mod sanitizer;

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

    let sanitizer = Sanitizer::choose(&out)?;
    sanitizer.compiler().include(&uapi).include(driver).file(&core).file(&abi).try_compile("foobar_core")?;
    sanitizer.link();

    println!("cargo::rustc-env=FOOBAR_ABI_32={}", check_32_bit(&uapi, driver, &abi, &out)?);
    Ok(())
}

/// Compiles the ABI's assertions once more as a 32-bit program would, where the compiler and the headers can.
fn check_32_bit(uapi: &Path, driver: &Path, abi: &Path, out: &Path) -> Result<&'static str> {
    let probe = out.join("probe_32.c");
    fs::write(
        &probe,
        "#include <linux/ioctl.h>\n#include <linux/types.h>\n_Static_assert(sizeof(long) == 4, \"\");\n",
    )?;
    let tool = NONE.compiler().get_compiler();
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
