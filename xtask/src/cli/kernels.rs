// SPDX-License-Identifier: MIT OR Apache-2.0
//! The grammar of `cargo xtask kernels`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum Kernels {
    /// List the kernels in the cache, or with --available every one that can be named; without a sub-command this
    List {
        /// Also those that would have to be fetched, the newest of each name
        #[arg(long)]
        available: bool,
    },

    /// Fetch kernels, with the tools that build for them; names then mean the newest there is, not last week's
    Fetch {
        #[arg(value_name = "NAME", help = "As with --kernel [default: workbench.toml's, else 6_1]")]
        names: Vec<String>,
    },

    /// Show where a kernel's parts are, what a driver can have there, and how to build for it by hand
    Show {
        #[arg(value_name = "NAME", help = "As with --kernel")]
        name: String,
    },

    /// Build kernels from source, as profiles say: 6_12+vm, 6_12+debug, kernel.org:6.6.30+vm, ~/linux+debug, ~/linux@v6.8+vm
    Build {
        #[arg(value_name = "NAME", required = true, help = "As with --kernel, with a profile behind it")]
        names: Vec<String>,
    },

    /// Look at the configuration of such a kernel and change it, by the kernel's own menus; says what was changed, as a fragment
    Config {
        #[arg(value_name = "NAME", help = "As with `kernels build`")]
        name: String,

        /// Add what was changed to a file, for `fragments` of a `[profile.NAME]` in workbench.toml
        #[arg(long, value_name = "FILE")]
        save: Option<PathBuf>,

        /// Which of the kernel's programs asks; xconfig needs a display
        #[arg(long, value_name = "WHICH", default_value = "menuconfig")]
        by: Menus,
    },

    /// Pin names to the releases and packages that they mean now, in kernels.lock
    Lock {
        /// Renew only these [default: workbench.toml's kernels, else 6_1, and nothing else]
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },

    /// Make a kernel that a distribution has compiled into a Nix package, for NixOS's boot.kernelPackages
    Import(Import),

    /// Remove from the cache what has not been used for long
    Prune {
        /// What was last used before so many days
        #[arg(long, value_name = "DAYS", default_value = "30")]
        older_than: u64,

        /// Then the longest unused, until the cache has at most so many megabytes
        #[arg(long, value_name = "MB")]
        to_size: Option<u64>,

        /// Only say what would be removed
        #[arg(long)]
        dry_run: bool,
    },
}

/// The kernel's own programs that ask for settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Menus {
    Menuconfig,
    Nconfig,
    Xconfig,
}

/// Which kernel becomes a Nix package.
#[derive(Debug, Args)]
pub struct Import {
    /// Packages of one kernel (.deb, .rpm, .pkg.tar.zst), with its image, its modules and its headers; or the name of a kernel of an archive: debian:6_12, 6_1-cloud
    #[arg(value_name = "FILE|NAME", required = true)]
    pub packages: Vec<String>,

    /// What it is to be called [default: the archive's name for it, else its release]
    #[arg(long)]
    pub name: Option<String>,

    /// The address below which these files were published: Nix then fetches them, and need not find them on this machine
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,

    /// Where its folder is written [default: nix/generated/kernels]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Write nothing, and exit with 1 if what is there is not what would be written
    #[arg(long)]
    pub check: bool,
}
