// SPDX-License-Identifier: MIT OR Apache-2.0
//! `[test.stress]`: what is done to a driver after its own steps. It is done when driver.toml or the command line asks for it.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::manifest::duration;
use crate::vm::step::{self, How, Step};

/// See the module's documentation. A count of 0 leaves its step out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stress {
    /// Whether driver.toml asks for it.
    pub asked: bool,
    /// How often all modules are loaded and unloaded.
    pub cycles: u16,
    /// How many processes read the driver's files at once.
    pub readers: u8,
    /// Whether it is unloaded while its files are open.
    pub busy: bool,
    /// How many allocations fail at the most, each in a load of its own, on kernels that can let them fail.
    pub failures: u16,
    /// How long each of these may take.
    pub budget: Duration,
}

impl Default for Stress {
    fn default() -> Self {
        Self { asked: false, cycles: 20, readers: 4, busy: true, failures: 200, budget: Duration::from_secs(20) }
    }
}

impl Stress {
    /// The steps that the guest takes.
    pub fn steps(&self) -> Vec<Step> {
        let counts = [
            (How::Cycle, u32::from(self.cycles)),
            (How::Read, u32::from(self.readers)),
            (How::Hold, u32::from(self.busy)),
            (How::Inject, u32::from(self.failures)),
        ];
        let deadline_s = u32::try_from(self.budget.as_secs().max(1)).unwrap_or(u32::MAX);
        let asked = counts.into_iter().filter(|(_, count)| *count > 0);
        asked.map(|(how, count)| Step::Stress(step::Stress { how, count, deadline_s })).collect()
    }

    /// How much longer than without it the machine may run.
    pub fn time(&self) -> Duration {
        // Each may begin something just before its time is over, and the count of leaks waits for up to 15 s.
        (self.budget + Duration::from_secs(20)) * u32::try_from(self.steps().len()).unwrap_or(4)
    }
}

impl<'de> Deserialize<'de> for Stress {
    /// `true`, `false`, or a table.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        struct Table {
            cycles: Option<u16>,
            readers: Option<u8>,
            busy: Option<bool>,
            failures: Option<u16>,
            #[serde(default = "budget", deserialize_with = "duration")]
            budget: Duration,
        }
        fn budget() -> Duration {
            Stress::default().budget
        }
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Stress;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("`true`, `false` or a table")
            }

            fn visit_bool<E>(self, asked: bool) -> Result<Stress, E> {
                Ok(Stress { asked, ..Stress::default() })
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Stress, A::Error> {
                let table = Table::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                let default = Stress::default();
                Ok(Stress {
                    asked: true,
                    cycles: table.cycles.unwrap_or(default.cycles),
                    readers: table.readers.unwrap_or(default.readers),
                    busy: table.busy.unwrap_or(default.busy),
                    failures: table.failures.unwrap_or(default.failures),
                    budget: table.budget,
                })
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
