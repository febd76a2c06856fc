// SPDX-License-Identifier: GPL-2.0-only

//! Misc devices whose files are streams, and can be waited for.
//!
//! [`kernel::miscdevice`] has no `poll`, and gives its files a position. Until it can do otherwise,
//! this is what is missing: its table of functions is used with some of them replaced. All `unsafe`
//! of the driver is here, but for what says how its types look to programs.

use core::ffi::c_int;
use kernel::bindings;
use kernel::error::to_result;
use kernel::fs::File;
use kernel::miscdevice::{MiscDevice, MiscDeviceOptions, MiscDeviceRegistration};
use kernel::prelude::*;
use kernel::sync::poll::PollTable;
use kernel::sync::Arc;
use kernel::types::{ForeignOwnable, Opaque};

/// A device that programs can wait for.
pub(crate) trait StreamDevice: MiscDevice<Ptr = Arc<Self>> + 'static {
    /// Registers the caller of poll(2) with all that it may wait for, and says what is so now.
    fn poll(&self, file: &File, table: PollTable<'_>) -> u32;
}

/// A device that is registered, until this is dropped.
///
/// # Invariants
///
/// `misc` is registered, and is the first field.
#[pin_data(PinnedDrop)]
#[repr(C)]
pub(crate) struct Registration<T> {
    #[pin]
    misc: Opaque<bindings::miscdevice>,
    device: Arc<T>,
}

// SAFETY: A device may be unregistered by another thread than the one that has registered it.
unsafe impl<T: Send + Sync> Send for Registration<T> {}
// SAFETY: All that a shared reference leads to is the device.
unsafe impl<T: Send + Sync> Sync for Registration<T> {}

impl<T: StreamDevice> Registration<T> {
    /// Makes `/dev/NAME`. From then on, programs call.
    pub(crate) fn new(name: &'static CStr, device: Arc<T>) -> impl PinInit<Self, Error> {
        // INVARIANT: If the call fails, so does the initialization.
        try_pin_init!(Self {
            // First: whoever opens the device looks for it.
            device,
            misc <- Opaque::try_ffi_init(move |slot: *mut bindings::miscdevice| {
                let misc = bindings::miscdevice {
                    fops: &Self::FUNCTIONS,
                    ..MiscDeviceOptions { name }.into_raw::<T>()
                };
                // SAFETY: The slot is there to be written to.
                unsafe { slot.write(misc) };
                // SAFETY: The slot has a device, and stays where it is until `drop` has
                // unregistered it.
                to_result(unsafe { bindings::misc_register(slot) }).inspect_err(|err| {
                    pr_err!("cannot register the device: error {}\n", err.to_errno());
                })
            }),
        })
    }

    /// The device that is being opened.
    ///
    /// # Safety
    ///
    /// `misc` is what a device got in [`MiscDevice::open`] that was registered by [`Self::new`].
    pub(crate) unsafe fn opened(misc: &MiscDeviceRegistration<T>) -> Arc<T> {
        // SAFETY: By the invariants of this type, what is registered is the first field of one,
        // which lives until nobody can open it any more.
        let registration = unsafe { &*core::ptr::from_ref(misc).cast::<Self>() };
        registration.device.clone()
    }

    /// The table that the kernel makes of a [`MiscDevice`].
    const KERNELS: &'static bindings::file_operations = {
        let misc = MiscDeviceOptions { name: c"" }.into_raw::<T>();
        // SAFETY: It leads to a constant.
        unsafe { &*misc.fops }
    };

    const FUNCTIONS: bindings::file_operations = bindings::file_operations {
        // An open file holds the module: rmmod has to wait for the close. Before 7.3 the kernel's
        // own table does not say so.
        owner: &raw mut bindings::__this_module,
        open: Some(Self::open),
        poll: Some(Self::poll),
        ..*Self::KERNELS
    };

    /// # Safety
    ///
    /// Called by the kernel, as [`bindings::file_operations`] says.
    unsafe extern "C" fn open(inode: *mut bindings::inode, file: *mut bindings::file) -> c_int {
        // Bytes that are read are gone, so there is no position to go back to. A stream says so:
        // lseek() and pread() fail with ESPIPE.
        //
        // SAFETY: The file is being opened, and nobody else has it yet.
        let err = unsafe { bindings::stream_open(inode, file) };
        match Self::KERNELS.open {
            // SAFETY: What we were called with is passed on.
            Some(open) if err == 0 => unsafe { open(inode, file) },
            _ => err,
        }
    }

    /// # Safety
    ///
    /// Called by the kernel, as [`bindings::file_operations`] says.
    unsafe extern "C" fn poll(
        file: *mut bindings::file,
        table: *mut bindings::poll_table_struct,
    ) -> bindings::__poll_t {
        // SAFETY: The file is open, so its private data is what `MiscDevice::open` has returned.
        let device = unsafe { <T::Ptr as ForeignOwnable>::borrow((*file).private_data) };
        // SAFETY: The file is open during this call, and poll(2) does not use its position.
        let file = unsafe { File::from_raw_file(file) };
        // SAFETY: The kernel's table is valid during this call.
        device.poll(file, unsafe { PollTable::from_raw(table) })
    }
}

#[pinned_drop]
impl<T> PinnedDrop for Registration<T> {
    fn drop(self: Pin<&mut Self>) {
        // SAFETY: By the invariants it is registered.
        unsafe { bindings::misc_deregister(self.misc.get()) };
    }
}
