// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a build to a guest: which modules are loaded in which order, what the test's steps become, and the image with it all.

mod bench;
mod init;
mod order;
mod shell;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, bail};
use fs_err as fs;

pub(crate) use self::init::gate;
use self::order::{Loaded, Member, Order, order};
pub(crate) use self::shell::{Folder, Visit, assemble_shell, folder};
use crate::compress;
use crate::context::Context;
use crate::driver::{Action, Driver, Errno, Manifest, Stress};
use crate::inputs::Testbed;
use crate::kbuild::{self, Build, Module};
use crate::kernel::{KernelTree, Modules, Needed, own_name, patience};
use crate::vm::step::{Load, Role, Run, Step, Unload};
use crate::vm::{Base, Guest, GuestFile, Mode, Now};

/// What the guest is given, in a run's folder: an initramfs, or in the same form what is delivered to a machine that waits.
pub(crate) const INITRD: &str = "initrd";

/// Where the guest's image is written to, and of what kind it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct To<'a> {
    /// The run's folder.
    pub(crate) dir: &'a Path,
    /// Whether the machine has already booted, and waits.
    pub(crate) waits: bool,
}

/// Writes the guest's image and gives the steps that it will take.
pub(crate) fn assemble(
    context: &Context,
    driver: &Driver,
    kernel: &KernelTree,
    testbed: Testbed<'_>,
    build: &Build,
    nonce: &str,
    to: To<'_>,
) -> Result<Vec<Step>> {
    let stress = driver.manifest.test.stress(testbed.stress);
    let Parts { mut files, mut steps, loaded } = loads(context, driver, kernel, &build.modules, &[])?;
    let unloaded = order::unloaded(&loaded);
    let all_unloaded = unloaded.len() == loaded.len();
    let refuses = driver.manifest.test.refuses;
    if let (Some(Errno(errno)), Some(Step::Load(last))) = (refuses, steps.last_mut()) {
        last.refuses = Some(errno);
    }
    for step in &driver.manifest.test.step {
        let argv = match step.action() {
            Action::Shell(line) => vec!["/bin/sh".to_owned(), "-c".to_owned(), line.to_owned()],
            Action::Program(source) => {
                let program = kbuild::guest_program(context, kernel, build, source)?;
                // Its name has a word made of its content, so that two of one name in different folders stay apart.
                let path = format!("workbench/{}", program.file_name().unwrap_or_default().to_string_lossy());
                let argv = [format!("/{path}")].into_iter().chain(step.args.iter().cloned()).collect();
                if !files.iter().any(|file: &GuestFile| file.path == path) {
                    files.push(GuestFile { path, mode: Mode::Program, content: fs::read(program)? });
                }
                argv
            }
        };
        steps.push(Step::Run(Run {
            name: step.name.clone(),
            argv,
            exit: step.exit,
            ktap: step.ktap,
            prints: step.prints.clone(),
            deadline_s: u32::try_from(step.deadline.as_secs().max(1)).unwrap_or(u32::MAX),
        }));
    }
    for module in unloaded.into_iter().skip(usize::from(refuses.is_some())) {
        steps.push(Step::Unload(Unload { module }));
    }
    steps.extend(stress.filter(|_| refuses.is_none() && all_unloaded).map(Stress::steps).unwrap_or_default());
    for deadline_s in steps.iter_mut().filter_map(Step::deadline_s) {
        *deadline_s = deadline_s.saturating_mul(patience(kernel));
    }
    write(context, driver, kernel, testbed, (files, &steps), nonce, to)?;
    Ok(steps)
}

/// What goes into a guest.
struct Parts {
    files: Vec<GuestFile>,
    steps: Vec<Step>,
    /// The modules of the driver, and what stands on them, in the order of the steps that load them.
    loaded: Vec<Loaded>,
}

/// The steps that load the driver and what it needs, with the `further` modules of the kernel's own before it.
fn loads(
    context: &Context,
    driver: &Driver,
    kernel: &KernelTree,
    modules: &[Module],
    further: &[&str],
) -> Result<Parts> {
    let mut files = Vec::new();
    let mut steps = Vec::new();
    let Order { before, driver: members } = modules_of(context, driver, kernel, modules, further)?;
    furnish(context, driver, kernel, before, (&mut files, &mut steps))?;
    let mut params = params(driver, modules)?;
    let mut loaded = Vec::new();
    for member in members {
        let needs = member.needs();
        let (name, elf, params) = match member {
            Member::Own(Module { name, path, .. }) => {
                (name.clone(), compress::read_module(path)?, params.remove(name.as_str()).unwrap_or_default())
            }
            Member::Kernels(Needed { name, elf, .. }) => {
                let params = named_params(driver, &name);
                (name, elf, params)
            }
        };
        // A driver of a person's own that can't be unloaded is a finding; of the kernel's some are meant so.
        let stays = driver.in_tree.is_some() && order::is_for_ever(&elf);
        steps.push(load(&mut files, &name, elf, params, Role::Driver));
        loaded.push(Loaded { name, needs, stays });
    }
    Ok(Parts { files, steps, loaded })
}

/// What is there before the driver is: these of the kernel's modules, and what the tests of virtual hardware work with.
fn furnish(
    context: &Context,
    driver: &Driver,
    kernel: &KernelTree,
    modules: Vec<Needed>,
    (files, steps): (&mut Vec<GuestFile>, &mut Vec<Step>),
) -> Result<()> {
    let hardware = &driver.manifest.hardware;
    for Needed { name, elf, .. } in modules {
        let params = named_params(driver, &name);
        steps.push(load(files, &name, elf, params, Role::Dependency));
    }
    if !hardware.acpi.is_empty() {
        let bench::Bench { module, program } = bench::make(context, kernel)?;
        steps.push(load(files, bench::MODULE, fs::read(module)?, String::new(), Role::Dependency));
        files.push(GuestFile { path: "bin/bench".to_owned(), mode: Mode::Program, content: fs::read(program)? });
    }
    Ok(())
}

/// The same guest without the driver: it loads what the driver's modules depend on, and takes no further step.
pub(crate) fn assemble_baseline(
    context: &Context,
    driver: &Driver,
    kernel: &KernelTree,
    testbed: Testbed<'_>,
    modules: &[Module],
    nonce: &str,
    to: To<'_>,
) -> Result<()> {
    let mut files = Vec::new();
    let mut steps = Vec::new();
    let Order { before, .. } = modules_of(context, driver, kernel, modules, &[])?;
    furnish(context, driver, kernel, before, (&mut files, &mut steps))?;
    write(context, driver, kernel, testbed, (files, &steps), nonce, to)
}

fn write(
    context: &Context,
    driver: &Driver,
    kernel: &KernelTree,
    testbed: Testbed<'_>,
    (files, steps): (Vec<GuestFile>, &[Step]),
    nonce: &str,
    to: To<'_>,
) -> Result<()> {
    let guest = Guest {
        files,
        nonce,
        now: to.waits.then(now).transpose()?,
        settle: if testbed.hurry { Duration::ZERO } else { driver.manifest.test.settle },
        quiet: !driver.manifest.hardware.modules.is_empty(),
        snapshot: driver.manifest.test.stress(testbed.stress).is_some()
            || driver.manifest.test.leftovers.allowed().is_some(),
        counts: testbed.coverage,
        debug: false,
        steps,
        shell: None,
    };
    let path = to.dir.join(INITRD);
    if to.waits {
        return guest.write_delivery(&path);
    }
    let init = init::program(context, kernel)?;
    guest.write(&base(&init, testbed), &path)
}

/// Writes the image of a machine that waits for what it is to do.
pub(crate) fn write_base(context: &Context, kernel: &KernelTree, testbed: Testbed<'_>, path: &Path) -> Result<()> {
    let init = init::program(context, kernel)?;
    base(&init, testbed).write(path)
}

/// A word for such an image.
pub(crate) fn base_word(context: &Context, kernel: &KernelTree, testbed: Testbed<'_>) -> Result<String> {
    Ok(format!("{} {}", init::word(context, kernel)?.1, testbed.tools.word()))
}

fn base<'a>(init: &'a Path, testbed: Testbed<'a>) -> Base<'a> {
    Base { init, busybox: testbed.tools.busybox(), applets: testbed.tools.applets() }
}

fn now() -> Result<Now> {
    let since_1970 =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).context("the clock stands before 1970")?;
    let mut random = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut random).context("failed to read `/dev/urandom`")?;
    let seed = random.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Now { seconds: since_1970.as_secs(), seed })
}

fn load(files: &mut Vec<GuestFile>, name: &str, elf: Vec<u8>, params: String, role: Role) -> Step {
    let file = format!("modules/{name}.ko");
    let kunit = role == Role::Driver && kbuild::has_kunit_tests(&elf);
    files.push(GuestFile { path: file.clone(), mode: Mode::Data, content: elf });
    Step::Load(Load { module: name.to_owned(), file: format!("/{file}"), params, role, refuses: None, kunit })
}

/// The manifest's parameters, for each module those that it has.
fn params<'a>(driver: &Driver, modules: &'a [Module]) -> Result<BTreeMap<&'a str, String>> {
    let mut by_module: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, word) in driver.manifest.test.params_words() {
        let taking: Vec<&Module> = modules.iter().filter(|module| module.info.has_param(name)).collect();
        if taking.is_empty() {
            let known: Vec<&str> = modules.iter().flat_map(|module| module.info.params()).collect();
            bail!(unknown_param(name, &known));
        }
        for module in taking {
            by_module.entry(&module.name).or_default().push(word.clone());
        }
    }
    Ok(by_module.into_iter().map(|(name, words)| (name, words.join(" "))).collect())
}

fn unknown_param(name: &str, known: &[&str]) -> String {
    let near = crate::toml_file::nearest(name, known.iter().copied());
    let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    let help = match known {
        [] => "the driver's modules have no parameters".to_owned(),
        [one] => format!("the only parameter is `{one}`"),
        _ => format!("the parameters are `{}`", known.join("`, `")),
    };
    format!("driver.toml sets the parameter `{name}`, which no module has{near}\nhelp: {help}")
}

/// The parameters that one of the kernel's modules has in driver.toml.
fn named_params(driver: &Driver, name: &str) -> String {
    let mut named = driver.manifest.hardware.named_modules();
    named.find(|(named, _)| own_name(named) == name).map(|(_, params)| params.to_owned()).unwrap_or_default()
}

/// The driver's modules, and the kernel's own that they need or that its machine has by name, in the order in which they can be
/// loaded.
fn modules_of<'a>(
    context: &Context,
    driver: &Driver,
    kernel: &KernelTree,
    modules: &'a [Module],
    further: &[&str],
) -> Result<Order<'a>> {
    let named = driver.manifest.hardware.named_modules().map(|(name, _)| name);
    let named: Vec<&str> = named.chain(further.iter().copied()).collect();
    let needs = |module: &Module| module.info.depends().next().is_some() || module.info.soft_depends().next().is_some();
    if named.is_empty() && !modules.iter().any(needs) {
        return Ok(order(modules, Vec::new()));
    }
    let is_own = |name: &str| modules.iter().any(|module| module.name == name);
    let mut of_kernel = Modules::open(&kernel.modules, &context.cache)?;
    for module in modules {
        of_kernel.add_needed_by(&module.info, &is_own).with_context(|| {
            format!("failed to find what `{}` depends on among the modules of {}", module.name, kernel.release)
        })?;
    }
    for name in named {
        of_kernel.add_named(name, &is_own).with_context(|| {
            format!(
                "failed to find `{name}`, which driver.toml has under [hardware], among the modules of {}",
                kernel.release
            )
        })?;
    }
    Ok(order(modules, of_kernel.in_load_order()))
}

/// A word for the sources of what a driver's guest has of ours: its init, and the bench, which is for those who have tables, and
/// whose header is for all programs.
pub(crate) fn own_sources(context: &Context, driver: &Driver) -> Result<String> {
    let init = init::sources(context)?.word;
    let Manifest { hardware, test, .. } = &driver.manifest;
    let has_program = test.step.iter().any(|step| matches!(step.action(), Action::Program(_)));
    if hardware.acpi.is_empty() && !has_program {
        return Ok(init);
    }
    Ok(format!("{init} {}", bench::sources(context)?))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[test]
    fn unknown_parameters() {
        let check = |known: &[&str], expected: Expect| expected.assert_eq(&unknown_param("sise", known));
        check(
            &[],
            expect![[r#"
            driver.toml sets the parameter `sise`, which no module has
            help: the driver's modules have no parameters"#]],
        );
        check(
            &["size"],
            expect![[r#"
            driver.toml sets the parameter `sise`, which no module has; did you mean `size`?
            help: the only parameter is `size`"#]],
        );
        check(
            &["name", "count"],
            expect![[r#"
            driver.toml sets the parameter `sise`, which no module has
            help: the parameters are `name`, `count`"#]],
        );
    }
}
