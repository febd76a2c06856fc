# SPDX-License-Identifier: MIT OR Apache-2.0
"""What gdb does before a person has it, in `cargo xtask shell --gdb`, and whenever a module comes or goes.

Above this stands DATA: the `socket` of the machine, the address of `gate` in the guest's init (qemu/init/debug.c), the driver's
`modules` with their files by their names, and the `kernel` with its symbols, or nothing.

It works without debug information of the kernel: of a module in memory it knows what its own file says.
"""

import os
import struct

import gdb

# In rdx at the gate.
MAGIC = 0x6D65657464656275

# The kernel's half of the address space, with five levels of page tables too.
KERNEL = 0xFF00_0000_0000_0000

# Nothing runs or lies at these addresses (vm.mmap_min_addr): the place of what the kernel has freed.
NOWHERE = 0x1000
NOWHERE_ENDS = 0x10000

# Chapter 4 of the System V ABI (https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html).
SHT_SYMTAB = 2
SHF_ALLOC = 2
SHN_LORESERVE = 0xFF00

# The section that the kernel takes a module's `struct module` from.
STRUCT_MODULE = ".gnu.linkonce.this_module"


def quietly(command):
    """What it prints is nothing to see."""
    return gdb.execute(command, to_string=True)


def unheard(command):
    """The same for a command that speaks past us, of where the machine stands."""
    gdb.flush()
    kept = os.dup(1)
    with open(os.devnull, "wb") as nobody:
        os.dup2(nobody.fileno(), 1)
    try:
        quietly(command)
    finally:
        gdb.flush()
        os.dup2(kept, 1)
        os.close(kept)


def settle(command):
    """A setting that not every gdb has."""
    try:
        quietly("set " + command)
    except gdb.error:
        pass


def quoted(path):
    """A path as a word of gdb's commands."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


def read(address, size):
    return bytes(gdb.selected_inferior().read_memory(address, size))


def register(name):
    return int(gdb.parse_and_eval("(unsigned long) $" + name))


class Module:
    """One of the driver's modules: its file, and where it is in memory."""

    def __init__(self, name, path):
        self.name, self.path = name, path
        self.is_shown = False
        with open(path, "rb") as file:
            self.parse(file.read())

    def parse(self, elf):
        (table,) = struct.unpack_from("<Q", elf, 0x28)
        size, count, names = struct.unpack_from("<HHH", elf, 0x3A)
        headers = [struct.unpack_from("<IIQQQQIIQQ", elf, table + size * at) for at in range(count)]
        texts = headers[names][4]
        self.sections = []
        self.symbols = []
        for name, kind, flags, _, offset, size, *_ in headers:
            name = elf[texts + name : elf.index(b"\0", texts + name)].decode()
            self.sections.append((name, bool(flags & SHF_ALLOC)))
            if kind == SHT_SYMTAB:
                self.symbols = list(struct.iter_unpack("<IBBHQQ", elf[offset : offset + size]))
            if name == STRUCT_MODULE:
                # It has its name already, wherever this kernel has it.
                self.size = size
                self.name_at = elf[offset : offset + size].index(self.name.encode() + b"\0")

    def is_at(self, address):
        name = self.name.encode() + b"\0"
        return read(address + self.name_at, len(name)) == name

    def place(self, address):
        """Where the sections of the module are whose `struct module` this is, just before its init: by the symbols, which have
        their addresses by then. They are all there, since the kernel leaves some out only later.

        The table is found by what it must have: so many symbols, with the names of those in the file, in their order.
        """
        for (pointer,) in struct.iter_unpack("<Q", read(address, self.size - self.size % 8)):
            if pointer < KERNEL or pointer % 8:
                continue
            try:
                # struct mod_kallsyms of include/linux/module.h
                table, count = struct.unpack("<QI", read(pointer, 12))
                if count == len(self.symbols) and table >= KERNEL:
                    places = self.places(read(table, 24 * count))
                    if places is not None:
                        return places
            except gdb.MemoryError:
                pass
        return None

    def places(self, table):
        places = {}
        for own, there in zip(self.symbols, struct.iter_unpack("<IBBHQQ", table)):
            # The name, and the section.
            if own[0] != there[0] or own[3] != there[3]:
                return None
            section = own[3]
            if 0 < section < SHN_LORESERVE and self.sections[section][1]:
                places[self.sections[section][0]] = (there[4] - own[4]) % 2**64
        return places

    def show(self, places):
        """Lets gdb know where its symbols are; breakpoints on them are at their addresses from now on."""
        self.hide()
        words = [f"-s {quoted(name)} {address:#x}" for name, address in places.items()]
        if words:
            quietly(f"add-symbol-file {quoted(self.path)} {' '.join(words)}")
            self.shown, self.is_shown = places, True

    def hide(self):
        """Its breakpoints wait until it is shown again."""
        if self.is_shown:
            quietly(f"remove-symbol-file {quoted(self.path)}")
            self.is_shown = False

    def begun(self):
        """The kernel frees what only its init needed, and may put something else there."""
        if self.is_shown:
            initial = {name: NOWHERE for name in self.shown if name.startswith(".init")}
            if initial:
                self.show({**self.shown, **initial})


class Silent(gdb.Breakpoint):
    """A breakpoint of ours, which a person does not see."""

    def __init__(self, address):
        super().__init__(f"*{address:#x}", gdb.BP_BREAKPOINT, internal=True)
        self.silent = True


class Loads(Silent):
    """At do_init_module(): a module is in its place."""

    def __init__(self, address, modules):
        super().__init__(address)
        self.modules = modules
        self.loading = None
        self.has_stopped = False
        gdb.events.stop.connect(self.tell)

    def stop(self):
        address = register("rdi")
        self.loading = next((module for module in self.modules if module.is_at(address)), None)
        if self.loading is None:
            return False
        places = self.loading.place(address)
        if places is None:
            print(f"the symbols of `{self.loading.name}` were not found in the machine's memory")
            return False
        self.loading.show(places)
        is_first, self.has_stopped = not self.has_stopped, True
        return is_first

    def tell(self, _event):
        """After each stop, whatever for, until it was for this."""
        if self.has_stopped:
            gdb.events.stop.disconnect(self.tell)
            (returns_to,) = struct.unpack("<Q", read(register("rsp"), 8))
            Begun(returns_to, self)
            print(f"`{self.loading.name}` is loaded, and its init has not run yet: set breakpoints now; `continue` runs it")


class Begun(Silent):
    """Where do_init_module() returns to: the module's init is over."""

    def __init__(self, address, loads):
        super().__init__(address)
        self.loads = loads

    def stop(self):
        if self.loads.loading is not None:
            self.loads.loading.begun()
        self.loads.loading = None
        return False


class Goes(Silent):
    """At free_module(): a module goes."""

    def __init__(self, address, modules):
        super().__init__(address)
        self.modules = modules

    def stop(self):
        address = register("rdi")
        for module in self.modules:
            if module.is_at(address):
                module.hide()
        return False


def meet():
    """Waits for the guest's init, which knows where the kernel has its functions; nothing of a module has been loaded by then."""
    gate = gdb.Breakpoint(f"*{DATA['gate']:#x}", gdb.BP_HARDWARE_BREAKPOINT, internal=True)
    gate.silent = True
    # Another program may be at that address.
    while True:
        quietly("continue")
        if register("rip") == DATA["gate"] and register("rdx") == MAGIC:
            break
    gate.delete()
    return register("rdi"), register("rsi")


def start():
    settle("debuginfod enabled off")
    for command in ["confirm off", "pagination off", "breakpoint pending on", "architecture i386:x86-64"]:
        settle(command)
    # Of memory that is read-only gdb takes hardware breakpoints, for which nothing need be there.
    quietly(f"mem 0 {NOWHERE_ENDS:#x} ro")
    settle("mem inaccessible-by-default off")
    settle("remotetimeout 60")
    if DATA["kernel"]:
        quietly(f"symbol-file {quoted(DATA['kernel'])}")
    unheard(f"target remote {DATA['socket']}")
    loads_at, goes_at = meet()
    modules = [Module(name, path) for name, path in DATA["modules"].items()]
    if not modules:
        print("the kernel has booted: `continue` gives you the shell, Ctrl-\\ brings you back here")
        return
    if not loads_at:
        print("this kernel does not say where its functions are (CONFIG_KALLSYMS), so that the modules' symbols can't be placed")
        return
    Loads(loads_at, modules)
    if goes_at:
        Goes(goes_at, modules)
    # What is said meanwhile, but not that it goes on.
    print(quietly("continue").replace("Continuing.\n", "", 1), end="")


try:
    start()
except gdb.error as error:
    print(f"gdb has lost the machine: {error}")
