// SPDX-License-Identifier: MIT OR Apache-2.0
//! A person changes the configuration by the kernel's own menus; what was changed becomes a fragment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, ensure};
use fs_err as fs;

use super::fragment::{Fragment, Setting};
use super::{Job, Order, configure, make};
use crate::cmd::{Cmd, How};
use crate::context::Context;
use crate::toolchain::enter::Access;

/// Its window takes Qt, which is half as large again as all other tools.
const XCONFIG: &str = "xconfig";
const PACKAGES_OF_XCONFIG: &[&str] = &["g++", "qt6-base-dev"];

/// For how long a window may be open.
const DEADLINE: Duration = Duration::from_secs(24 * 60 * 60);

/// Where displays of this machine are.
const DISPLAYS: &str = "/tmp/.X11-unix";

/// Lets a person change a kernel's configuration by `make menuconfig` or the like, and gives what was changed as a fragment's text.
///
/// # Errors
/// There is no terminal, or no display for `xconfig`.
pub(crate) fn edit(context: &Context, order: Order<'_>, target: &str) -> Result<String> {
    let further = if target == XCONFIG { PACKAGES_OF_XCONFIG } else { &[] };
    let job = Job::new(context, order, super::profile(context, order.wish)?, further)?;
    let _lock = job.lock()?;
    // Settings that do not take must not keep anybody from looking at them.
    if let Err(err) = configure::configure(&job) {
        context.events.note(format!("{err:#}"));
    }
    let before = least(&job)?;
    let how = if target == XCONFIG {
        let menu = with_display(&job)?.arg(target).deadline(DEADLINE);
        menu.output()?.success(&menu)?.how
    } else {
        with_terminal(&job)?.arg(target).attended()?
    };
    ensure!(how == How::Exited(0), "`make {target}` ended by {how}");
    let after = least(&job)?;
    let config = Fragment::parse(".config", &fs::read_to_string(job.objects.join(".config"))?)?;
    Ok(changed(&before, &after, &config).config())
}

/// The settings that are not as the kernel has them by default.
fn least(job: &Job<'_>) -> Result<Fragment> {
    let make = make::command(job)?.arg("savedefconfig");
    make.output()?.success(&make)?;
    Fragment::parse("defconfig", &fs::read_to_string(job.objects.join("defconfig"))?)
}

/// What leads from one configuration to the other, of which `config` has all settings.
fn changed(before: &Fragment, after: &Fragment, config: &Fragment) -> Fragment {
    let by_option = |fragment: &Fragment| -> BTreeMap<String, Setting> {
        fragment.settings.iter().map(|setting| (setting.option.clone(), setting.clone())).collect()
    };
    let [before, after, config] = [before, after, config].map(by_option);
    let off = |option: &String| Setting { option: option.clone(), value: "n".to_owned(), optional: false };
    let mut settings = Vec::new();
    for option in before.keys().chain(after.keys().filter(|option| !before.contains_key(*option))) {
        if before.get(option) != after.get(option) {
            settings.push(config.get(option).cloned().unwrap_or_else(|| off(option)));
        }
    }
    Fragment { name: "changed".to_owned(), settings }
}

/// A terminal that the tool root has a description of.
fn with_terminal(job: &Job<'_>) -> Result<Cmd> {
    let term = std::env::var("TERM").unwrap_or_default();
    let first = term.chars().next().map(String::from).unwrap_or_default();
    let places =
        ["usr/share/terminfo", "usr/lib/terminfo"].map(|place| job.root_dir.join(place).join(&first).join(&term));
    let is_known = !term.is_empty() && places.iter().any(|place| place.exists());
    Ok(make::command(job)?.env("TERM", if is_known { &term } else { "xterm" }))
}

fn with_display(job: &Job<'_>) -> Result<Cmd> {
    let display = std::env::var("DISPLAY").unwrap_or_default();
    ensure!(
        !display.is_empty(),
        "xconfig needs a display, and DISPLAY names none\nhelp: `--by menuconfig` asks in the terminal"
    );
    let authority = std::env::var_os("XAUTHORITY").map(PathBuf::from).filter(|file| file.is_file());
    let mut shown = vec![(Path::new(DISPLAYS), Access::Read)];
    shown.extend(authority.iter().map(|file| (file.as_path(), Access::Read)));
    shown.retain(|(path, _)| path.exists());
    let make = make::command_with(job, &shown)?.env("DISPLAY", display);
    Ok(authority.iter().fold(make, |make, file| make.env("XAUTHORITY", file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &str, after: &str, config: &str, expected: &str) {
        let parse = |text: &str| Fragment::parse("a.config", &text.replace(' ', "\n")).expect("settings");
        let found = changed(&parse(before), &parse(after), &parse(config)).config();
        assert_eq!(found.trim().replace('\n', ";"), expected);
    }

    #[test]
    fn what_was_changed() {
        let (a, b) = ("CONFIG_A=y", "CONFIG_B=m");
        check(a, a, a, "");
        check(a, "CONFIG_A=y CONFIG_B=m", "CONFIG_A=y CONFIG_B=m CONFIG_C=y", "CONFIG_B=m");
        // Back to the default, which is off, or something.
        check("CONFIG_A=y CONFIG_B=m", b, b, "# CONFIG_A is not set");
        check("CONFIG_HZ=100", "", "CONFIG_HZ=250", "CONFIG_HZ=250");
        check(a, "CONFIG_A=m", "CONFIG_A=m", "CONFIG_A=m");
    }
}
