// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the loader says, and what we say to it.

use expect_test::{Expect, expect};

use super::super::loading::{Export, Exports, symbols, why};

#[track_caller]
fn check(lines: &[&str], expected: &Expect) {
    let text = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    let mut exports = Exports::default();
    let export = |by: Option<&str>| Export {
        by: by.map(str::to_owned),
        kernels: text(&["6.1"]),
        others: text(&["6.12"]),
        ..Export::default()
    };
    exports.0.insert("of_module".to_owned(), export(Some("rfkill")));
    exports.0.insert("of_kernel".to_owned(), Export { gpl: true, ..export(Some("vmlinux")) });
    exports.0.insert("elsewhere".to_owned(), export(None));
    exports.0.insert("nowhere".to_owned(), Export { others: text(&["6.1", "6.12"]), ..Export::default() });
    let versions = Export { crc: Some(1), wants: Some(2), wanted: text(&["6.12"]), ..export(Some("vmlinux")) };
    exports.0.insert("changed".to_owned(), versions);
    let said: String = why(&text(lines), "foo", &exports).into_iter().map(|line| line + "\n").collect();
    expected.assert_eq(&said);
}

#[test]
fn what_the_loader_means() {
    check(
        &["foo: version magic '6.1.0-1 SMP preempt_rt mod_unload ' should be '6.1.0-2 SMP mod_unload modversions '"],
        &expect![[r#"
            it was built for 6.1.0-1, and this kernel is 6.1.0-2
            it was built for a kernel with `preempt_rt`, which this one has not
            it was built for a kernel without `modversions`, which this one has
            help: build it with the headers of just this kernel, and remove objects that were built for another
        "#]],
    );
    check(
        &["foo: disagrees about version of symbol changed", "foo: Unknown symbol changed (err -22)"],
        &expect![[r#"
        `changed` has other types in the kernel that it was built for
        its version here is 0x00000001; the module wants 0x00000002, that of 6.12
        help: build it with the headers of just this kernel, and remove objects that were built for another
    "#]],
    );
    check(
        &["foo: disagrees about version of symbol module_layout", "foo: no symbol version for x"],
        &expect![[r#"
        `struct module` itself is another one in the kernel that it was built for
        help: build it with the headers of just this kernel, and remove objects that were built for another
        the module does not say which version of `x` it was built for, and this kernel compares them
    "#]],
    );
    check(
        &["foo: Unknown symbol of_module (err -2)"],
        &expect![[r#"
        `of_module` is exported by the kernel's module `rfkill`, which is not loaded, since the driver's module does not say that it needs it
        help: let modpost see the export, which then writes `depends: rfkill`; or add `MODULE_SOFTDEP("pre: rfkill");`
    "#]],
    );
    check(
        &["foo: Unknown symbol of_kernel (err -2)"],
        &expect![[r#"
        the kernel exports `of_kernel` with EXPORT_SYMBOL_GPL, and the module's licence is not compatible with it
        help: use another symbol; or, if the sources are under such a licence, say so with MODULE_LICENSE()
    "#]],
    );
    check(
        &["foo: Unknown symbol elsewhere (err -2)"],
        &expect![[r#"
        `elsewhere` is exported by 6.1, and not by 6.12
    "#]],
    );
    check(
        &["foo: Unknown symbol nowhere (err -2)"],
        &expect![[r#"
        no kernel at hand exports `nowhere` (6.1, 6.12)
    "#]],
    );
    check(
        &["foo: Unknown symbol not_looked_up (err -2)"],
        &expect![[r#"
        nothing that is loaded exports `not_looked_up`
    "#]],
    );
    check(
        &[
            "foo: module uses symbol (dma_buf_get) from namespace DMA_BUF, but does not import it.",
            "foo: Unknown symbol dma_buf_get (err -22)",
        ],
        &expect![[r#"
            `dma_buf_get` is exported in the namespace DMA_BUF, and a module says which of these it uses
            help: add `MODULE_IMPORT_NS(DMA_BUF);`, and since upstream's 6.13 `MODULE_IMPORT_NS("DMA_BUF");`
        "#]],
    );
    check(
        &["foo: exports duplicate symbol bar (owned by kernel)"],
        &expect![[r#"
        the kernel itself exports `bar` already
        help: give the symbol another name, or leave the other module out
    "#]],
    );
    check(
        &["foo: exports duplicate symbol bar (owned by baz)"],
        &expect![[r#"
        the module `baz`, which is loaded, exports `bar` already
        help: give the symbol another name, or leave the other module out
    "#]],
    );
    check(
        &["failed to validate module [foo] BTF: -22"],
        &expect![[r#"
        the module's types (BTF) were made for another build of the kernel, and this one does not load them
        help: build it against the vmlinux of just this kernel; or without them: `make-args = ["CONFIG_DEBUG_INFO_BTF_MODULES="]`
    "#]],
    );
    check(
        &["(NULL device *): Direct firmware load for a/b.bin failed with error -2"],
        &expect![[r#"
        the machine has no /lib/firmware/a/b.bin: nothing but modules and test programs is in it
        help: let the driver load without, and ask for the file when it is opened: a step of the test can write it before that
    "#]],
    );
    check(
        &["Error: Driver 'foo' is already registered, aborting..."],
        &expect![[r#"
        a driver of this name is registered on the same bus, by the kernel itself or by another module
        help: give the driver another name: `.driver.name` or `.name`
    "#]],
    );
    check(
        &["Lockdown: init: unsigned module loading is restricted; see man kernel_lockdown.7"],
        &expect![[r#"
        the kernel is locked down, as with secure boot, and then takes signed modules alone
        help: test without lockdown, or sign the module with a key that the kernel has built in
    "#]],
    );
    check(
        &["overflow in relocation type 10 val 123", "`foo' likely not compiled with -mcmodel=kernel"],
        &expect![[r#"
            its code lies further from what it refers to than its instructions can reach: it was not built with the kernel's own flags
            help: build it with Kbuild alone; what is made without it, such as a prebuilt object, needs -mcmodel=kernel
        "#]],
    );
    // What a driver says of itself is no word of the loader's.
    check(
        &["foo: my device has no firmware", "bar: Unknown symbol of_module (err -2)", "foo: Unknown symbol", "'"],
        &expect![""],
    );
}

#[test]
fn which_symbols_are_looked_up() {
    let log = "[    1.0] foo: Unknown symbol a (err -2)\nfoo: Unknown symbol a (err -2)\nfoo: disagrees about version of symbol b\r\nUnknown symbol \nUnknown symbol é";
    assert_eq!(symbols(log), ["a", "b"]);
    let many: String = (0..1000).map(|number| format!("x: Unknown symbol s{number} (err -2)\n")).collect();
    assert_eq!(symbols(&many).len(), 40);
}
