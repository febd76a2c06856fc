// SPDX-License-Identifier: MIT OR Apache-2.0
//! Compiles the driver's pure C for the tests, and its access to the controller with a little of a kernel around it.

use std::{env, fs, path::PathBuf};

use sanitizer::{Result, Sanitizer};

#[path = "../../tests/userspace/sanitizer.rs"]
mod sanitizer;

/// What the tests compile of the driver, codec and access.
const DRIVER: [&str; 6] = ["qc71.h", "qc71_codec.c", "qc71_codec.h", "qc71_ec.c", "qc71_ec.h", "qc71_regs.h"];

/// The kernel's headers that programs have as well.
const COMMON: [&str; 2] = ["errno.h", "types.h"];

fn main() -> Result<()> {
    let tests = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let driver = tests.parent().ok_or("the tests are not in the driver's folder")?;
    let source = tests.join("src");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let kernel = out.join("kernel");

    // All other headers are empty here: `kernel.h` has what it takes of them.
    fs::create_dir_all(kernel.join("linux"))?;
    for path in DRIVER.map(|name| driver.join(name)) {
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path)?;
        let included = text.lines().filter_map(|line| line.strip_prefix("#include <linux/")?.strip_suffix('>'));
        for header in included.filter(|header| !COMMON.contains(header)) {
            fs::write(kernel.join("linux").join(header), "")?;
        }
    }
    for name in ["kernel.h", "laptop.c", "laptop.h"] {
        println!("cargo::rerun-if-changed={}", source.join(name).display());
    }
    println!("cargo::rerun-if-changed=build.rs");

    let sanitizer = Sanitizer::choose(&out)?;
    // What the kernel's own build does not warn of.
    let kernel_style = ["-Wno-sign-compare", "-Wno-unused-parameter", "-Wno-missing-field-initializers"];
    sanitizer
        .compiler()
        .flags(kernel_style)
        .flag("-include")
        .flag(source.join("kernel.h").display().to_string())
        .include(&kernel)
        .include(driver)
        .file(driver.join("qc71_ec.c"))
        .file(source.join("laptop.c"))
        .try_compile("qc71_ec")?;
    // It comes second, as the other one needs it.
    sanitizer.compiler().include(driver).file(driver.join("qc71_codec.c")).try_compile("qc71_codec")?;
    sanitizer.link();
    Ok(())
}
