// SPDX-License-Identifier: MIT OR Apache-2.0
//! The processors that kernels are built for. Only kernels for the host's own can be booted; for the others modules are built.

use serde::Deserialize;

/// By the names that Kbuild's `ARCH` has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arch {
    #[default]
    X86,
    Arm64,
    Riscv,
}

/// All of them, and the option that such a kernel's configuration has on.
const ALL: &[(Arch, &str)] =
    &[(Arch::X86, "CONFIG_X86=y"), (Arch::Arm64, "CONFIG_ARM64=y"), (Arch::Riscv, "CONFIG_RISCV=y")];

impl Arch {
    /// The processor of a configuration, or of its include/config/auto.conf; x86 if it is none of these.
    pub fn of(config: &str) -> Self {
        let on = |option: &str| config.lines().any(|line| line == option);
        ALL.iter().find(|(_, option)| on(option)).map_or(Self::X86, |(arch, _)| *arch)
    }

    /// Its folder below the kernel's `arch`.
    pub fn folder(self) -> &'static str {
        match self {
            Self::X86 => "x86",
            Self::Arm64 => "arm64",
            Self::Riscv => "riscv",
        }
    }

    /// What make is to build for a machine to start, and the file that it makes, below [`Self::folder`].
    pub fn image(self) -> (&'static str, &'static str) {
        match self {
            Self::X86 => ("bzImage", "boot/bzImage"),
            Self::Arm64 | Self::Riscv => ("Image", "boot/Image"),
        }
    }

    /// How the names of its compiler and its binutils begin where they run on another, and Debian's package of them ends; none for
    /// the host's own.
    pub fn triplet(self) -> Option<&'static str> {
        match self {
            Self::X86 => None,
            Self::Arm64 => Some("aarch64-linux-gnu"),
            Self::Riscv => Some("riscv64-linux-gnu"),
        }
    }

    /// Further words for make (<https://docs.kernel.org/kbuild/kbuild.html#environment-variables>).
    pub fn make_args(self) -> Vec<String> {
        let cross = |triplet| [format!("ARCH={}", self.folder()), format!("CROSS_COMPILE={triplet}-")];
        self.triplet().into_iter().flat_map(cross).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations() {
        let check = |config: &str, expected: &str| assert_eq!(Arch::of(config).make_args().join(" "), expected);
        check("CONFIG_X86_64=y\nCONFIG_X86=y\n", "");
        check("CONFIG_ARM64=y\n", "ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-");
        check("# CONFIG_ARM64 is not set\nCONFIG_RISCV=y\n", "ARCH=riscv CROSS_COMPILE=riscv64-linux-gnu-");
        check("", "");
    }
}
