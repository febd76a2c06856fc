// SPDX-License-Identifier: GPL-2.0-only
// Another WMI device has the same two blocks again.
#define QC71_SECOND_WMI
DefinitionBlock ("", "SSDT", 2, "BENCH", "QC71", 1) {
#include "parts/laptop.asl"
}
