// SPDX-License-Identifier: MIT OR Apache-2.0
//! The grammar of the command line, and nothing else.

mod kernels;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};

pub use kernels::{Import, Kernels, Menus};

use crate::ci::Service;
use crate::context::{Locking, ToolChoice};
use crate::fetch::Network;
use crate::matrix::Shard;
use crate::report::{Format, Verbosity};
use crate::vm::AccelChoice;

/// Builds Linux kernel modules out of the kernel's tree, and tests them in a virtual machine with the very kernel
/// they were built for.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 110, after_help = EXIT_STATUS)]
pub struct Cli {
    #[command(subcommand)]
    pub task: Task,

    #[command(flatten)]
    pub common: Common,
}

const EXIT_STATUS: &str = "\
Exit status: 0 good, 1 judged bad, 2 could not judge or wrong usage, 4 nothing ran, 130 interrupted.\n\
Environment: WORKBENCH_CACHE moves the cache, CARGO_TARGET_DIR the builds and runs; WORKBENCH_DEBIAN_MIRROR and WORKBENCH_DEBIAN_SECURITY_MIRROR name the archive.";

#[derive(Debug, Subcommand)]
pub enum Task {
    /// Build drivers with Kbuild and say where their modules are
    Build(Build),

    /// Build drivers with the compiler's further warnings, and those in Rust with clippy, as the kernel does it; a warning is a failure
    Lint(Jobs),

    /// Make the folder of a new driver: the smallest one, with its test
    New {
        /// Its folder, which may not be there yet; the last part is the module's name
        #[arg(value_name = "NAME|PATH")]
        folder: PathBuf,

        /// In Rust
        #[arg(long)]
        rust: bool,
    },

    /// Build drivers, load them in a virtual machine, exercise and unload them, and judge
    VmTest(VmTest),

    /// Test drivers again whenever one of their files has been saved: docs/watch.md
    Watch(VmTest),

    /// Boot a driver's machine with the driver loaded, and give you a shell in it: docs/shell.md
    Shell(Shell),

    /// Judge a run again from its folder, without kernel or QEMU
    Judge {
        /// A folder that vm-test left: target/workbench/runs/DRIVER/KERNEL
        #[arg(value_name = "DIR", required = true)]
        dirs: Vec<PathBuf>,
    },

    /// List, fetch, show, pin and prune kernels
    #[command(args_conflicts_with_subcommands = true)]
    Kernels {
        #[command(subcommand)]
        task: Option<Kernels>,
    },

    /// Say what is used from where, what is wrong, and what mends it
    Doctor {
        /// Print only the folder of a libclang, which is fetched if need be
        #[arg(long)]
        libclang: bool,
    },

    /// Print a file for a CI service that tests a driver in its own repository: a job for each kernel
    Ci(Ci),

    /// Write packages, and explain what goes wrong with them
    Package {
        #[command(subcommand)]
        task: Package,
    },

    /// Run a few instructions on KVM; for the workbench itself
    #[command(name = crate::vm::accel::PROBE_COMMAND, hide = true)]
    ProbeKvm,
}

#[derive(Debug, Subcommand)]
pub enum Package {
    /// Write a package of nixpkgs' kind and a NixOS module for each driver, as docs/nix-package.md says
    Nix(PackageNix),

    /// Write a NUR repository with the drivers, or add them to one
    Nur(PackageNur),

    /// Say what is wrong in logs of Nix and in its configurations, why, and what mends it; docs/nix-problems.md lists what is known
    Explain {
        /// A log of a build, an evaluation or a machine, or a file *.nix; `-` is a log on standard input
        #[arg(value_name = "FILE", default_value = "-")]
        files: Vec<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub struct PackageNix {
    /// A driver of this workspace by its folder's name, or a path to any other; by default the workspace's own
    #[arg(value_name = "DRIVER")]
    pub drivers: Vec<String>,

    /// The kernel that they are built for, to hear what their modules say of themselves [default: workbench.toml's first, else 6_1]
    #[arg(short, long, value_name = "NAME")]
    pub kernel: Option<String>,

    /// Where each gets a folder [default: nix/generated for the workspace's own, else the folder nix of the driver]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Write nothing; say which files are not as they should be
    #[arg(long)]
    pub check: bool,

    /// Where the packages have the sources from
    #[arg(long, value_name = "WHICH", default_value = "local")]
    pub source: SourceChoice,
}

#[derive(Debug, Args)]
pub struct PackageNur {
    /// The repository's folder, which may be new
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,

    /// A driver of this workspace by its folder's name, or a path to any other; by default the workspace's own
    #[arg(value_name = "DRIVER")]
    pub drivers: Vec<String>,

    /// As with `package nix`
    #[arg(short, long, value_name = "NAME")]
    pub kernel: Option<String>,

    /// Write nothing; say which files are not as they should be
    #[arg(long)]
    pub check: bool,

    /// Where the packages have the sources from: `local` copies them
    #[arg(long, value_name = "WHICH", default_value = "local")]
    pub source: SourceChoice,
}

/// Where packages have the sources from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum SourceChoice {
    /// The driver's folder, where it lies
    Local,
    /// The commit that the driver's repository is at, fetched by Nix from its remote `origin`
    Git,
}

/// What to work on: every driver with every kernel.
#[derive(Debug, Args)]
pub struct Jobs {
    /// A driver of this workspace by its folder's name, or a path to any other; by default the workspace's own
    #[arg(value_name = "DRIVER")]
    pub drivers: Vec<String>,

    /// A kernel: 6_1, 6_12-cloud, 6.1.192, 6.1.0-56-amd64, latest, all (of the archives), nixpkgs:6_6, host, a path to a built tree or to an environment file of nix/kernels.nix; may be given several times [default: workbench.toml's, else 6_1]
    #[arg(short, long = "kernel", value_name = "NAME")]
    pub kernels: Vec<String>,

    /// A module of the kernel's own tree, or a folder of them, instead of a driver: drivers/net/dummy.ko, fs/xfs
    #[arg(long, value_name = "PATH", conflicts_with = "drivers", help_heading = "The kernel's own modules")]
    pub in_tree: Option<String>,

    /// Apply a patch to it first, as `patch -p1` would; may be given several times
    #[arg(long = "patch", value_name = "FILE", requires = "in_tree", help_heading = "The kernel's own modules")]
    pub patches: Vec<PathBuf>,

    /// Build and run again what has not changed, too
    #[arg(long)]
    pub force: bool,

    /// As `watch` asks: what make does may be done without it, and make confirms it later
    #[arg(long, hide = true)]
    pub hurry: bool,

    /// Take only one part of the matrix, such as 2/3; all parts together are the whole, with nothing twice
    #[arg(long, value_name = "I/N", default_value_t = Shard::WHOLE, hide_default_value = true)]
    pub shard: Shard,
}

/// How drivers are built.
#[derive(Debug, Args)]
pub struct Build {
    #[command(flatten)]
    pub jobs: Jobs,

    /// Also write into the driver's folder how editors understand it, for the first of these kernels: compile_commands.json for clangd, which later builds keep fresh, and rust-project.json for rust-analyzer
    #[arg(long, conflicts_with = "in_tree")]
    pub editor: bool,

    /// As `watch` asks: have make confirm what was built without it
    #[arg(long, hide = true)]
    pub confirm: bool,

    /// Then have rustdoc write the driver's documentation, and say where
    #[arg(long, help_heading = "Drivers in Rust")]
    pub doc: bool,
}

/// How drivers are tested.
#[derive(Debug, Args)]
pub struct VmTest {
    #[command(flatten)]
    pub jobs: Jobs,

    /// What runs the machine: KVM if a probe shows that it works, else QEMU's emulation
    #[arg(long, value_name = "WHICH", default_value = "auto")]
    pub accel: AccelChoice,

    /// As `watch` asks: start the machine, and leave the sources alone until a byte comes on standard input; if that can't be done, end
    #[arg(long, hide = true)]
    pub when_told: bool,

    /// Boot each machine anew, instead of going on with one that was booted and kept ready before
    #[arg(long)]
    pub cold: bool,

    /// Run each test so many times; the worst verdict counts, and it is said how many passed
    #[arg(long, value_name = "N")]
    pub repeat: Option<NonZeroUsize>,

    /// Also load and unload each driver many times, read all its files at once, and unload it while they are open
    #[arg(long)]
    pub stress: bool,

    /// Count which lines of the drivers run; without --kernel, on the first kernel of workbench.toml, built from source for that: docs/coverage.md
    #[arg(long, conflicts_with = "built", help_heading = "Coverage")]
    pub coverage: bool,

    /// Count, and also write the counts of all drivers to a file, as lcov's tracefile
    #[arg(long, value_name = "FILE", conflicts_with = "built", help_heading = "Coverage")]
    pub lcov: Option<PathBuf>,

    /// Build nothing: test the driver's modules that somebody else has built, such as those of a Nix package, below this folder
    #[arg(long, value_name = "DIR")]
    pub built: Option<PathBuf>,

    /// With --built: a folder below which the same modules are with their debug information, which was stripped off those
    #[arg(long, value_name = "DIR", requires = "built")]
    pub debug_info: Option<PathBuf>,
}

/// Which machine a person works with.
#[derive(Debug, Args)]
pub struct Shell {
    /// A driver of this workspace by its folder's name, or a path to any other; with `@MACHINE` behind it, on that of its machines; without one, the machine is bare
    #[arg(value_name = "DRIVER")]
    pub driver: Option<String>,

    /// The kernel, as for vm-test [default: workbench.toml's first, else 6_1]
    #[arg(short, long, value_name = "NAME")]
    pub kernel: Option<String>,

    /// Leave the driver's modules unloaded; `load` in the shell loads them, with the parameters that it is given
    #[arg(long, requires = "driver")]
    pub no_load: bool,

    /// With gdb on the same terminal: it stops before the init of the driver's first module runs, and Ctrl-\ stops the machine later
    #[arg(long)]
    pub gdb: bool,

    /// With --gdb: fetch the kernel's own symbols and debug information, hundreds of megabytes, from the archive that it comes from
    #[arg(long, requires = "gdb")]
    pub kernel_symbols: bool,

    /// What runs the machine: KVM if a probe shows that it works, else QEMU's emulation
    #[arg(long, value_name = "WHICH", default_value = "auto")]
    pub accel: AccelChoice,
}

/// What the file for a CI service says.
#[derive(Debug, Args)]
pub struct Ci {
    /// Whose file it is
    #[arg(value_name = "SERVICE")]
    pub service: Service,

    /// The driver's folder, from the top of its repository
    #[arg(value_name = "DRIVER", default_value = ".")]
    pub driver: String,

    /// A kernel, as for vm-test, but no path; may be given several times [default: workbench.toml's, else 6_1]
    #[arg(short, long = "kernel", value_name = "NAME")]
    pub kernels: Vec<String>,

    /// Where the jobs clone the workbench from [default: this workspace's remote `origin`]
    #[arg(long, value_name = "URL")]
    pub workbench: Option<String>,

    /// Its commit, tag or branch [default: this workspace's commit if `origin` has it, else main]
    #[arg(long, value_name = "REV")]
    pub revision: Option<String>,
}

#[derive(Debug, Args)]
pub struct Common {
    /// How many jobs make may run at once [default: as many as there are cores]
    #[arg(short, long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,

    /// Use only what is in the cache
    #[arg(long, global = true)]
    offline: bool,

    /// Use no kernel but those that kernels.lock pins, as it pins them
    #[arg(long, global = true)]
    locked: bool,

    /// Use the host's make, compiler and QEMU instead of those from the Debian archive
    #[arg(long, global = true)]
    host_tools: bool,

    /// Print events as JSON, one object a line, as docs/json.md says
    #[arg(long, global = true)]
    json: bool,

    /// Also write the outcomes to a file, as JUnit XML
    #[arg(long, global = true, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// Also write the outcomes to a file, as a page for a browser with the logs that matter
    #[arg(long, global = true, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Show every command that is run
    #[arg(short, long, global = true)]
    verbose: bool,
}

impl Common {
    pub fn jobs(&self) -> Option<usize> {
        self.jobs.map(usize::from)
    }

    pub fn network(&self) -> Network {
        if self.offline { Network::Offline } else { Network::Online }
    }

    pub fn locking(&self) -> Locking {
        if self.locked { Locking::Required } else { Locking::Preferred }
    }

    pub fn tools(&self) -> ToolChoice {
        if self.host_tools { ToolChoice::Host } else { ToolChoice::Own }
    }

    pub fn format(&self) -> Format {
        if self.json { Format::Json } else { Format::Human }
    }

    pub fn junit(&self) -> Option<&Path> {
        self.junit.as_deref()
    }

    pub fn html(&self) -> Option<&Path> {
        self.html.as_deref()
    }

    pub fn verbosity(&self) -> Verbosity {
        if self.verbose { Verbosity::Verbose } else { Verbosity::Normal }
    }
}
