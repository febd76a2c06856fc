/* SPDX-License-Identifier: GPL-2.0-only */
/* What bindgen reads: all that the tests see of the driver. */
#include "laptop.h"
#include "qc71_codec.h"
