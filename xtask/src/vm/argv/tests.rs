// SPDX-License-Identifier: MIT OR Apache-2.0
//! Command lines of machines.

use expect_test::{Expect, expect};

use super::*;

#[track_caller]
fn check(hardware: &str, accel: Accel, patience: u32, expected: &Expect) {
    check_attended(hardware, accel, patience, None, expected);
}

#[track_caller]
fn check_attended(hardware: &str, accel: Accel, patience: u32, attended: Option<Attended>, expected: &Expect) {
    let start = Start::Cold { kernel: "/k/vmlinux".into(), initrd: "/run/initrd".into() };
    check_start(start, (hardware, accel, patience), attended, expected);
}

#[track_caller]
fn check_start(
    start: Start,
    (hardware, accel, patience): (&str, Accel, u32),
    attended: Option<Attended>,
    expected: &Expect,
) {
    let hardware: Hardware = toml::from_str(hardware).expect("hardware");
    let tables = ["/run,1/table-1.aml".into()];
    let vm = Vm {
        hardware: &hardware,
        tables: if hardware.acpi.is_empty() { &[] } else { &tables },
        accel,
        patience,
        start,
        console: "/run,1/console.log".into(),
        results: "/run,1/results.ktap".into(),
        attended,
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
#[test]
fn argv_of_an_attended_machine() {
    let attended =
        |folder: Option<&str>| Some(Attended { console: 5, shell: 7, folder: folder.map(Into::into), debugger: None });
    let debugged = Some(Attended { console: 5, shell: 7, folder: None, debugger: Some(9) });
    check_attended(
        "",
        Accel::Tcg,
        1,
        debugged,
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
        -chardev socket,id=console,fd=5
        -serial chardev:console
        -chardev file,id=results,path=/run,,1/results.ktap
        -device isa-debugcon,iobase=0xe9,chardev=results
        -device isa-debug-exit,iobase=0xf4,iosize=4
        -chardev stdio,id=monitor
        -mon chardev=monitor,mode=control
        -chardev socket,id=shell,fd=7
        -device isa-serial,chardev=shell,index=1
        -chardev socket,id=gdb,fd=9,server=on,wait=off
        -gdb chardev:gdb
        -S
        -kernel /k/vmlinux
        -initrd /run/initrd
        -append console=ttyS0 quiet panic=-1 unknown_nmi_panic cryptomgr.notests no_timer_check slub_debug=FZP rcupdate.rcu_expedited=1 rcupdate.rcu_cpu_stall_suppress_at_boot=1 kunit.enable=1 nokaslr noreplace-smp"#]],
    );
    check_attended(
        "devices = ['edu']",
        Accel::Tcg,
        1,
        attended(Some("/a,b")),
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
        -chardev socket,id=console,fd=5
        -serial chardev:console
        -chardev file,id=results,path=/run,,1/results.ktap
        -device isa-debugcon,iobase=0xe9,chardev=results
        -device isa-debug-exit,iobase=0xf4,iosize=4
        -device edu
        -chardev socket,id=shell,fd=7
        -device isa-serial,chardev=shell,index=1
        -fsdev local,id=folder,path=/a,,b,security_model=none,readonly=on
        -device virtio-9p-pci,fsdev=folder,mount_tag=driver
        -kernel /k/vmlinux
        -initrd /run/initrd
        -append console=ttyS0 quiet panic=-1 unknown_nmi_panic cryptomgr.notests no_timer_check slub_debug=FZP rcupdate.rcu_expedited=1 rcupdate.rcu_cpu_stall_suppress_at_boot=1 kunit.enable=1 noreplace-smp"#]],
    );
    check_attended(
        "type = 'micro'",
        Accel::Tcg,
        1,
        attended(None),
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
        -chardev socket,id=console,fd=5
        -serial chardev:console
        -chardev file,id=results,path=/run,,1/results.ktap
        -device isa-debugcon,iobase=0xe9,chardev=results
        -device isa-debug-exit,iobase=0xf4,iosize=4
        -chardev socket,id=shell,fd=7
        -device isa-serial,chardev=shell,index=1
        -kernel /k/vmlinux
        -initrd /run/initrd
        -append console=ttyS0 quiet panic=-1 unknown_nmi_panic cryptomgr.notests no_timer_check slub_debug=FZP rcupdate.rcu_expedited=1 rcupdate.rcu_cpu_stall_suppress_at_boot=1 kunit.enable=1 noreplace-smp reboot=t"#]],
    );
}

#[test]
fn kept_machines() {
    let memory = || "/t/memory".into();
    let kept = Start::Kept { kernel: "/k/vmlinux".into(), initrd: "/t/initrd".into(), memory: memory() };
    check_start(
        kept,
        ("type = 'micro'\nmemory = '1G'", Accel::Tcg, 1),
        None,
        &expect![[r#"
        -nodefaults
        -no-user-config
        -display none
        -no-reboot
        -machine microvm,acpi=off,memory-backend=memory
        -accel tcg,thread=single
        -cpu qemu64
        -smp 1
        -m 1G
        -chardev file,id=console,path=/run,,1/console.log
        -serial chardev:console
        -chardev file,id=results,path=/run,,1/results.ktap
        -device isa-debugcon,iobase=0xe9,chardev=results
        -device isa-debug-exit,iobase=0xf4,iosize=4
        -chardev stdio,id=monitor
        -mon chardev=monitor,mode=control
        -object memory-backend-file,id=memory,size=1G,mem-path=/t/memory,share=on
        -kernel /k/vmlinux
        -initrd /t/initrd
        -append console=ttyS0 quiet oops=panic panic=-1 unknown_nmi_panic cryptomgr.notests no_timer_check slub_debug=FZP rcupdate.rcu_expedited=1 rcupdate.rcu_cpu_stall_suppress_at_boot=1 kunit.enable=1 noreplace-smp reboot=t"#]],
    );
    let restored = Start::Restored { memory: memory(), delivery: "/run,1/delivery".into() };
    check_start(
        restored,
        ("", Accel::Tcg, 1),
        None,
        &expect![[r#"
        -nodefaults
        -no-user-config
        -display none
        -no-reboot
        -machine q35,memory-backend=memory
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
        -object memory-backend-file,id=memory,size=256M,mem-path=/t/memory,share=off
        -fw_cfg name=opt/module-workbench/delivery,file=/run,,1/delivery
        -incoming defer"#]],
    );
}
