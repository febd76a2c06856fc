// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kernel's numbers in words: errnos, what they mean when a module is loaded or unloaded, and signals.
//!
//! Numbers are those of include/uapi/asm-generic/errno-base.h and errno.h, which x86, arm64 and riscv share, and of
//! include/linux/errno.h, which userspace should never see and drivers leak all the same.

/// The names, by number; two of them are unused.
const NAMES: [&str; 134] = [
    "0",
    "EPERM",
    "ENOENT",
    "ESRCH",
    "EINTR",
    "EIO",
    "ENXIO",
    "E2BIG",
    "ENOEXEC",
    "EBADF",
    "ECHILD",
    "EAGAIN",
    "ENOMEM",
    "EACCES",
    "EFAULT",
    "ENOTBLK",
    "EBUSY",
    "EEXIST",
    "EXDEV",
    "ENODEV",
    "ENOTDIR",
    "EISDIR",
    "EINVAL",
    "ENFILE",
    "EMFILE",
    "ENOTTY",
    "ETXTBSY",
    "EFBIG",
    "ENOSPC",
    "ESPIPE",
    "EROFS",
    "EMLINK",
    "EPIPE",
    "EDOM",
    "ERANGE",
    "EDEADLK",
    "ENAMETOOLONG",
    "ENOLCK",
    "ENOSYS",
    "ENOTEMPTY",
    "ELOOP",
    "41",
    "ENOMSG",
    "EIDRM",
    "ECHRNG",
    "EL2NSYNC",
    "EL3HLT",
    "EL3RST",
    "ELNRNG",
    "EUNATCH",
    "ENOCSI",
    "EL2HLT",
    "EBADE",
    "EBADR",
    "EXFULL",
    "ENOANO",
    "EBADRQC",
    "EBADSLT",
    "58",
    "EBFONT",
    "ENOSTR",
    "ENODATA",
    "ETIME",
    "ENOSR",
    "ENONET",
    "ENOPKG",
    "EREMOTE",
    "ENOLINK",
    "EADV",
    "ESRMNT",
    "ECOMM",
    "EPROTO",
    "EMULTIHOP",
    "EDOTDOT",
    "EBADMSG",
    "EOVERFLOW",
    "ENOTUNIQ",
    "EBADFD",
    "EREMCHG",
    "ELIBACC",
    "ELIBBAD",
    "ELIBSCN",
    "ELIBMAX",
    "ELIBEXEC",
    "EILSEQ",
    "ERESTART",
    "ESTRPIPE",
    "EUSERS",
    "ENOTSOCK",
    "EDESTADDRREQ",
    "EMSGSIZE",
    "EPROTOTYPE",
    "ENOPROTOOPT",
    "EPROTONOSUPPORT",
    "ESOCKTNOSUPPORT",
    "EOPNOTSUPP",
    "EPFNOSUPPORT",
    "EAFNOSUPPORT",
    "EADDRINUSE",
    "EADDRNOTAVAIL",
    "ENETDOWN",
    "ENETUNREACH",
    "ENETRESET",
    "ECONNABORTED",
    "ECONNRESET",
    "ENOBUFS",
    "EISCONN",
    "ENOTCONN",
    "ESHUTDOWN",
    "ETOOMANYREFS",
    "ETIMEDOUT",
    "ECONNREFUSED",
    "EHOSTDOWN",
    "EHOSTUNREACH",
    "EALREADY",
    "EINPROGRESS",
    "ESTALE",
    "EUCLEAN",
    "ENOTNAM",
    "ENAVAIL",
    "EISNAM",
    "EREMOTEIO",
    "EDQUOT",
    "ENOMEDIUM",
    "EMEDIUMTYPE",
    "ECANCELED",
    "ENOKEY",
    "EKEYEXPIRED",
    "EKEYREVOKED",
    "EKEYREJECTED",
    "EOWNERDEAD",
    "ENOTRECOVERABLE",
    "ERFKILL",
    "EHWPOISON",
];

/// include/linux/errno.h
const INTERNAL: &[(u32, &str)] = &[
    (512, "ERESTARTSYS"),
    (513, "ERESTARTNOINTR"),
    (514, "ERESTARTNOHAND"),
    (515, "ENOIOCTLCMD"),
    (516, "ERESTART_RESTARTBLOCK"),
    (517, "EPROBE_DEFER"),
    (518, "EOPENSTALE"),
    (519, "ENOPARAM"),
    (521, "EBADHANDLE"),
    (522, "ENOTSYNC"),
    (523, "EBADCOOKIE"),
    (524, "ENOTSUPP"),
    (525, "ETOOSMALL"),
    (526, "ESERVERFAULT"),
    (527, "EBADTYPE"),
    (528, "EJUKEBOX"),
    (529, "EIOCBQUEUED"),
    (530, "ERECALLCONFLICT"),
    (531, "ENOGRACE"),
];

/// The number of an error of that name, of those that userspace may see.
pub fn number(name: &str) -> Option<u32> {
    let is_name = name.starts_with('E');
    NAMES.iter().position(|it| is_name && *it == name).and_then(|at| u32::try_from(at).ok())
}

/// The name of an errno, or the number itself where it has none.
pub fn name(errno: u32) -> String {
    let known = usize::try_from(errno).ok().and_then(|index| NAMES.get(index)).copied();
    known
        .or_else(|| INTERNAL.iter().find(|internal| internal.0 == errno).map(|internal| internal.1))
        .map_or_else(|| errno.to_string(), str::to_owned)
}

/// What it means when `finit_module(2)` returns this: kernel/module/main.c, or the module's own init.
pub fn when_loading(errno: u32) -> &'static str {
    match errno {
        0 => "the guest gave no reason",
        1 => "not permitted: kernel lockdown, module signing, or kernel.modules_disabled",
        2 => "it needs a symbol that nothing exports, or its init found something missing",
        5 => "its init reported an input or output error: of its device, or of a test of its own",
        6 => "its init found no such device or address",
        8 => "it is not for this kernel: its vermagic or its format is wrong",
        11 => "its init asks to try again",
        12 => "its init, or the loader, found no memory",
        13 => "its init was denied access",
        14 => "its init met a bad address",
        16 => "a resource it wants is in use, or a module of its name is being unloaded",
        17 => "it is loaded already, or it registers a name that is taken",
        19 => "the driver found no device it drives",
        22 => "the kernel or its init refused an argument: a parameter, a symbol's version, or a call of its own",
        38 => "it needs something that this kernel was built without",
        74 => "its signature is malformed",
        95 | 524 => "its init needs something that this kernel or machine does not support",
        110 => "its device did not answer in time",
        126 => "it is not signed with a key that this kernel knows",
        129 => "its signature was refused",
        517 => "its init asks to be probed later, which a module's init must not",
        _ => "its init refused",
    }
}

/// What it means when `delete_module(2)` with `O_NONBLOCK` returns this: kernel/module/main.c.
pub fn when_unloading(errno: u32) -> &'static str {
    match errno {
        0 => "the guest gave no reason",
        1 => "not permitted: kernel.modules_disabled",
        2 => "no module of this name is loaded",
        11 => "it is still in use: something holds a reference to it, or another module needs it",
        16 => "it has no exit function, or it is being loaded or unloaded at this moment",
        _ => "the kernel refused",
    }
}

/// The name of a signal, by its number on x86, arm64 and riscv: include/uapi/asm-generic/signal.h.
pub fn signal(number: u32) -> String {
    const NAMES: [&str; 31] = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
        "WINCH", "IO", "PWR", "SYS",
    ];
    let known = usize::try_from(number).ok().and_then(|number| number.checked_sub(1)).and_then(|at| NAMES.get(at));
    known.map_or_else(|| format!("signal {number}"), |name| format!("SIG{name}"))
}
