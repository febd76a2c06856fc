// SPDX-License-Identifier: GPL-2.0-only
// The laptop with everything that one of this family can have.
DefinitionBlock ("", "SSDT", 2, "BENCH", "QC71", 1) {
#include "parts/laptop.asl"
}
