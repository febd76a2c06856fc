// SPDX-License-Identifier: GPL-2.0-only
// There is a second battery, of which the EC knows nothing.
#define QC71_SECOND_BATTERY
DefinitionBlock ("", "SSDT", 2, "BENCH", "QC71", 1) {
#include "parts/laptop.asl"
}
