// SPDX-License-Identifier: GPL-2.0-only

//! foobar in Rust: `/dev/foobar` keeps the bytes written to it, in order, until somebody reads them.
//!
//! It does what the driver in C does, and passes the same tests. This file is the half that talks
//! to the kernel; what the store does is in `ring.rs`.

use core::borrow::Borrow;

use kernel::bindings;
use kernel::fs::file::flags::{O_ACCMODE, O_RDWR, O_WRONLY};
use kernel::fs::{File, Kiocb};
use kernel::iov::{IovIterDest, IovIterSource};
use kernel::miscdevice::{MiscDevice, MiscDeviceRegistration};
use kernel::prelude::*;
use kernel::sync::poll::{PollCondVar, PollTable};
use kernel::sync::{Arc, ArcBorrow, Mutex};
use kernel::uaccess::{UserPtr, UserSlice};
use kernel::{new_mutex, new_poll_condvar};

use ring::Ring;
use stream::{Registration, StreamDevice};

mod ring;
mod stream;
mod uapi;

module! {
    type: FoobarModule,
    name: "foobar",
    authors: ["The foobar authors"],
    description: "A store of bytes at /dev/foobar, to learn driver writing from",
    license: "GPL",
    params: {
        size: u32 {
            default: 4096,
            description: "Bytes the store can hold, a power of two from 16 to 1048576 (default 4096)",
        },
        drop_oldest: u8 {
            default: 0,
            description: "1: drop the oldest lines when the store is full, instead of refusing writes (default 0)",
        },
    },
}

/// What a parameter was given. Before 7.3 the kernel lends it.
fn given<T: Copy>(value: impl Borrow<T>) -> T {
    *value.borrow()
}

/// What lives as long as the module is loaded. The fields go in this order when it is unloaded.
#[pin_data]
struct FoobarModule {
    #[pin]
    _registration: Registration<Foobar>,
    _word: LastWord,
}

impl kernel::InPlaceModule for FoobarModule {
    fn init(_module: &'static ThisModule) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            _registration <- Registration::new(c"foobar", Foobar::new()?),
            _word: {
                pr_info!("Foobar Driver inserted.\n");
                LastWord
            },
        })
    }
}

/// Says that the module is unloaded, when all before it is gone.
struct LastWord;

impl Drop for LastWord {
    fn drop(&mut self) {
        pr_info!("Foobar Driver unloaded.\n");
    }
}

/// All the driver knows.
#[pin_data]
struct Foobar {
    /// Held while user memory is copied, which may sleep, so it is a mutex and not a spinlock. Unlike
    /// the C driver's, it can't be waited for interruptibly: the kernel has no such lock for Rust.
    #[pin]
    state: Mutex<State>,
    /// Where poll() waits for bytes, or for room.
    #[pin]
    changed: PollCondVar,
}

/// What the lock guards: there is no way to it but through the lock.
struct State {
    ring: Ring<KVVec<u8>>,
    /// The bits of a mode, as programs know them.
    mode: u32,
    /// How many times the device is open.
    open_files: u32,
}

impl Foobar {
    /// Makes the device as the module's parameters want it.
    fn new() -> Result<Arc<Self>> {
        let size: u32 = given(module_parameters::size.value());
        // Before 7.3 there are no parameters that are yes or no.
        let drops_oldest = given::<u8>(module_parameters::drop_oldest.value()) != 0;
        if !ring::capacity_is_valid(size) {
            pr_err!(
                "size={} is not a power of two from {} to {}\n",
                size,
                ring::CAPACITY_MIN,
                ring::CAPACITY_MAX
            );
            return Err(EINVAL);
        }
        // Zeroed, so that no mistake can show a program what was there before.
        let memory = KVVec::from_elem(0, size as usize, GFP_KERNEL)?;
        let ring = Ring::new(memory).ok_or(EINVAL)?;
        let mode = if drops_oldest { uapi::DROP_OLDEST } else { 0 };
        let state = State {
            ring,
            mode,
            open_files: 0,
        };
        Arc::pin_init(
            pin_init!(Self {
                state <- new_mutex!(state),
                changed <- new_poll_condvar!(),
            }),
            GFP_KERNEL,
        )
    }

    fn stats(&self) -> uapi::Stats {
        let state = self.state.lock();
        let counters = state.ring.counters();
        uapi::Stats {
            bytes_written: counters.written,
            bytes_read: counters.read,
            bytes_lost: counters.lost,
            capacity: state.ring.capacity(),
            used: state.ring.used(),
            high_water: state.ring.high_water(),
            mode: state.mode,
            open_files: state.open_files,
            reserved: 0,
        }
    }

    fn set_mode(&self, mode: uapi::Mode) -> Result {
        // What has no meaning is refused. Were it ignored, programs would come to send rubbish, and
        // it could never get a meaning.
        if mode.flags & !uapi::MODE_ALL != 0 || mode.reserved != 0 {
            return Err(EINVAL);
        }
        self.state.lock().mode = mode.flags;
        // A full store may have become writable.
        self.changed.notify_all();
        Ok(())
    }
}

/// An open file is a share of the device, so that the device outlives its files.
#[vtable]
impl MiscDevice for Foobar {
    type Ptr = Arc<Self>;

    fn open(_file: &File, misc: &MiscDeviceRegistration<Self>) -> Result<Arc<Self>> {
        // SAFETY: Nobody but a `Registration` registers a `Foobar`.
        let foobar = unsafe { Registration::opened(misc) };
        foobar.state.lock().open_files += 1;
        Ok(foobar)
    }

    /// The last close of an open file.
    fn release(foobar: Arc<Self>, _file: &File) {
        foobar.state.lock().open_files -= 1;
    }

    /// Takes the oldest bytes. An empty store reads as the end of a file, so that cat(1) ends.
    /// Nothing here ever waits for another program, so O_NONBLOCK has nothing to change; who wants
    /// to wait for bytes calls poll().
    fn read_iter(kiocb: Kiocb<'_, Arc<Self>>, iov: &mut IovIterDest<'_>) -> Result<usize> {
        let foobar = kiocb.file();
        let mut state = foobar.state.lock();
        let mut done = 0;
        // At most twice around: up to the end of the memory, and from its start.
        while !iov.is_empty() {
            let bytes = state.ring.peek(iov.len());
            if bytes.is_empty() {
                break;
            }
            let wanted = bytes.len();
            // Only what has arrived is taken out of the store.
            let copied = iov.copy_to_iter(bytes);
            done += state.ring.consume(copied);
            if copied < wanted {
                // Some bytes were read, so this succeeded, even if it then failed.
                if done == 0 {
                    return Err(EFAULT);
                }
                break;
            }
        }
        drop(state);
        if done > 0 {
            foobar.changed.notify_all();
        }
        Ok(done)
    }

    /// Adds bytes. One call takes no more than the store can hold, and what there is room for: a
    /// short write, as every program must expect.
    fn write_iter(kiocb: Kiocb<'_, Arc<Self>>, iov: &mut IovIterSource<'_>) -> Result<usize> {
        let foobar = kiocb.file();
        let mut guard = foobar.state.lock();
        let state = &mut *guard;
        let count = iov.len().min(state.ring.capacity() as usize);
        if state.mode & uapi::DROP_OLDEST != 0 {
            state.ring.make_room(count);
        }
        let mut done = 0;
        while done < count {
            let room = state.ring.reserve(count - done);
            if room.is_empty() {
                if done == 0 {
                    return Err(ENOSPC);
                }
                break;
            }
            let wanted = room.len();
            let copied = iov.copy_from_iter(room);
            done += state.ring.commit(copied);
            if copied < wanted {
                if done == 0 {
                    return Err(EFAULT);
                }
                break;
            }
        }
        drop(guard);
        if done > 0 {
            foobar.changed.notify_all();
        }
        Ok(done)
    }

    /// The structures are the same for 32-bit programs, so there is no other function for those.
    fn ioctl(foobar: ArcBorrow<'_, Self>, file: &File, cmd: u32, arg: usize) -> Result<isize> {
        let user = |size| UserSlice::new(UserPtr::from_addr(arg), size);
        match cmd {
            // The numbers belong together, and copying them needs no lock.
            uapi::GET_STATS => user(size_of::<uapi::Stats>())
                .writer()
                .write(&foobar.stats())?,
            uapi::SET_MODE => {
                // Who may only read must not make others lose bytes.
                if ![O_WRONLY, O_RDWR].contains(&(file.flags() & O_ACCMODE)) {
                    return Err(EBADF);
                }
                foobar.set_mode(user(size_of::<uapi::Mode>()).reader().read()?)?;
            }
            _ => return Err(ENOTTY),
        }
        Ok(0)
    }
}

impl StreamDevice for Foobar {
    /// Readable: there are bytes. Writable: a write would not fail with ENOSPC.
    fn poll(&self, file: &File, table: PollTable<'_>) -> u32 {
        // First join the queue, then look: a change in between is not missed.
        table.register_wait(file, &self.changed);

        let state = self.state.lock();
        let mut mask = 0;
        if state.ring.used() > 0 {
            mask |= bindings::POLLIN | bindings::POLLRDNORM;
        }
        if state.ring.room() > 0 || state.mode & uapi::DROP_OLDEST != 0 {
            mask |= bindings::POLLOUT | bindings::POLLWRNORM;
        }
        mask
    }
}
