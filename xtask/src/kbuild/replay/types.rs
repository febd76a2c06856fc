// SPDX-License-Identifier: MIT OR Apache-2.0
//! A module's types for the debugger (BTF), which stand on those of the kernel's vmlinux. Kbuild does not note how it makes them
//! (scripts/Makefile.modfinal, cmd_btf_ko), and the tools and flags are in its environment alone: so it is asked for that, once.

use std::path::Path;

use anyhow::Result;
use fs_err as fs;

use super::{Doubt, FAILED, Replay};
use crate::cmd::{How, shell_words};
use crate::kbuild::make;
use crate::kernel::{KernelTree, is_on};

/// In a build's folder: what it hangs on, and lines for a shell.
const KNOWN: &str = "environment";

const TARGET: &str = "workbench-environment";

/// What a shell has of its own, and what make tells its own children.
const OTHERS: &[&str] = &[
    "PATH",
    "HOME",
    "PWD",
    "OLDPWD",
    "SHLVL",
    "_",
    "MAKEFLAGS",
    "MFLAGS",
    "MAKELEVEL",
    "MAKEOVERRIDES",
    "MAKE_TERMOUT",
    "MAKE_TERMERR",
];

/// How types are made for the modules of one build.
#[derive(Debug)]
pub(super) struct Types {
    exports: String,
    has_script: bool,
}

impl Types {
    /// Whether Kbuild makes them for modules of this kernel, which has these options.
    pub(super) fn are_made(kernel: &KernelTree, config: &str) -> bool {
        is_on(config, "CONFIG_DEBUG_INFO_BTF_MODULES") && kernel.kdir.join("vmlinux").exists()
    }

    /// Asks Kbuild, unless it has been asked since anything but the sources changed.
    pub(super) fn new(replay: &Replay<'_>) -> Result<Result<Self, Doubt>> {
        let path = replay.stage.with_file_name(KNOWN);
        let known = fs::read_to_string(&path).unwrap_or_default();
        if let Some((frame, exports)) = known.split_once('\n')
            && frame == replay.frame
        {
            return Ok(Ok(Self::with(exports.to_owned())));
        }
        let rule = format!("{TARGET}: ; @env -0");
        let make = make::target(replay.context, replay.driver, replay.kernel, replay.stage, TARGET)?;
        let finished = make.args(["-s", "--eval", &rule]).output()?;
        let exports = exports(&String::from_utf8_lossy(&finished.stdout));
        if finished.how != How::Exited(0) || !exports.contains("export RESOLVE_BTFIDS=") {
            return Ok(Err("Kbuild does not tell how types for the debugger are made".to_owned()));
        }
        fs::write(path, format!("{}\n{exports}", replay.frame))?;
        Ok(Ok(Self::with(exports)))
    }

    fn with(exports: String) -> Self {
        // Since 6.19 it is a script's work.
        let has_script = exports.lines().any(|line| {
            let tree = line.strip_prefix("export srctree=");
            tree.is_some_and(|tree| Path::new(tree).join("scripts/gen-btf.sh").exists())
        });
        Self { exports, has_script }
    }

    /// Lines for a shell, before all others.
    pub(super) fn exports(&self) -> &str {
        &self.exports
    }

    /// A line that gives a module its types, to be run where it was linked.
    pub(super) fn line(&self, module: &Path) -> String {
        let module = shell_words(&[module.display().to_string()]);
        let line = if self.has_script {
            format!("$CONFIG_SHELL $srctree/scripts/gen-btf.sh --btf_base $objtree/vmlinux {module}")
        } else {
            format!(
                "LLVM_OBJCOPY=\"$OBJCOPY\" $PAHOLE -J $PAHOLE_FLAGS $MODULE_PAHOLE_FLAGS --btf_base $objtree/vmlinux {module} && \
                 $RESOLVE_BTFIDS -b $objtree/vmlinux {module}"
            )
        };
        format!("{{ {line}; }} || exit {FAILED}")
    }
}

/// An environment as `env -0` prints it, for a shell.
fn exports(environment: &str) -> String {
    let variables = environment.split('\0').filter_map(|variable| variable.split_once('='));
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
    let wanted = variables.filter(|(name, _)| is_name(name) && !OTHERS.contains(name));
    wanted.map(|(name, value)| format!("export {name}={}\n", shell_words(&[value.to_owned()]))).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(environment: &str, expected: &Expect) {
        expected.assert_eq(&exports(environment));
    }

    #[test]
    fn environments() {
        check(
            "PATH=/bin\0PAHOLE_FLAGS=-j2 --btf_features=a,b\0objtree=.\0EMPTY=\0",
            &expect![[r#"
            export PAHOLE_FLAGS='-j2 --btf_features=a,b'
            export objtree=.
            export EMPTY=''
        "#]],
        );
        check(
            "make: nothing\nA=1\0BASH_FUNC_x%%=() { :; }\0QUOTED=it's\0",
            &expect![[r#"
            export QUOTED='it'\''s'
        "#]],
        );
        check("", &expect![""]);
    }
}
