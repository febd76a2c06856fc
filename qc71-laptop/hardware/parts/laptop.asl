// SPDX-License-Identifier: GPL-2.0-only
/*
 * A virtual laptop of the QC71 family, as one more ACPI table for a machine
 * of QEMU's: the WMI device and the second door through which drivers reach
 * the embedded controller (EC), the EC itself, a battery, and mains.
 *
 * What is written here is what is known of the hardware.  "Guess" marks what
 * nobody has seen on a real machine; the README lists the bench's methods.
 *
 * A rule for changes: QEMU's own DSDT has revision 1, so all integers are 32
 * bits wide.
 *
 * A file that includes this one can define:
 *
 *   QC71_NO_METHOD_GUID   the block to reach the EC through is missing
 *   QC71_NO_EVENT_GUID    the block of the hotkeys is missing
 *   QC71_SECOND_WMI       another WMI device has the same two blocks again
 *   QC71_NO_BATTERY       there is no battery
 *   QC71_PROJECT          the project's number, at 0x0740
 *
 * It has to have the DefinitionBlock: iasl writes an empty table if that is
 * in a file that is included.
 */
#ifndef QC71_PROJECT
#define QC71_PROJECT 0x0F
#endif

// A method need not look at its arguments, and WMBC returns nothing when a test wants that.
#pragma disable (2146)
#pragma disable (3115)
#pragma disable (3122)

Device (\_SB.QCEM) {
    // Drivers must not find the EC as a device of its own.
    Name (_HID, "QCEM0000")
    Name (_STA, Zero)
#include "parts/ec.asl"
#include "parts/requests.asl"
}

Device (\_SB.AMW0) {
    Name (_HID, EisaId ("PNP0C14"))
    Name (_UID, Zero)

    Method (_INI, 0) { \_SB.QCEM.RSET () }

    // The GUIDs are those of an example of Microsoft's, so many vendors have them.
    Name (_WDG, Buffer () {
        0x6D, 0x0F, 0xBC, 0xAB, 0xA1, 0x8E, 0xD1, 0x11, 0x00, 0xA0, 0xC9, 0x06, 0x29, 0x10, 0x00, 0x00,
        0x42, 0x41, 0x01, 0x02,     // "BA", one instance, methods
        0x6E, 0x0F, 0xBC, 0xAB, 0xA1, 0x8E, 0xD1, 0x11, 0x00, 0xA0, 0xC9, 0x06, 0x29, 0x10, 0x00, 0x00,
        0x42, 0x42, 0x01, 0x02,     // "BB"
#ifndef QC71_NO_METHOD_GUID
        0x6F, 0x0F, 0xBC, 0xAB, 0xA1, 0x8E, 0xD1, 0x11, 0x00, 0xA0, 0xC9, 0x06, 0x29, 0x10, 0x00, 0x00,
        0x42, 0x43, 0x01, 0x02,     // "BC"
#endif
        0x70, 0x0F, 0xBC, 0xAB, 0xA1, 0x8E, 0xD1, 0x11, 0x00, 0xA0, 0xC9, 0x06, 0x29, 0x10, 0x00, 0x00,
        0xD0, 0x00, 0x01, 0x08,     // events
        0x71, 0x0F, 0xBC, 0xAB, 0xA1, 0x8E, 0xD1, 0x11, 0x00, 0xA0, 0xC9, 0x06, 0x29, 0x10, 0x00, 0x00,
        0xD1, 0x00, 0x01, 0x08,
#ifndef QC71_NO_EVENT_GUID
        0x72, 0x0F, 0xBC, 0xAB, 0xA1, 0x8E, 0xD1, 0x11, 0x00, 0xA0, 0xC9, 0x06, 0x29, 0x10, 0x00, 0x00,
        0xD2, 0x00, 0x01, 0x08,
#endif
    })

    // Nobody calls these two.
    Method (WMBA, 3) { Return (Buffer (40) {}) }
    Method (WMBB, 3) { Return (Buffer (40) {}) }

    Method (WMBC, 3, Serialized) {
        Acquire (\_SB.QCEM.ECMX, 0xFFFF)
        Local0 = \_SB.QCEM.WMI (Arg0, Arg1, Arg2)
        Local1 = \_SB.QCEM.MUTE
        Release (\_SB.QCEM.ECMX)
        // Where nothing is returned, Linux takes the last result instead, unless booted with acpi=strict.
        If (!Local1) { Return (Local0) }
    }

    Method (_WED, 1, Serialized) {
        If (Arg0 != 0xD2) {
            Return ("QC71")     // guess; nobody looks at it
        }
        Acquire (\_SB.QCEM.ECMX, 0xFFFF)
        Local0 = \_SB.QCEM.EVPO ()
        Local1 = \_SB.QCEM.EVCD
        Release (\_SB.QCEM.ECMX)
        If (Local0 == 1) { Return (Buffer (4) {0xA4}) }
        If (Local0 == 2) { Return ("164") }
        If (Local0 == 3) { Local0 /= \_SB.QCEM.NULL }
        Return (Local1)
    }
}

#ifdef QC71_SECOND_WMI
Device (\_SB.AMW1) {
    Name (_HID, EisaId ("PNP0C14"))
    Name (_UID, One)
    Name (_WDG, Buffer () {
        0x6F, 0x0F, 0xBC, 0xAB, 0xA1, 0x8E, 0xD1, 0x11, 0x00, 0xA0, 0xC9, 0x06, 0x29, 0x10, 0x00, 0x00,
        0x42, 0x43, 0x01, 0x02,
        0x72, 0x0F, 0xBC, 0xAB, 0xA1, 0x8E, 0xD1, 0x11, 0x00, 0xA0, 0xC9, 0x06, 0x29, 0x10, 0x00, 0x00,
        0xD2, 0x00, 0x01, 0x08,
    })

    Method (WMBC, 3, Serialized) { Return (\_SB.AMW0.WMBC (Arg0, Arg1, Arg2)) }

    Method (_WED, 1, Serialized) { Return (Zero) }
}
#endif

// The door that some BIOSes have besides.  It ends below the page 0x18xx.
Device (\_SB.INOU) {
    Name (_HID, "INOU0000")
    Name (_UID, Zero)

    Method (ECRR, 1, Serialized) { Return (\_SB.QCEM.DOOR (1, Arg0, Zero)) }

    Method (ECRW, 2, Serialized) { \_SB.QCEM.DOOR (2, Arg0, Arg1) }
}

Device (\_SB.ADP1) {
    Name (_HID, "ACPI0003")
    Name (_PCL, Package () {\_SB})

    Method (_PSR, 0) { Return (\_SB.QCEM.PEEK (0x0490) & One) }
}

#ifndef QC71_NO_BATTERY
Device (\_SB.BAT0) {
    Name (_HID, EisaId ("PNP0C0A"))
    Name (_UID, Zero)
    Name (_PCL, Package () {\_SB})
    Name (HERE, One)

    Method (PLUG, 1) {
        If (HERE != (Arg0 & One)) {
            HERE = Arg0 & One
            Notify (BAT0, 0x81)
        }
        Return (Zero)
    }

    Method (_STA, 0) {
        If (HERE) { Return (0x1F) }
        Return (0x0F)
    }

    // In mA and mAh.
    Name (BIF, Package () {
        1, 0, 0, 1, 0, 600, 200, 60, 60, "QC71-BENCH", "0001", "LION", "BENCH"
    })

    Method (_BIF, 0, Serialized) {
        BIF [1] = \_SB.QCEM.PEKW (0x0402)
        BIF [2] = \_SB.QCEM.PEKW (0x0404)
        BIF [4] = \_SB.QCEM.PEKW (0x0408)
        Return (BIF)
    }

    Name (BIX, Package () {
        0, 1, 0, 0, 1, 0, 600, 200, 0, 95000, 1000, 500, 1000, 500, 60, 60,
        "QC71-BENCH", "0001", "LION", "BENCH"
    })

    Method (_BIX, 0, Serialized) {
        BIX [2] = \_SB.QCEM.PEKW (0x0402)
        BIX [3] = \_SB.QCEM.PEKW (0x0404)
        BIX [5] = \_SB.QCEM.PEKW (0x0408)
        BIX [8] = \_SB.QCEM.PEKW (0x04A6)
        Return (BIX)
    }

    Name (BST, Package () {0, 0, 0, 0})

    Method (_BST, 0, Serialized) {
        Acquire (\_SB.QCEM.ECMX, 0xFFFF)
        Local0 = \_SB.QCEM.PEEK (0x0432) & One
        Local1 = \_SB.QCEM.PEKW (0x0434)
        If (!Local0 && Local1) {
            Local0 = 2                  // charging
        }
        BST [0] = Local0
        BST [1] = Local1
        BST [2] = \_SB.QCEM.PEKW (0x0436)
        BST [3] = \_SB.QCEM.PEKW (0x0438)
        Release (\_SB.QCEM.ECMX)
        Return (BST)
    }
}
#endif

#ifdef QC71_SECOND_BATTERY
Device (\_SB.BAT1) {
    Name (_HID, EisaId ("PNP0C0A"))
    Name (_UID, One)
    Name (_PCL, Package () {\_SB})
    Name (_STA, 0x1F)
    Name (_BIF, Package () {
        1, 3000, 2900, 1, 15200, 300, 100, 60, 60, "QC71-BENCH", "0002", "LION", "BENCH"
    })
    Name (_BST, Package () {0, 0, 1500, 15000})
}
#endif

// QEMU's DSDT has none of its own.
Method (\_WAK, 1) {
    If (Arg0 == 3) { \_SB.QCEM.WAKE () }
    Return (Package () {Zero, Zero})
}
