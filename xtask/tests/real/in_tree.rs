// SPDX-License-Identifier: MIT OR Apache-2.0
//! A module of a kernel's own tree, patched, is loaded into that very kernel.
//!
//! The package of a kernel's source is 140 MB, and 1.5 GB of the cache, so this takes WORKBENCH_TESTS=long.

use std::path::Path;

use libtest_mimic::{Failed, Trial};

const MODULE: &str = "drivers/net/dummy.ko";

pub(crate) fn trial(left_out: bool) -> Trial {
    Trial::test("in_tree", patched).with_ignored_flag(left_out || !crate::is_long())
}

/// The line that a patch adds is in the kernel's log, and without the patch it is not.
fn patched() -> Result<(), Failed> {
    let build = super::outcome(&super::xtask(&["build", "--json", "--in-tree", MODULE, "-k", "6_1"])?)?;
    let module = build["modules"][0].as_str().ok_or("the outcome names no module")?;
    // WORKBENCH/build/DRIVER/KERNEL/src/drivers/net/dummy.ko
    let place = |above: usize| Path::new(module).ancestors().nth(above).ok_or("it lies elsewhere");
    let kernel = place(4)?.file_name().ok_or("it lies elsewhere")?;
    let source = place(7)?.join("in-tree/drivers_net_dummy").join(kernel).join("source");
    let text = std::fs::read_to_string(source.join("drivers/net/dummy.c"))?;
    // After the first empty line of its init function, where its variables end.
    let lines: Vec<&str> = text.lines().collect();
    let init = lines.iter().position(|line| line.contains("dummy_init_module(void)")).ok_or("it has no init")?;
    let empty = lines[init..].iter().position(|line| line.is_empty()).ok_or("its init has no variables")?;
    let at = init + empty + 1;
    let patch = format!(
        "--- a/drivers/net/dummy.c\n+++ b/drivers/net/dummy.c\n@@ -{at} +{at},2 @@\n \n+\tpr_info(\"patched in tree\\n\");\n"
    );
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("dummy.patch");
    std::fs::write(&file, patch)?;
    let file = file.display().to_string();
    let test = ["vm-test", "--json", "--force", "--in-tree", MODULE, "-k", "6_1"];
    let is_said = |output| -> Result<bool, Failed> {
        let outcome = super::outcome(&output)?;
        let kept = outcome["kept"].as_str().ok_or("the outcome does not say where the run is kept")?;
        let verdict = &outcome["verdict"];
        let log = std::fs::read_to_string(Path::new(kept).join("console.log"))?;
        if !output.status.success() {
            return Err(format!("{verdict}; its log:\n{log}").into());
        }
        Ok(log.contains("patched in tree"))
    };
    if !is_said(super::xtask(&[&test[..], &["--patch", &file]].concat())?)? {
        return Err("the patched module was not loaded".into());
    }
    if is_said(super::xtask(&test)?)? {
        return Err("the module is still patched".into());
    }
    Ok(())
}
