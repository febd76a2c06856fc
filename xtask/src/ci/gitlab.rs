// SPDX-License-Identifier: MIT OR Apache-2.0
//! A pipeline for GitLab: <https://docs.gitlab.com/ci/yaml/>. Words stand in the script, where GitLab replaces nothing,
//! and not among the variables, where it does.

use super::{Plan, filled, quoted, quoted_list};
use crate::cmd::shell_words;

pub(super) fn file(plan: &Plan) -> String {
    let word = |word: &str| shell_words(&[word.to_owned()]);
    let script = [
        format!("git clone --quiet {} /tmp/workbench", word(&plan.workbench)),
        format!("git -C /tmp/workbench checkout --quiet {}", word(&plan.revision)),
        "cd /tmp/workbench".to_owned(),
        format!(
            "cargo xtask vm-test \"$CI_PROJECT_DIR\"/{} --kernel \"$VM_TEST_KERNEL\" \
             --junit \"$CI_PROJECT_DIR/vm-test.xml\" --html \"$CI_PROJECT_DIR/vm-test.html\"",
            word(&plan.driver)
        ),
    ];
    let script: Vec<String> = script.iter().map(|line| format!("- {}", quoted(line))).collect();
    let parts = [("$KERNELS", quoted_list(&plan.kernels)), ("- $SCRIPT", script.join("\n    "))];
    filled(include_str!("gitlab.yml"), &parts)
}
