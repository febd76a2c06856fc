// SPDX-License-Identifier: MIT OR Apache-2.0
//! A workflow for GitHub: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax>.

use super::{Plan, filled, quoted, quoted_list};

pub(super) fn file(plan: &Plan) -> String {
    let text = |text: &str| quoted(&text_of_expression(text));
    let parts = [
        ("$KERNELS", quoted_list(&plan.kernels)),
        ("$DRIVER_TEXT", text(&plan.driver)),
        ("$WORKBENCH_TEXT", text(&plan.workbench)),
        ("$REVISION_TEXT", text(&plan.revision)),
    ];
    filled(include_str!("github.yml"), &parts)
}

/// GitHub replaces `${{ … }}` in every value; the way to write its beginning is an expression that gives it.
fn text_of_expression(text: &str) -> String {
    text.replace("${{", "${{ '${{' }}")
}
