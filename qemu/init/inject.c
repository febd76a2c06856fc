/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Loading while allocations fail, one after the other: Documentation/fault-injection/fault-injection.rst.
 */
#include "init.h"

#define NTH "/proc/self/fail-nth"

/* By default only allocations that may not wait fail, and any task's. */
static const char *const settings[][2] = {
	{ "/sys/kernel/debug/failslab/ignore-gfp-wait", "N" },
	{ "/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N" },
	{ "/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem", "N" },
	{ "/sys/kernel/debug/fail_page_alloc/min-order", "0" },
	/*
	 * Where the kernel can look at stacks, only what a module asks for: Documentation/arch/x86/x86_64/mm.rst has the
	 * addresses of modules.
	 */
	{ "/sys/kernel/debug/failslab/require-start", "0xffffffffa0000000" },
	{ "/sys/kernel/debug/failslab/require-end", "0xffffffffff000000" },
	{ "/sys/kernel/debug/failslab/stacktrace-depth", "32" },
	{ "/sys/kernel/debug/fail_page_alloc/require-start", "0xffffffffa0000000" },
	{ "/sys/kernel/debug/fail_page_alloc/require-end", "0xffffffffff000000" },
	{ "/sys/kernel/debug/fail_page_alloc/stacktrace-depth", "32" },
};

int inject(const struct plan *plan, long most, long until, const char **why_not)
{
	struct module modules[MODULES_MAX];
	char digits[24], rest[24];
	long count = driver_modules(plan, modules), module, nth, error = 0, injected, done = 0;
	size_t i;

	if (call3(SYS_access, ptr(NTH), 0, 0) < 0) {
		*why_not = "this kernel cannot let allocations fail (CONFIG_FAULT_INJECTION, CONFIG_FAILSLAB)";
		return 0;
	}
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		write_file(settings[i][0], settings[i][1]);
	for (module = 0; module < count; module++) {
		injected = 1;
		for (nth = 1; nth <= most && now_ms() < until; nth++) {
			report("# at allocation %d of load %s\n", nth, modules[module].name);
			report_flush();
			write_file(NTH, decimal(nth, digits));
			error = load(modules[module].file, modules[module].params);
			injected = read_file(NTH, rest, sizeof(rest)) > 0 && rest[0] == '0';
			write_file(NTH, "0");
			done += injected;
			if (!injected)
				break;
			/* A driver may do without what it did not get. */
			if (error >= 0 && unload(modules[module].name) < 0) {
				report("# refused unload %s\n# errno %d\n", modules[module].name, (long)EBUSY);
				report_holders(modules[module].name);
				return 0;
			}
			/* What another module of the driver has made is no leftover. */
			if (module == 0 && report_new() > 0)
				return 0;
		}
		if (injected) {
			report("# cut\n");
			error = load(modules[module].file, modules[module].params);
		}
		if (error < 0) {
			report("# refused load %s\n# errno %d\n", modules[module].name, -error);
			unload_all(plan);
			return 0;
		}
	}
	report("# done %d\n", done);
	return unload_all(plan) == 0;
}
