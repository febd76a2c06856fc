// SPDX-License-Identifier: MIT OR Apache-2.0
//! One run of one driver on one kernel, as the work in it sees it.

use std::sync::{Mutex, MutexGuard};

use super::room::{Place, Room};
use crate::context::Context;
use crate::driver::Driver;
use crate::inputs::Sources;
use crate::kernel::{KernelTree, patience};
use crate::report::{Event, Stage};

/// See the module's documentation.
#[derive(Debug)]
pub struct Cell<'a> {
    pub context: &'a Context,
    pub driver: &'a Driver,
    pub kernel: &'a KernelTree,
    /// Whether its kernel is the first of those that were asked for, and whether it is the only one.
    pub is_first: bool,
    pub is_only: bool,
    /// The name that the kernel was asked for by.
    pub asked: &'a str,
    /// Jobs for make.
    pub jobs: usize,
    pub reuse: Reuse,
    /// What the driver's folder had when the matrix first looked.
    pub sources: &'a Sources,
    pub(super) room: &'a Room,
    pub(super) building: &'a Mutex<()>,
}

/// What of earlier runs may serve, and whether this one may serve later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reuse {
    /// Whether a build will do that make has yet to confirm.
    pub hurry: bool,
    pub build: bool,
    pub verdict: bool,
    pub later: bool,
}

impl<'a> Cell<'a> {
    /// The same run of what the driver has turned out to be on this kernel.
    pub(crate) fn with_driver<'b>(&'b self, driver: &'b Driver, sources: &'b Sources) -> Cell<'b>
    where
        'a: 'b,
    {
        Cell { driver, sources, ..*self }
    }

    /// Says that the build begins; while the returned value lives, other runs of this cell wait.
    pub fn build(&self) -> MutexGuard<'_, ()> {
        self.stage(Stage::Build);
        self.building.lock().expect("no thread panics while it builds")
    }

    /// Waits until the host has room for one more machine, and says that it begins; it has its room while the returned
    /// value lives.
    pub fn machine(&self) -> Place<'_> {
        let place = self.room.enter(self.memory_mb(), self.is_slow());
        self.machine_begins();
        place
    }

    /// Its room, if there is some now, for a machine that is started before its work is there.
    pub fn machine_at_once(&self) -> Option<Place<'_>> {
        self.room.enter_at_once(self.memory_mb(), self.is_slow())
    }

    /// Says that the machine begins.
    pub fn machine_begins(&self) {
        self.stage(Stage::Machine);
    }

    fn memory_mb(&self) -> u64 {
        self.driver.manifest.hardware.memory_mb()
    }

    fn is_slow(&self) -> bool {
        patience(self.kernel) > 1
    }

    fn stage(&self, stage: Stage) {
        let driver = self.driver.name.clone();
        self.context.events.say(Event::Stage { driver, asked: self.asked.to_owned(), stage });
    }
}
