// SPDX-License-Identifier: MIT OR Apache-2.0
//! A guest of a few instructions, to see whether KVM runs any.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use kvm_ioctls::{Kvm, VcpuExit, VcpuFd};

/// A guest in 64-bit mode: an atomic exchange of 16 bytes, a loop, a breakpoint through an interrupt gate, and a byte
/// to a port. Emulating hypervisors fail at the first or the third.
pub fn probe() -> Result<()> {
    let memory = memory()?;
    let kvm = Kvm::new().context("/dev/kvm can't be opened")?;
    let vm = kvm.create_vm().context("KVM makes no virtual machine")?;
    let region = kvm_bindings::kvm_userspace_memory_region {
        slot: 0,
        guest_phys_addr: 0,
        memory_size: MEMORY as u64,
        userspace_addr: memory as u64,
        flags: 0,
    };
    // SAFETY: the memory is never freed, and nobody else uses it.
    unsafe { vm.set_user_memory_region(region) }.context("KVM takes no memory")?;
    let mut vcpu = vm.create_vcpu(0).context("KVM makes no virtual processor")?;
    let cpuid =
        kvm.get_supported_cpuid(kvm_bindings::KVM_MAX_CPUID_ENTRIES).context("KVM names no processor features")?;
    vcpu.set_cpuid2(&cpuid).context("KVM takes no processor features")?;
    enter_long_mode(&vcpu)?;
    let start = Instant::now();
    match vcpu.run().context("a test guest did not run")? {
        VcpuExit::IoOut(PORT, [b'K']) => (),
        VcpuExit::InternalError => {
            bail!("a test guest ended in KVM's internal error: it emulates, and not all instructions")
        }
        exit => bail!("a test guest ended in {exit:?}"),
    }
    let took = start.elapsed();
    if took > Duration::from_millis(50) {
        bail!("a test guest took {} ms for what takes less than one", took.as_millis());
    }
    Ok(())
}

const MEMORY: usize = 0x1_0000;
const IDT: usize = 0;
const CODE: usize = 0x1000;
const PML4: usize = 0x2000;
const PDPT: usize = 0x3000;
const PD: usize = 0x4000;
const GDT: usize = 0x5000;
const STACK_TOP: u64 = 0x8000;
const PORT: u16 = 0x10;
const CODE_SELECTOR: u16 = 8;
const DATA_SELECTOR: u16 = 16;

#[rustfmt::skip]
const PROGRAM: &[u8] = &[
    0xbe, 0x00, 0x60, 0x00, 0x00,       // mov esi, 0x6000
    0x31, 0xc0,                         // xor eax, eax
    0x31, 0xd2,                         // xor edx, edx
    0xbb, 0x01, 0x00, 0x00, 0x00,       // mov ebx, 1
    0xb9, 0x02, 0x00, 0x00, 0x00,       // mov ecx, 2
    0xf0, 0x48, 0x0f, 0xc7, 0x0e,       // lock cmpxchg16b [rsi]
    0x75, 0x0e,                         // jne to hlt
    0xb9, 0x10, 0x27, 0x00, 0x00,       // mov ecx, 10000
    0xff, 0xc9,                         // dec ecx
    0x75, 0xfc,                         // jne to dec
    0xcc,                               // int3
    0xb0, b'K',                         // mov al, 'K'
    0xe6, PORT as u8,                   // out PORT, al
    0xf4,                               // hlt
];
const HANDLER: usize = CODE + 0x100;
const IRETQ: [u8; 2] = [0x48, 0xcf];

/// Guest memory with program, page tables, and descriptor tables (Intel SDM volume 3, chapters 3 to 6).
fn memory() -> Result<*mut u8> {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a new anonymous mapping, of which the slice is the only user until the guest runs.
    let (pointer, memory) = unsafe {
        let pointer =
            libc::mmap(std::ptr::null_mut(), MEMORY, protection, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0);
        if pointer == libc::MAP_FAILED {
            return Err(std::io::Error::last_os_error()).context("failed to get memory for a test guest");
        }
        (pointer.cast::<u8>(), std::slice::from_raw_parts_mut(pointer.cast::<u8>(), MEMORY))
    };
    let mut put = |at: usize, bytes: &[u8]| memory[at..at + bytes.len()].copy_from_slice(bytes);
    put(CODE, PROGRAM);
    put(HANDLER, &IRETQ);
    // Present and writable; the last level is one page of 2 MiB.
    put(PML4, &(PDPT as u64 | 3).to_le_bytes());
    put(PDPT, &(PD as u64 | 3).to_le_bytes());
    put(PD, &0x83_u64.to_le_bytes());
    put(GDT + usize::from(CODE_SELECTOR), &0x00af_9b00_0000_ffff_u64.to_le_bytes());
    put(GDT + usize::from(DATA_SELECTOR), &0x00cf_9300_0000_ffff_u64.to_le_bytes());
    // A 64-bit interrupt gate for vector 3.
    let handler = HANDLER as u64;
    let gate = (handler & 0xffff) | u64::from(CODE_SELECTOR) << 16 | 0x8e00 << 32 | (handler >> 16) << 48;
    put(IDT + 3 * 16, &gate.to_le_bytes());
    Ok(pointer)
}

fn enter_long_mode(vcpu: &VcpuFd) -> Result<()> {
    let mut sregs = vcpu.get_sregs().context("KVM shows no registers")?;
    let segment = |selector: u16, kind: u8, long: u8| kvm_bindings::kvm_segment {
        base: 0,
        limit: u32::MAX,
        selector,
        type_: kind,
        present: 1,
        s: 1,
        l: long,
        db: 1 - long,
        g: 1,
        ..Default::default()
    };
    sregs.cs = segment(CODE_SELECTOR, 11, 1);
    let data = segment(DATA_SELECTOR, 3, 0);
    (sregs.ds, sregs.es, sregs.fs, sregs.gs, sregs.ss) = (data, data, data, data, data);
    sregs.gdt = kvm_bindings::kvm_dtable { base: GDT as u64, limit: 23, ..Default::default() };
    sregs.idt = kvm_bindings::kvm_dtable { base: IDT as u64, limit: 0xfff, ..Default::default() };
    sregs.cr3 = PML4 as u64;
    sregs.cr4 |= 1 << 5; // PAE
    sregs.cr0 |= 1 << 31 | 1; // PG, PE
    sregs.efer |= 1 << 10 | 1 << 8; // LMA, LME
    vcpu.set_sregs(&sregs).context("KVM takes no 64-bit mode")?;
    let mut regs = vcpu.get_regs().context("KVM shows no registers")?;
    regs.rip = CODE as u64;
    regs.rsp = STACK_TOP;
    regs.rflags = 2;
    vcpu.set_regs(&regs).context("KVM takes no registers")
}
