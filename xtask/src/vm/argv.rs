// SPDX-License-Identifier: MIT OR Apache-2.0
//! QEMU's command line, a function of values: one function for each concern.

use std::os::fd::RawFd;
use std::path::{Path, PathBuf};

use super::accel::Accel;
use crate::driver::{Hardware, MachineType};

/// A machine to run.
#[derive(Debug, Clone)]
pub struct Vm<'a> {
    pub hardware: &'a Hardware,
    /// ACPI tables besides those of QEMU's firmware, compiled.
    pub tables: &'a [PathBuf],
    pub accel: Accel,
    /// How many times longer than others its kernel may take.
    pub patience: u32,
    pub start: Start,
    /// Where the serial console goes.
    pub console: PathBuf,
    /// Where the guest's report goes.
    pub results: PathBuf,
    /// For a machine that a person works with.
    pub attended: Option<Attended>,
}

/// What such a machine has besides.
#[derive(Debug, Clone)]
pub struct Attended {
    /// The socket of QEMU's that the serial console goes to, by its number; who reads it writes the file.
    pub console: i32,
    /// And that of a second serial line, which the shell is on.
    pub shell: i32,
    /// A folder of the host's that the guest may look into, by way of 9P.
    pub folder: Option<PathBuf>,
    /// The socket of QEMU's at which it hears from a debugger, who also starts the machine.
    pub debugger: Option<i32>,
}

/// What the guest mounts [`Attended::folder`] by.
pub(super) const MOUNT_TAG: &str = "driver";

/// How a machine begins, and what is in its memory then.
#[derive(Debug, Clone)]
pub enum Start {
    /// A kernel is booted.
    Cold { kernel: PathBuf, initrd: PathBuf },
    /// A kernel is booted, in a machine whose memory is a file, which is all that is saved of it.
    Kept { kernel: PathBuf, initrd: PathBuf, memory: PathBuf },
    /// Such a machine goes on, in a copy of its memory that is made page by page as it is written to; it finds a file that it
    /// has waited for.
    Restored { memory: PathBuf, delivery: PathBuf },
}

/// The name under which a machine that waits finds what is delivered (qemu/init/deliver.c).
const DELIVERY: &str = "opt/module-workbench/delivery";

/// <https://www.qemu.org/docs/master/specs/index.html>: a port that takes a byte of the report, and one that ends QEMU.
/// Both work on every machine type, with no driver in the guest.
const DEBUGCON_PORT: &str = "0xe9";
const DEBUG_EXIT_PORT: &str = "0xf4";

impl Vm<'_> {
    /// QEMU's arguments, as they could be typed; its monitor is then the terminal.
    pub fn argv(&self) -> Vec<String> {
        self.argv_with("stdio", None)
    }

    /// The same, with its monitor at this socket, and what is delivered to it in this pipe; it inherits both.
    pub fn argv_to_run(&self, monitor: RawFd, delivery: Option<RawFd>) -> Vec<String> {
        self.argv_with(&format!("socket,fd={monitor}"), delivery)
    }

    fn argv_with(&self, monitor: &str, delivery: Option<RawFd>) -> Vec<String> {
        let firmware = self.firmware_args();
        let attended = self.attended.as_ref().map(attended_args).unwrap_or_default();
        let machine = [self.machine_args(), self.cpu_args(), self.channel_args(monitor), firmware].concat();
        // What is not the driver's comes last, so that its own devices have the places that they have in a test.
        [machine, self.device_args(), attended, self.start_args(delivery)].concat()
    }

    /// A word for all that a machine's state hangs on, but for the content of the files that are named.
    pub fn kind(&self) -> String {
        [self.machine_args(), self.cpu_args(), self.firmware_args(), self.device_args(), vec![self.kernel_args()]]
            .concat()
            .join("\n")
    }

    fn is_debugged(&self) -> bool {
        self.attended.as_ref().is_some_and(|attended| attended.debugger.is_some())
    }

    fn machine_args(&self) -> Vec<String> {
        // On q35, SeaBIOS 1.16 wakes the kernel with the ports of the power management gone: it never sleeps again, nor powers off.
        // Without acpi=off the microvm hangs under TCG on Debian's kernels: they find no timer to calibrate by.
        let machine = match self.hardware.machine {
            MachineType::Pc if self.hardware.suspend => "pc",
            MachineType::Pc => "q35",
            MachineType::Micro => "microvm,acpi=off",
        };
        let machine = match &self.start {
            Start::Cold { .. } => machine.to_owned(),
            Start::Kept { .. } | Start::Restored { .. } => format!("{machine},memory-backend=memory"),
        };
        words(&["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-machine", &machine])
    }

    fn cpu_args(&self) -> Vec<String> {
        let (accel, cpu) = match self.accel {
            Accel::Kvm => ("kvm", "host"),
            // With a thread for each CPU, QEMU 7.2 now and then runs a breakpoint of the kernel's self-patching on the
            // other CPU: 1 boot in 26 of a 7.3-rt with two CPUs ended in an `Oops: int3` that is nobody's fault.
            Accel::Tcg => ("tcg,thread=single", "qemu64"),
        };
        let cpus = self.hardware.cpus.to_string();
        words(&["-accel", accel, "-cpu", cpu, "-smp", &cpus, "-m", &self.hardware.memory])
    }

    fn channel_args(&self, monitor: &str) -> Vec<String> {
        let console = match &self.attended {
            None => format!("file,id=console,path={}", quoted(&self.console)),
            // Not with a `logfile`: when nobody reads the socket for a while, QEMU writes bytes to it that it sends again later
            // (qemu_chr_write_buffer in chardev/char.c).
            Some(Attended { console, .. }) => format!("socket,id=console,fd={console}"),
        };
        let results = format!("file,id=results,path={}", quoted(&self.results));
        let debugcon = format!("isa-debugcon,iobase={DEBUGCON_PORT},chardev=results");
        let debug_exit = format!("isa-debug-exit,iobase={DEBUG_EXIT_PORT},iosize=4");
        let mut args = words(&[
            "-chardev",
            &console,
            "-serial",
            "chardev:console",
            "-chardev",
            &results,
            "-device",
            &debugcon,
            "-device",
            &debug_exit,
        ]);
        // For a machine that does not end. Who works with one says so himself; but whether a debugger has stopped it is asked.
        if self.attended.is_none() || self.is_debugged() {
            let monitor = format!("{monitor},id=monitor");
            args.extend(words(&["-chardev", &monitor, "-mon", "chardev=monitor,mode=control"]));
        }
        args
    }

    /// What the firmware tells the kernel of the machine
    /// (<https://www.qemu.org/docs/master/system/qemu-manpage.html>, `-smbios` and `-acpitable`).
    fn firmware_args(&self) -> Vec<String> {
        let tables = self.tables.iter().map(|table| ["-acpitable".to_owned(), format!("file={}", quoted(table))]);
        let texts = self.hardware.smbios.tables().into_iter().map(|(table, texts)| {
            let texts = texts.iter().map(|(name, text)| format!(",{name}={}", doubled(text)));
            ["-smbios".to_owned(), format!("type={table}{}", texts.collect::<String>())]
        });
        tables.chain(texts).flatten().collect()
    }

    fn device_args(&self) -> Vec<String> {
        self.hardware.devices.iter().flat_map(|device| ["-device".to_owned(), device.clone()]).collect()
    }

    fn start_args(&self, pipe: Option<RawFd>) -> Vec<String> {
        match &self.start {
            Start::Cold { kernel, initrd } => self.boot_args(kernel, initrd),
            Start::Kept { kernel, initrd, memory } => {
                [self.memory_args(memory, true), self.boot_args(kernel, initrd)].concat()
            }
            Start::Restored { memory, delivery } => {
                let from = pipe.map_or_else(|| delivery.clone(), |pipe| format!("/proc/self/fd/{pipe}").into());
                let item = format!("name={DELIVERY},file={}", quoted(&from));
                // Its kernel is in its memory already.
                [self.memory_args(memory, false), words(&["-fw_cfg", &item, "-incoming", "defer"])].concat()
            }
        }
    }

    fn memory_args(&self, file: &Path, is_shared: bool) -> Vec<String> {
        let (size, share) = (&self.hardware.memory, if is_shared { "on" } else { "off" });
        words(&[
            "-object",
            &format!("memory-backend-file,id=memory,size={size},mem-path={},share={share}", quoted(file)),
        ])
    }

    fn boot_args(&self, kernel: &Path, initrd: &Path) -> Vec<String> {
        let (kernel, initrd) = (kernel.display().to_string(), initrd.display().to_string());
        words(&["-kernel", &kernel, "-initrd", &initrd, "-append", &self.kernel_args()])
    }

    fn kernel_args(&self) -> String {
        let mut args = vec![
            "console=ttyS0",
            // The boot's own lines are the kernel's; the guest's init turns everything on before it loads the first module.
            "quiet",
            // A fault ends the run at once: `panic=-1` reboots without waiting, and QEMU's -no-reboot makes that an end.
            "oops=panic",
            "panic=-1",
            // A machine whose time is over is sent an interrupt that it can't mask, and says where it stood.
            "unknown_nmi_panic",
            // Self-tests of the crypto code take a quarter of an emulated boot, and are not about the driver.
            "cryptomgr.notests",
            // On a host that is busy, an emulated timer can seem dead: `IO-APIC + timer doesn't work!` ends such a boot.
            // No guest of KVM or Hyper-V checks it (no_timer_check in arch/x86/kernel/apic/io_apic.c).
            "no_timer_check",
            // Objects of the heap get zones around them and are filled when freed: a write out of bounds or after free, a double
            // free, and what is read after free are reported. On a busy host it cost 0 to 12 % of a run's CPU time on 6.1 to
            // 7.3, and 27 % on 5.10 (medians of 3); `U`, which also says who allocated, 40 to 100 %. Each cache has its own
            // name, and its own exact count. KFENCE, which samples, would see less in a run this short.
            "slub_debug=FZP",
            // Waiting for grace periods is most of the idle time of loading and unloading.
            "rcupdate.rcu_expedited=1",
            // A host that is busy can stall the boot, which says nothing of the driver. It ends when the kernel starts init.
            "rcupdate.rcu_cpu_stall_suppress_at_boot=1",
            // Without CONFIG_KUNIT_DEFAULT_ENABLED the tests in a module say their plan, and then that they are disabled (lib/kunit/test.c).
            "kunit.enable=1",
        ];
        if self.attended.is_some() {
            // Who works with the machine may want to look around in it after a fault.
            args.retain(|arg| *arg != "oops=panic");
        }
        if self.is_debugged() {
            // A debugger believes the addresses of the kernel's file.
            args.push("nokaslr");
        }
        if self.hardware.cpus == 1 {
            // Saves the patching of every lock prefix in the kernel, a tenth of an emulated boot.
            args.push("noreplace-smp");
        }
        if self.hardware.machine == MachineType::Micro {
            // It has no keyboard controller to reset it, and would try for seconds.
            args.push("reboot=t");
        }
        let watchdogs = self.watchdog_args();
        args.extend(watchdogs.iter().map(String::as_str));
        args.join(" ")
    }

    /// A kernel that is slow by its own checks is given the time by its own watchdogs too: 21 s for a grace period of RCU
    /// (Documentation/RCU/stallwarn.rst), twice 10 s for a lockup (Documentation/admin-guide/lockup-watchdogs.rst), 120 s
    /// for a task that waits, and 30 s for a pool of workers that does nothing (both lib/Kconfig.debug).
    fn watchdog_args(&self) -> Vec<String> {
        match self.patience {
            0 | 1 => Vec::new(),
            times => {
                let (stall, lockup, hung, workers) = (21 * times, 10 * times, 120 * times, 30 * times);
                vec![
                    format!("rcupdate.rcu_cpu_stall_timeout={stall}"),
                    format!("watchdog_thresh={lockup}"),
                    format!("sysctl.kernel.hung_task_timeout_secs={hung}"),
                    format!("workqueue.watchdog_thresh={workers}"),
                ]
            }
        }
    }
}

fn attended_args(Attended { shell, folder, debugger, .. }: &Attended) -> Vec<String> {
    let chardev = format!("socket,id=shell,fd={shell}");
    // Both machines have it at the port and the interrupt that the kernel looks for ttyS1 at (arch/x86/include/asm/serial.h).
    let mut args = words(&["-chardev", &chardev, "-device", "isa-serial,chardev=shell,index=1"]);
    if let Some(folder) = folder {
        let folder = format!("local,id=folder,path={},security_model=none,readonly=on", quoted(folder));
        let device = format!("virtio-9p-pci,fsdev=folder,mount_tag={MOUNT_TAG}");
        args.extend(words(&["-fsdev", &folder, "-device", &device]));
    }
    if let Some(socket) = debugger {
        let chardev = format!("socket,id=gdb,fd={socket},server=on,wait=off");
        args.extend(words(&["-chardev", &chardev, "-gdb", "chardev:gdb", "-S"]));
    }
    args
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn quoted(path: &Path) -> String {
    doubled(&path.display().to_string())
}

/// In QEMU's option lists a comma in a value is doubled.
fn doubled(text: &str) -> String {
    text.replace(',', ",,")
}

#[cfg(test)]
mod tests;
