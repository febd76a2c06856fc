// SPDX-License-Identifier: GPL-2.0-only

//! Says that it is there.

use kernel::prelude::*;

module! {
    type: HelloModule,
    name: "hello",
    description: "Says that it is there",
    license: "GPL",
}

/// What lives as long as the module is loaded.
struct HelloModule;

impl kernel::Module for HelloModule {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        pr_info!("loaded\n");
        Ok(Self)
    }
}

impl Drop for HelloModule {
    fn drop(&mut self) {
        pr_info!("unloaded\n");
    }
}
