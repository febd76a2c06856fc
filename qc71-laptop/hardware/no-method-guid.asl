// SPDX-License-Identifier: GPL-2.0-only
// The block to reach the EC through is missing.
#define QC71_NO_METHOD_GUID
DefinitionBlock ("", "SSDT", 2, "BENCH", "QC71", 1) {
#include "parts/laptop.asl"
}
