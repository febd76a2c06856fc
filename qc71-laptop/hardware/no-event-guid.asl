// SPDX-License-Identifier: GPL-2.0-only
// The block of the hotkeys is missing.
#define QC71_NO_EVENT_GUID
DefinitionBlock ("", "SSDT", 2, "BENCH", "QC71", 1) {
#include "parts/laptop.asl"
}
