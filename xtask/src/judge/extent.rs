// SPDX-License-Identifier: MIT OR Apache-2.0
//! From where to where a report goes among the lines of a console, given its title.

use super::console::Line;
use super::verdict::FaultKind;

/// A report is shown with at most so many lines.
const LONGEST_REPORT: usize = 60;
/// One that says itself where it ends, with so many: it has the stacks of several who took a lock or touched memory.
const LONGEST_WITH_END: usize = 240;
/// Another CPU can put so many lines among those of a report.
pub(super) const LONGEST_STRETCH: usize = 400;
/// `WARN()` with a message prints that message between its frame and its title (kernel/panic.c, the older form).
const FRAME_TO_TITLE: usize = 6;

/// The indices of a report's lines, in order; those of other callers are left out.
pub(super) fn extent(lines: &[Line<'_>], title: usize, kind: FaultKind) -> Vec<usize> {
    let own = |at: &usize| is_own(lines, title, *at);
    let start = start(lines, title);
    let stretch = (title..lines.len()).take(LONGEST_STRETCH).take_while(|at| !lines[*at].is_mark);
    let most = if has_end(kind) { LONGEST_WITH_END } else { LONGEST_REPORT };
    let mut extent: Vec<usize> = (start..title).filter(own).chain(stretch.filter(own)).take(most).collect();
    let messages: Vec<&str> = extent.iter().map(|at| lines[*at].message().trim_end()).collect();
    let framed = extent.iter().take_while(|at| **at < title).count();
    let end = end(&messages, framed, kind);
    extent.truncate(end);
    extent
}

/// Whether a line can be part of the report with this title: where the kernel says who speaks, only its own speaker's are.
pub(super) fn is_own(lines: &[Line<'_>], title: usize, at: usize) -> bool {
    match (lines[title].caller, lines[at].caller) {
        (Some(this), Some(other)) => this == other,
        _ => true,
    }
}

/// Sanitizers draw a ruler below their reports, and lockdep ends with a stack.
fn has_end(kind: FaultKind) -> bool {
    matches!(kind, FaultKind::Sanitizer | FaultKind::Lockdep)
}

/// A report's frame, if one stands before its title, or what the kernel says before that.
fn start(lines: &[Line<'_>], title: usize) -> usize {
    let nearest = title.saturating_sub(FRAME_TO_TITLE);
    let is_start = |at: &usize| is_frame(lines[*at].message()) && is_own(lines, title, *at);
    let frame = (nearest..title).rev().find(is_start);
    let frame = frame.filter(|&at| lines[at..title].iter().all(|line| !line.is_mark)).unwrap_or(title);
    let before = (frame.saturating_sub(FRAME_TO_TITLE)..frame).rev().find(|at| is_own(lines, title, *at));
    before.filter(|&at| is_overwritten(lines[at].message())).unwrap_or(frame)
}

/// SLUB's finding, of which its title says only `Object corrupt` (mm/slub.c since 6.12, check_bytes_and_report()).
fn is_overwritten(message: &str) -> bool {
    message.starts_with('[') && message.contains(" overwritten] 0x")
}

/// `cut here` of kernel/panic.c; arm64's own; the rulers of KASAN and lockdep.
fn is_frame(message: &str) -> bool {
    message.starts_with("------------[ cut here ]") || message.starts_with("8<--- cut here ---") || is_ruler(message)
}

/// Whom a hung task waits for (kernel/hung_task.c since 6.16, debug_show_blocker()).
pub(super) fn is_blocker(message: &str) -> bool {
    message.starts_with("INFO: task ") && message.contains(" blocked on a")
}

fn is_ruler(message: &str) -> bool {
    let message = message.trim_end();
    message.len() >= 20 && message.bytes().all(|byte| byte == b'=')
}

/// Lines of arch/x86/kernel/process_64.c, `__show_regs()`, with which a trace goes on below an interrupt.
fn is_register(message: &str) -> bool {
    // Where a program stood is where the kernel's trace ends.
    ["RIP: 0010:", "Code: ", "RSP: ", "RAX: ", "RDX: ", "RBP: ", "R10: ", "R13: "]
        .iter()
        .any(|start| message.starts_with(start))
}

/// How the part of a stall's report begins that is about one task or CPU (kernel/rcu/tree_stall.h, lib/nmi_backtrace.c).
const STALLED: &[&str] =
    &["CPU: ", "task:", "Sending NMI from CPU ", "NMI backtrace for cpu ", "rcu: Stack dump where RCU GP"];

/// Between lockdep's title and the locks that are held, so many lines at the most.
const MOST_TO_LOCKS: usize = 8;

/// How many of the messages belong to the report.
fn end(messages: &[&str], title: usize, kind: FaultKind) -> usize {
    let after = |wanted: &dyn Fn(&str) -> bool| {
        messages.iter().skip(title + 1).position(|message| wanted(message)).map(|at| title + 1 + at)
    };
    if kind == FaultKind::Sanitizer
        && messages[..title].last().is_some_and(|message| is_ruler(message))
        && let Some(ruler) = after(&is_ruler)
    {
        return ruler + 1;
    }
    let trace = after(&|message: &str| message.eq_ignore_ascii_case("Call Trace:"));
    // A second frame after this report's trace is another report.
    let next = messages.iter().enumerate().skip(title + 1).find_map(|(at, message)| {
        (message.starts_with("------------[ cut here ]") && trace.is_some_and(|trace| trace < at)).then_some(at)
    });
    let bound = next.unwrap_or(messages.len());
    let is_end = |message: &str| message.trim() == "</TASK>";
    // lockdep's frame is a ruler, and such an end is that of a report behind its own.
    let is_last = |message: &str| message.starts_with("---[ end ") && kind != FaultKind::Lockdep;
    if let Some(last) = after(&is_last).filter(|&at| at < bound) {
        return last + 1;
    }
    if let Some(mut last) = after(&is_end).filter(|&at| at < bound) {
        // A stall is told of several tasks and CPUs, one behind the other.
        while kind == FaultKind::RcuStall
            && messages.get(last + 1).is_some_and(|message| STALLED.iter().any(|start| message.starts_with(start)))
            && let Some(more) = messages[last + 1..bound].iter().position(|message| is_end(message))
        {
            last += 1 + more;
        }
        return last + 1 + messages[last + 1..bound].iter().take_while(|message| is_blocker(message)).count();
    }
    // lockdep_sys_exit() ends with the locks.
    let is_held = |message: &&str| message.contains(" held by ");
    if kind == FaultKind::Lockdep
        && trace.is_none()
        && let Some(held) = messages.iter().take(bound).skip(title + 1).take(MOST_TO_LOCKS).position(is_held)
    {
        let locks = &messages[title + 1 + held + 1..bound];
        return bound - locks.len() + locks.iter().take_while(|message| message.starts_with(" #")).count();
    }
    // Without an end of its own, a report goes on as long as its lines are indented; the registers of what was interrupted stand
    // among them.
    let body = trace.filter(|&at| at < bound).unwrap_or(title);
    let indented = messages[body + 1..bound]
        .iter()
        .take_while(|message| message.starts_with([' ', '\t']) || is_register(message))
        .count();
    body + 1 + indented
}
