// SPDX-License-Identifier: MIT OR Apache-2.0
//! make builds the kernel in a folder of its own.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};
use fs_err as fs;

use super::Job;
use super::profile::Compiler;
use crate::cmd::{Cmd, How, Stream};
use crate::kbuild::telling;
use crate::matrix::free_mb;
use crate::report::{Event, Unit};
use crate::toolchain::enter::Access;

/// What `uname -r` will say, relative to the objects.
pub(super) const RELEASE: &str = "include/config/kernel.release";

/// A kernel with all of a distribution's drivers takes hours on two cores.
const DEADLINE: Duration = Duration::from_secs(12 * 60 * 60);

/// What the compiler and the linker may take at once for each job, and is left to others, in MiB.
const MEMORY: (u64, u64) = (600, 1024);

/// KASAN, if the kernel has it, leaves these files alone, as it does kmemleak and the store of stacks: they run at every allocation,
/// and touch nothing that is a driver's (<https://docs.kernel.org/dev-tools/kasan.html>, "Ignoring accesses").
pub(super) const UNCHECKED: [&str; 2] = ["KASAN_SANITIZE_unwind_frame.o=n", "KASAN_SANITIZE_debugobjects.o=n"];

/// make, for the job's sources and objects, and with words that every call has.
pub(super) fn command(job: &Job<'_>) -> Result<Cmd> {
    command_with(job, &[])
}

/// The same; it sees further places.
pub(super) fn command_with(job: &Job<'_>, further: &[(&Path, Access)]) -> Result<Cmd> {
    let way = job.context.way()?;
    let own = [(job.source(), Access::Read), (job.objects.as_path(), Access::Write)];
    let shown = [&own, further].concat();
    let make = way.kernel_tool("make", &job.root_dir, &job.context.cache, &shown)?;
    let make = make.arg("-C").arg(job.source()).arg(format!("O={}", job.objects.display()));
    // What is built twice is the same (https://docs.kernel.org/kbuild/reproducible-builds.html), and less is built again.
    let same = ["LOCALVERSION=", "KBUILD_BUILD_TIMESTAMP=Thu Jan 1 00:00:00 UTC 1970", "KBUILD_BUILD_VERSION=1"];
    let same = same.into_iter().chain(["KBUILD_BUILD_USER=workbench", "KBUILD_BUILD_HOST=workbench"]);
    let clang = (job.profile.compiler == Compiler::Clang).then_some("LLVM=1");
    Ok(make.args(same).args(UNCHECKED).args(job.profile.arch.make_args()).args(clang))
}

/// Builds the image and the modules; an error has the compiler's own lines.
pub(super) fn build(job: &Job<'_>) -> Result<()> {
    let jobs = jobs(job);
    let make = command(job)?.arg(format!("-j{jobs}")).args([job.profile.arch.image().0, "modules"]);
    let make = make.deadline(DEADLINE);
    job.context.events.say(Event::Command { line: make.to_string() });
    let count = job.objects.join("steps");
    let total = fs::read_to_string(&count).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    let progress = job.context.events.progress(format!("building {}", job.said()), total, Unit::Things);
    let (mut steps, mut lines, mut text) = (0, Vec::new(), format!("$ {make}\n"));
    let finished = make.lines(&mut |stream, line| {
        let line = String::from_utf8_lossy(line).trim_end().to_owned();
        text.push_str(&line);
        text.push('\n');
        match stream {
            Stream::Err => lines.push(line),
            // `  CC      kernel/fork.o`
            Stream::Out if line.starts_with("  ") => {
                steps += 1;
                progress.at(steps);
            }
            Stream::Out => (),
        }
    })?;
    fs::write(job.log(), &text)?;
    if finished.how == How::Exited(0) {
        // Less is built the next time.
        if total < steps {
            fs::write(count, steps.to_string())?;
        }
        return Ok(());
    }
    bail!(
        "{} could not be built:\n{}\nhelp: all that make said is in `{}`",
        job.said(),
        telling(lines, &text).join("\n"),
        job.log().display()
    )
}

/// As many as there is memory for, and one at least.
fn jobs(job: &Job<'_>) -> usize {
    let wanted = job.context.jobs;
    let Some(free) = free_mb(&std::fs::read_to_string("/proc/meminfo").unwrap_or_default()) else { return wanted };
    let fitting = fitting(wanted, free);
    if fitting < wanted {
        job.context.events.note(format!(
            "{free} MiB of memory are free, so {} is built by {fitting} job{} at once instead of {wanted}",
            job.said(),
            if fitting == 1 { "" } else { "s" }
        ));
    }
    fitting
}

fn fitting(wanted: usize, free: u64) -> usize {
    let (each, left) = MEMORY;
    usize::try_from(free.saturating_sub(left) / each).unwrap_or(usize::MAX).min(wanted).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory() {
        let check = |wanted: usize, free: u64, expected: usize| assert_eq!(fitting(wanted, free), expected, "{free}");
        check(8, 24000, 8);
        check(8, 4096, 5);
        check(8, 2000, 1);
        check(8, 100, 1);
    }
}
