// SPDX-License-Identifier: GPL-2.0-only
// A thermometer as a board's firmware may have one, and a hand to warm it.
DefinitionBlock ("", "SSDT", 2, "BENCH", "THERMO", 1) {
    Device (\_SB.THRM) {
        Name (_HID, "WBTH0001")
        Name (TEMP, 2982)               // tenths of a kelvin: 25 degrees
        Name (READ, Zero)
        Name (DEAD, Zero)
        Name (NULL, Zero)

        // What the driver calls.
        Method (GTMP, 0, Serialized) {
            READ++
            If (DEAD) { Return (READ / NULL) }
            Return (TEMP)
        }

        // What only the bench calls: another temperature.
        Method (HEAT, 1) {
            TEMP = Arg0
            Return (Zero)
        }

        // From now on the sensor fails, or no more.
        Method (FAIL, 1) {
            DEAD = Arg0
            Return (Zero)
        }

        // How often the driver has asked.
        Method (CNTR, 0) { Return (READ) }
    }
}
