// SPDX-License-Identifier: GPL-2.0-only
// There is no battery.
#define QC71_NO_BATTERY
DefinitionBlock ("", "SSDT", 2, "BENCH", "QC71", 1) {
#include "parts/laptop.asl"
}
