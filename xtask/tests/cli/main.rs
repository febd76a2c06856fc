// SPDX-License-Identifier: MIT OR Apache-2.0
//! The real program against a fake archive: what it fetches, refuses, keeps and says, whatever goes wrong. Nothing here
//! needs the network, a kernel or QEMU; `cc` compiles the one program that all the archive's tools are.

mod again;
mod archive;
mod archives;
mod bench;
mod concurrency;
mod disk;
mod elsewhere;
mod explaining;
mod fetching;
mod hostile;
mod importing;
mod in_tree;
mod judging;
mod kernel_org;
mod kernels;
mod limits;
mod lock;
mod manifests;
mod new;
mod offline;
mod packaging;
mod reports;
mod resuming;
mod server;
mod trust;
mod usage;

use std::ffi::OsStr;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::Duration;

/// After this long a test is hanging. No test needs it to pass.
const DEADLINE: Duration = Duration::from_secs(60);

#[expect(clippy::disallowed_methods, reason = "this is the one place of the tests that starts processes")]
fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    // SAFETY: between fork and exec nothing but system calls without pointers is made.
    unsafe {
        command.pre_exec(|| {
            // A shell starts what runs in its background with these ignored, and who is started so keeps to it.
            for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
                libc::signal(signal, libc::SIG_DFL);
            }
            Ok(())
        });
    }
    command
}
