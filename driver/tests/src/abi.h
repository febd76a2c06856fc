/* SPDX-License-Identifier: GPL-2.0-only */
/* What bindgen reads: all that the tests see of the driver. */
#include "foobar.h"
#include "foobar_core.h"

/* bindgen does not evaluate macros that contain sizeof; enumerators it does. */
enum {
	FOOBAR_TESTS_GET_STATS = FOOBAR_IOC_GET_STATS,
	FOOBAR_TESTS_SET_MODE = FOOBAR_IOC_SET_MODE,
};
