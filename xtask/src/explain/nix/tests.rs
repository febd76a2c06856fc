// SPDX-License-Identifier: MIT OR Apache-2.0
//! Logs and configurations, and what is said to them; and that the tables are in order.

mod configurations;
mod logs;
mod tables;

use super::Finding;

/// What was found, as it is told.
fn told(findings: &[Finding]) -> String {
    let mut told = String::new();
    for finding in findings {
        let Finding { line, column, name, weight, said, .. } = finding;
        let column = column.map(|column| format!(":{column}")).unwrap_or_default();
        told = format!("{told}{} {line}{column} {name}: {said}\n", weight.word());
        for line in finding.explained() {
            told = format!("{told}  {line}\n");
        }
    }
    told
}
