// SPDX-License-Identifier: MIT OR Apache-2.0
//! Compiles the driver's pure C for the tests, and its access to the controller with a little of a kernel around it.

use std::{env, fs, path::PathBuf};

use sanitizer::{Result, Sanitizer};

#[path = "../../tests/userspace/sanitizer.rs"]
mod sanitizer;

/// The kernel's headers that `qc71_ec.c` asks for. Here they are empty: `kernel.h` has all that it needs of them.
const EMPTY: [&str; 9] =
    ["acpi.h", "delay.h", "device.h", "error-injection.h", "kernel.h", "ktime.h", "mutex.h", "slab.h", "wmi.h"];

fn main() -> Result<()> {
    let tests = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let driver = tests.parent().ok_or("the tests are not in the driver's folder")?;
    let source = tests.join("src");
    let kernel = PathBuf::from(env::var("OUT_DIR")?).join("kernel");

    for name in ["qc71.h", "qc71_codec.c", "qc71_codec.h", "qc71_ec.c", "qc71_ec.h", "qc71_regs.h"] {
        println!("cargo::rerun-if-changed={}", driver.join(name).display());
    }
    for name in ["kernel.h", "laptop.c", "laptop.h"] {
        println!("cargo::rerun-if-changed={}", source.join(name).display());
    }
    println!("cargo::rerun-if-changed=build.rs");

    fs::create_dir_all(kernel.join("linux"))?;
    for name in EMPTY {
        fs::write(kernel.join("linux").join(name), "")?;
    }

    let sanitizer = Sanitizer::choose(&PathBuf::from(env::var("OUT_DIR")?))?;
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
