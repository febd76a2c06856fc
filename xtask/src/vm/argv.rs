// SPDX-License-Identifier: MIT OR Apache-2.0
//! QEMU's command line, a function of values: one function for each concern.

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
    pub kernel: PathBuf,
    pub initrd: PathBuf,
    /// Where the serial console goes.
    pub console: PathBuf,
    /// Where the guest's report goes.
    pub results: PathBuf,
}

/// <https://www.qemu.org/docs/master/specs/index.html>: a port that takes a byte of the report, and one that ends QEMU.
/// Both work on every machine type, with no driver in the guest.
const DEBUGCON_PORT: &str = "0xe9";
const DEBUG_EXIT_PORT: &str = "0xf4";

impl Vm<'_> {
    /// QEMU's arguments.
    pub fn argv(&self) -> Vec<String> {
        let firmware = self.firmware_args();
        [self.machine_args(), self.cpu_args(), self.channel_args(), firmware, self.device_args(), self.boot_args()]
            .concat()
    }

    fn machine_args(&self) -> Vec<String> {
        // On q35, SeaBIOS 1.16 wakes the kernel with the ports of the power management gone: it never sleeps again, nor powers off.
        // Without acpi=off the microvm hangs under TCG on Debian's kernels: they find no timer to calibrate by.
        let machine = match self.hardware.machine {
            MachineType::Pc if self.hardware.suspend => "pc",
            MachineType::Pc => "q35",
            MachineType::Micro => "microvm,acpi=off",
        };
        words(&["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-machine", machine])
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

    fn channel_args(&self) -> Vec<String> {
        let console = format!("file,id=console,path={}", quoted(&self.console));
        let results = format!("file,id=results,path={}", quoted(&self.results));
        let debugcon = format!("isa-debugcon,iobase={DEBUGCON_PORT},chardev=results");
        let debug_exit = format!("isa-debug-exit,iobase={DEBUG_EXIT_PORT},iosize=4");
        words(&[
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
            // QEMU's monitor, for a machine that does not end.
            "-chardev",
            "stdio,id=monitor",
            "-mon",
            "chardev=monitor,mode=control",
        ])
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

    fn boot_args(&self) -> Vec<String> {
        let mut args = words(&["-kernel"]);
        args.push(self.kernel.display().to_string());
        args.push("-initrd".to_owned());
        args.push(self.initrd.display().to_string());
        args.push("-append".to_owned());
        args.push(self.kernel_args());
        args
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
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(hardware: &str, accel: Accel, patience: u32, expected: &Expect) {
        let hardware: Hardware = toml::from_str(hardware).expect("hardware");
        let tables = ["/run,1/table-1.aml".into()];
        let vm = Vm {
            hardware: &hardware,
            tables: if hardware.acpi.is_empty() { &[] } else { &tables },
            accel,
            patience,
            kernel: "/k/vmlinux".into(),
            initrd: "/run/initrd".into(),
            console: "/run,1/console.log".into(),
            results: "/run,1/results.ktap".into(),
        };
        expected.assert_eq(
            &vm.argv().join("\n").replace("\n-", "\n\n-").replace("\n\n", "§").replace('\n', " ").replace('§', "\n"),
        );
    }

    #[test]
    fn argv() {
        check(
            "devices = ['virtio-rng-pci']",
            Accel::Tcg,
            1,
            &expect![[r#"
            -nodefaults
            -no-user-config
            -display none
            -no-reboot
            -machine q35
            -accel tcg,thread=single
            -cpu qemu64
            -smp 1
            -m 256M
            -chardev file,id=console,path=/run,,1/console.log
            -serial chardev:console
            -chardev file,id=results,path=/run,,1/results.ktap
            -device isa-debugcon,iobase=0xe9,chardev=results
            -device isa-debug-exit,iobase=0xf4,iosize=4
            -chardev stdio,id=monitor
            -mon chardev=monitor,mode=control
            -device virtio-rng-pci
            -kernel /k/vmlinux
            -initrd /run/initrd
            -append console=ttyS0 quiet oops=panic panic=-1 unknown_nmi_panic cryptomgr.notests no_timer_check slub_debug=FZP rcupdate.rcu_expedited=1 rcupdate.rcu_cpu_stall_suppress_at_boot=1 kunit.enable=1 noreplace-smp"#]],
        );
        check(
            "cpus = 2\nacpi = ['a.asl']\ndevices = ['virtio-rng-pci']\n[smbios]\nsys_vendor = 'A, B'\noem_strings = ['x', '']\nboard_name = 'C'",
            Accel::Kvm,
            4,
            &expect![[r#"
                -nodefaults
                -no-user-config
                -display none
                -no-reboot
                -machine q35
                -accel kvm
                -cpu host
                -smp 2
                -m 256M
                -chardev file,id=console,path=/run,,1/console.log
                -serial chardev:console
                -chardev file,id=results,path=/run,,1/results.ktap
                -device isa-debugcon,iobase=0xe9,chardev=results
                -device isa-debug-exit,iobase=0xf4,iosize=4
                -chardev stdio,id=monitor
                -mon chardev=monitor,mode=control
                -acpitable file=/run,,1/table-1.aml
                -smbios type=1,manufacturer=A,, B
                -smbios type=2,product=C
                -smbios type=11,value=x,value=
                -device virtio-rng-pci
                -kernel /k/vmlinux
                -initrd /run/initrd
                -append console=ttyS0 quiet oops=panic panic=-1 unknown_nmi_panic cryptomgr.notests no_timer_check slub_debug=FZP rcupdate.rcu_expedited=1 rcupdate.rcu_cpu_stall_suppress_at_boot=1 kunit.enable=1 rcupdate.rcu_cpu_stall_timeout=84 watchdog_thresh=40 sysctl.kernel.hung_task_timeout_secs=480 workqueue.watchdog_thresh=120"#]],
        );
        check(
            "suspend = true",
            Accel::Tcg,
            1,
            &expect![[r#"
            -nodefaults
            -no-user-config
            -display none
            -no-reboot
            -machine pc
            -accel tcg,thread=single
            -cpu qemu64
            -smp 1
            -m 256M
            -chardev file,id=console,path=/run,,1/console.log
            -serial chardev:console
            -chardev file,id=results,path=/run,,1/results.ktap
            -device isa-debugcon,iobase=0xe9,chardev=results
            -device isa-debug-exit,iobase=0xf4,iosize=4
            -chardev stdio,id=monitor
            -mon chardev=monitor,mode=control
            -kernel /k/vmlinux
            -initrd /run/initrd
            -append console=ttyS0 quiet oops=panic panic=-1 unknown_nmi_panic cryptomgr.notests no_timer_check slub_debug=FZP rcupdate.rcu_expedited=1 rcupdate.rcu_cpu_stall_suppress_at_boot=1 kunit.enable=1 noreplace-smp"#]],
        );
        check(
            "type = 'micro'\ndevices = ['virtio-rng-pci']",
            Accel::Tcg,
            1,
            &expect![[r#"
            -nodefaults
            -no-user-config
            -display none
            -no-reboot
            -machine microvm,acpi=off
            -accel tcg,thread=single
            -cpu qemu64
            -smp 1
            -m 256M
            -chardev file,id=console,path=/run,,1/console.log
            -serial chardev:console
            -chardev file,id=results,path=/run,,1/results.ktap
            -device isa-debugcon,iobase=0xe9,chardev=results
            -device isa-debug-exit,iobase=0xf4,iosize=4
            -chardev stdio,id=monitor
            -mon chardev=monitor,mode=control
            -device virtio-rng-pci
            -kernel /k/vmlinux
            -initrd /run/initrd
            -append console=ttyS0 quiet oops=panic panic=-1 unknown_nmi_panic cryptomgr.notests no_timer_check slub_debug=FZP rcupdate.rcu_expedited=1 rcupdate.rcu_cpu_stall_suppress_at_boot=1 kunit.enable=1 noreplace-smp reboot=t"#]],
        );
    }
}
