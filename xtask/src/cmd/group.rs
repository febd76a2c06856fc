// SPDX-License-Identifier: MIT OR Apache-2.0
//! The process groups of our children, to be killed when a signal ends us: a child dies with us by itself, but its own
//! children do not, unless they are in a PID namespace.

use std::process::Child;
use std::sync::Once;
use std::sync::atomic::{AtomicI32, Ordering};

use anyhow::Result;

/// The groups that a signal's handler must find without a lock; 0 is a free place. More at once is nobody's.
static GROUPS: [AtomicI32; 64] = [const { AtomicI32::new(0) }; 64];

/// Children that are started but not yet in [`GROUPS`].
static STARTING: AtomicI32 = AtomicI32::new(0);

/// The signal that came while a child was being started, or 0.
static CAME: AtomicI32 = AtomicI32::new(0);

/// A child's process group, to be killed when a signal ends us. Must be dropped before the child is reaped, since its
/// number may be given away then.
#[derive(Debug)]
pub(super) struct Group {
    place: Option<&'static AtomicI32>,
    pid: i32,
}

impl Group {
    /// Starts a child whose group no signal misses: one that comes in between is heeded when the group is known.
    pub(super) fn start(spawn: impl FnOnce() -> Result<Child>) -> Result<(Child, Self)> {
        heed_signals();
        STARTING.fetch_add(1, Ordering::SeqCst);
        let started = spawn().map(|child| {
            let pid = child.id() as i32;
            let free = |place: &&AtomicI32| place.compare_exchange(0, pid, Ordering::SeqCst, Ordering::SeqCst).is_ok();
            let place = GROUPS.iter().find(free);
            (child, Self { place, pid })
        });
        STARTING.fetch_sub(1, Ordering::SeqCst);
        let came = CAME.load(Ordering::SeqCst);
        if came != 0 {
            end_by(came);
        }
        started
    }
}

/// From now on, signals that end us end our children first, and give the terminal back.
pub(super) fn heed_signals() {
    static HANDLERS: Once = Once::new();
    let signals = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT];
    HANDLERS.call_once(|| signals.into_iter().for_each(kill_groups_on));
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            let _ours = place.compare_exchange(self.pid, 0, Ordering::SeqCst, Ordering::SeqCst);
        }
    }
}

/// Kills all groups, and us by this signal, whose default action SA_RESETHAND has brought back. Does only what a
/// signal's handler may (signal-safety(7)).
fn end_by(signal: libc::c_int) {
    for group in &GROUPS {
        let pid = group.load(Ordering::SeqCst);
        if pid > 0 {
            // SAFETY: a plain system call.
            unsafe { libc::kill(-pid, libc::SIGKILL) };
        }
    }
    super::raw::give_back();
    // SAFETY: a plain system call.
    unsafe { libc::raise(signal) };
}

/// Makes a signal kill all groups before it ends us as it would have. One that is ignored, as under nohup, stays so.
fn kill_groups_on(signal: libc::c_int) {
    extern "C" fn handler(signal: libc::c_int) {
        CAME.store(signal, Ordering::SeqCst);
        if STARTING.load(Ordering::SeqCst) == 0 {
            end_by(signal);
        }
    }
    // SAFETY: both structures are valid for the calls, and the handler does only what handlers may.
    unsafe {
        let mut old: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(signal, std::ptr::null(), &raw mut old) != 0 || old.sa_sigaction == libc::SIG_IGN {
            return;
        }
        let mut new: libc::sigaction = std::mem::zeroed();
        new.sa_sigaction = handler as extern "C" fn(libc::c_int) as libc::sighandler_t;
        new.sa_flags = libc::SA_RESETHAND | libc::SA_NODEFER;
        libc::sigaction(signal, &raw const new, std::ptr::null_mut());
    }
}
