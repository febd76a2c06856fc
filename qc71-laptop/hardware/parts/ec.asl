// SPDX-License-Identifier: GPL-2.0-only
/*
 * The embedded controller: 8 KiB of registers, and what it does by itself.
 * A part of laptop.asl, inside the device \_SB.QCEM.
 */
Name (MEM, Buffer (0x2000) {})

// Whoever calls a method may find at its return that another thread's method ran in between,
// so those that a driver or the bench calls first take this.
Mutex (ECMX, 0)

/* ---- Contents after power-on: address, value ---- */

Name (PWRO, Package () {
    // Battery: 6200 mAh by design, 6000 mAh full, 15200 mV.  Low byte first (guess).
    0x0402, 0x38, 0x0403, 0x18, 0x0404, 0x70, 0x0405, 0x17, 0x0408, 0x60, 0x0409, 0x3B,
    0x0438, 0x80, 0x0439, 0x3E, 0x04A2, 0x2C, 0x04A3, 0x01, 0x04A6, 0x2A,
    0x0490, 0x01,                               // mains
    0x043E, 45, 0x044F, 42,                     // temperatures of CPU and GPU
    0x0456, 0x80, 0x047B, 0xA0,                 // discrete GPU; radios on
    0x073C, 25, 0x0740, QC71_PROJECT,
    0x0742, 0x30, 0x0765, 0xE0, 0x0766, 0x05,   // all features that a bit stands for
    0x078E, 0x48, 0x0D4F, 0xFF,                 // charging profiles, fan control; no mini-LED
    0x0751, 0x20,                               // balanced
    0x0769, 50, 0x076A, 50, 0x076B, 50,         // keyboard: white, level 2 of 2 or of 4
    0x1801, 50, 0x1803, 50, 0x1805, 50, 0x1808, 50, 0x078C, 0x40,
    0x0749, 36, 0x074A, 36, 0x074B, 36,         // lightbar: on mains, on battery
    0x07E3, 36, 0x07E4, 36, 0x07E5, 36,
    0x0786, 30, 0x0787, 45, 0x0788, 60, 0x0789, 80, 0x078A, 100,
    0x0783, 45, 0x0784, 65, 0x0785, 100,        // PL1, PL2, PL4 in watt (guess)
    0x07A4, 0x08,                               // Fn+Esc may change the Fn lock
})
Name (ROMI, "QC71-BENCH-001")                   // at 0x0770

// A write to these is lost, and so is any to the page 0x04xx.
Name (ROML, Package () {
    0x073C, 0x0740, 0x0742, 0x075B, 0x075C, 0x0765, 0x0768,
    0x0770, 0x0771, 0x0772, 0x0773, 0x0774, 0x0775, 0x0776, 0x0777,
    0x0778, 0x0779, 0x077A, 0x077B, 0x077C, 0x077D, 0x077E, 0x077F,
    0x0786, 0x0787, 0x0788, 0x0789, 0x078A, 0x078E, 0x07AB, 0x0D4F, 0x1801,
})

// The keyboard's light as it shines: level << 24 | red << 16 | green << 8 | blue
Name (LEVL, 2)
Name (COLR, 0x323232)
Name (LOST, One)

// The registers after power-on, once they have been made.
Name (NEW, Buffer (0x2000) {})
Name (MADE, Zero)

Method (MAKE, 0, Serialized) {
    MEM = Buffer (0x2000) {}
    For (Local0 = 0, Local0 < SizeOf (PWRO), Local0 += 2) {
        PUTB (DerefOf (PWRO [Local0]), DerefOf (PWRO [Local0 + 1]))
    }
    ToBuffer (ROMI, Local1)
    For (Local0 = 0, Local0 < 14, Local0++) {
        PUTB (0x0770 + Local0, DerefOf (Local1 [Local0]))
    }
    // The fans' tables, both alike: end, start, duty of each step.
    For (Local0 = 0, Local0 < 16, Local0++) {
        For (Local1 = 0x0F00, Local1 <= 0x0F30, Local1 += 0x30) {
            PUTB (Local1 + Local0, 40 + 5 * Local0)
            PUTB (Local1 + Local0 + 0x10, 37 + 5 * Local0)
            PUTB (Local1 + Local0 + 0x20, 50 + 10 * Local0)
        }
    }
    PUTW (0x0436, 4500)
    NEW = MEM
    MADE = One
}

Method (BOOT, 0, Serialized) {
    If (MADE) {
        MEM = NEW
    } Else {
        MAKE ()
    }
    LEVL = 2
    COLR = 0x323232
    FANS ()
    POWR ()
}

Method (RSET, 0) {
    Acquire (ECMX, 0xFFFF)
    BOOT ()
    LOST = One
    FALT (0, 0, 0xFFFF, 0)
    EVTZ ()
    LOGZ ()
    Release (ECMX)
    Return (Zero)
}

/* ---- Memory, as it is ---- */

Method (PEEK, 1) {
    If (Arg0 >= 0x2000) {
        Return (0xFF)       // guess
    }
    Return (DerefOf (MEM [Arg0]))
}

Method (PUTB, 2) {
    If (Arg0 < 0x2000) { MEM [Arg0] = Arg1 & 0xFF }
}

// The bits of a mask become those of a value.
Method (PUTM, 3) { PUTB (Arg0, (PEEK (Arg0) & ~Arg1) | (Arg2 & Arg1)) }

Method (PEKW, 1) { Return (PEEK (Arg0) | (PEEK (Arg0 + 1) << 8)) }

Method (PUTW, 2) {
    PUTB (Arg0, Arg1)
    PUTB (Arg0 + 1, Arg1 >> 8)
}

// Whatever it is told, but the fans follow temperature and mode.
Method (POKE, 2) {
    Acquire (ECMX, 0xFFFF)
    PUTB (Arg0, Arg1)
    If ((Arg0 == 0x043E) || (Arg0 == 0x044F) || (Arg0 == 0x0751)) { FANS () }
    Release (ECMX)
    Return (Zero)
}

/* ---- What the EC does when a register is written ---- */

Method (ECWR, 2) {
    If (((Arg0 & 0xFF00) == 0x0400) || (Match (ROML, MEQ, Arg0, MTR, 0, 0) != Ones)) {
        Return (Zero)
    }
    If (Arg0 == 0x0767) {
        TRIG (Arg1)
    } ElseIf (Arg0 == 0x078C) {
        // The bit that applies what is written clears itself.
        PUTB (Arg0, Arg1 & 0xEF)
        If (Arg1 & 0x10) {
            LEVL = Arg1 >> 5
            If (Arg1 & 0x02) { LEVL = Zero }
        }
    } ElseIf (Arg0 == 0x07B9) {
        PUTM (Arg0, 0x7F, Arg1)     // the highest bit is the EC's
        POWR ()
    } ElseIf ((Arg0 == 0x1804) || (Arg0 == 0x1809)) {
        // The duty of a fan, heard only while the fans are at full boost.
        If (PEEK (0x0751) & 0x40) {
            If (Arg1 > 200) {
                Arg1 = 200          // guess
            }
            PUTB (Arg0, Arg1)
            FANS ()
        }
    } Else {
        PUTB (Arg0, Arg1)
        If (Arg0 == 0x0751) {
            FANS ()
        } ElseIf ((Arg0 == 0x1803) || (Arg0 == 0x1805) || (Arg0 == 0x1808)) {
            COLR = (PEEK (0x1803) << 16) | (PEEK (0x1805) << 8) | PEEK (0x1808)
        }
    }
    Return (Zero)
}

// Each bit of 0x0767 is an order.  The events that follow are a guess.
Method (TRIG, 1) {
    PUTB (0x0767, Arg0 & 0xD0)      // which ones stay is a guess, but for bits 0 to 4
    If (Arg0 & 0x01) {
        PUTB (0x0768, PEEK (0x0768) ^ 0x01)
        EVNT (0xA5)
    }
    If (Arg0 & 0x02) {
        PUTB (0x0768, PEEK (0x0768) ^ 0x02)
        EVNT (0xA6)
    }
    If (Arg0 & 0x04) {
        PUTB (0x0751, PEEK (0x0751) ^ 0x40)
        FANS ()
        EVNT (0xA7)
    }
    If (Arg0 & 0x08) {
        PUTB (0x0751, PEEK (0x0751) ^ 0x80)
        If (PEEK (0x0751) & 0x80) {
            EVNT (0x06)
        } Else {
            EVNT (0x07)
        }
    }
    If (Arg0 & 0x20) {
        // Black means the default, which is white here (guess).
        COLR = (PEEK (0x0769) << 16) | (PEEK (0x076A) << 8) | PEEK (0x076B)
        If (!COLR) { COLR = 0x323232 }
    }
}

// Without PEEK and PUTB, since this is what the EC does most often, and each call of a method costs more than what it does.
Method (FANS, 0) {
    Local0 = DerefOf (MEM [0x0751]) & 0x40
    Local1 = DerefOf (MEM [0x0768])
    If (Local0 && !(Local1 & 0x04)) {
        // Boost begins at full speed.
        MEM [0x1804] = 200
        MEM [0x1809] = 200
    }
    MEM [0x0768] = (Local1 & 0xFB) | (Local0 >> 4)
    FAN (Local0, 0x043E, 0x1804, 0x075B, 0x0464)
    FAN (Local0, 0x044F, 0x1809, 0x075C, 0x046C)
}

// boost, and where temperature, duty, present duty, and rpm stand
Method (FAN, 5) {
    If (Arg0) {
        Local0 = DerefOf (MEM [Arg2])
        If (!Local0) {
            Local0 = 60     // instead of none it runs at 30 %; real ones only for a while
        }
    } Else {
        Local0 = 2 * DerefOf (MEM [Arg1])   // guess
        If (Local0 > 200) { Local0 = 200 }
        MEM [Arg2] = Local0                 // guess
    }
    MEM [Arg3] = Local0
    Local0 *= 27                    // guess
    MEM [Arg4] = Local0 >> 8        // high byte first
    MEM [Arg4 + 1] = Local0 & 0xFF
}

/* ---- Mains and battery ---- */

Method (BLVL, 0) {
    If (!PEKW (0x0404)) { Return (Zero) }
    Return (PEKW (0x0436) * 100 / PEKW (0x0404))
}

// Brings the EC's bits in line with mains, charge, and limit.
Method (POWR, 0) {
    Local0 = PEEK (0x07B9) & 0x7F
    Local1 = Zero
    If (Local0 && (Local0 < 100) && (BLVL () >= Local0)) { Local1 = 0x80 }
    PUTM (0x07B9, 0x80, Local1)
    Local2 = Zero                   // mA
    If (!(PEEK (0x0490) & One)) {
        Local2 = 1500
        PUTM (0x0432, One, One)
    } Else {
        PUTM (0x0432, One, Zero)
        If (!Local1 && (BLVL () < 100)) { Local2 = 2500 }
    }
    PUTW (0x0434, Local2)
#ifndef QC71_NO_BATTERY
    Notify (\_SB.BAT0, 0x80)
#endif
}

// Pulls the plug, or plugs it in.
Method (ACPS, 1) {
    Acquire (ECMX, 0xFFFF)
    If ((PEEK (0x0490) & One) != (Arg0 & One)) {
        PUTM (0x0490, One, Arg0)
        // What the EC forgets then: charging profile, priority of USB-C,
        // the keyboard's light, and that a profile of one's own is on.
        PUTM (0x07A6, 0x30, Zero)
        PUTM (0x07CC, 0x80, Zero)
        PUTM (0x0727, 0x40, Zero)
        PUTB (0x078C, Zero)
        LEVL = Zero
        POWR ()
        Notify (\_SB.ADP1, 0x80)
        EVNT (0xAB)
    }
    Release (ECMX)
    Return (Zero)
}

Method (BPCT, 1) {
    If (Arg0 > 100) { Arg0 = 100 }
    Acquire (ECMX, 0xFFFF)
    PUTW (0x0436, PEKW (0x0404) * Arg0 / 100)
    POWR ()
    Release (ECMX)
    Return (Zero)
}

/* ---- Sleep: what the EC has lost after S3 is a guess ---- */

// 0 nothing, 1 manual mode, fan mode and keyboard light, 2 everything
Method (LOSS, 1) {
    LOST = Arg0
    Return (Zero)
}

Method (WAKE, 0) {
    Acquire (ECMX, 0xFFFF)
    If (LOST == 2) {
        Local0 = PEEK (0x0490)
        Local1 = PEKW (0x0436)
        BOOT ()
        PUTB (0x0490, Local0)
        PUTW (0x0436, Local1)
        POWR ()
    } ElseIf (LOST) {
        PUTM (0x0741, One, Zero)
        PUTB (0x078C, Zero)
        LEVL = Zero
        PUTB (0x0751, 0x20)
        FANS ()
    }
    Release (ECMX)
}

Method (KBLT, 0) { Return ((LEVL << 24) | COLR) }

/* ---- Events: a queue of what _WED will return ---- */

Name (EVQK, Buffer (16) {})         // kinds, as EVTS knows them
Name (EVQV, Package (16) {})        // codes
Name (EVHD, Zero)
Name (EVCN, Zero)
Name (EVCD, Zero)                   // the code that was taken last

// Returns how many wait then, 0 if the queue was full and the event is lost.
Method (EVPU, 2) {
    If (EVCN == 16) { Return (Zero) }
    Local0 = (EVHD + EVCN) & 15
    EVQK [Local0] = Arg0
    EVQV [Local0] = Arg1
    EVCN++
    Notify (\_SB.AMW0, 0xD2)
    Return (EVCN)
}

// Returns the kind; the code is in EVCD.
Method (EVPO, 0) {
    EVCD = Zero
    If (!EVCN) { Return (Zero) }
    Local0 = EVHD
    EVHD = (EVHD + 1) & 15
    EVCN--
    EVCD = DerefOf (EVQV [Local0])
    Return (DerefOf (EVQK [Local0]))
}

Method (EVNT, 1) { Return (EVPU (Zero, Arg0)) }

// The same event so often at once, before anybody can look.  Returns how many were not lost.
Method (EVNB, 2) {
    Acquire (ECMX, 0xFFFF)
    Local0 = Zero
    While (Arg1) {
        If (EVPU (Zero, Arg0)) { Local0++ }
        Arg1--
    }
    Release (ECMX)
    Return (Local0)
}

// Strange ones: 1 a buffer, 2 a string, 3 _WED fails
Method (EVTS, 1) { Return (EVPU (Arg0, 0xA4)) }

Method (EVN0, 0) {
    Notify (\_SB.AMW0, 0xD0)
    Return (Zero)
}

Method (EVN1, 0) {
    Notify (\_SB.AMW0, 0xD1)
    Return (Zero)
}

// Empties the queue, and returns how many waited in it.
Method (EVTZ, 0) {
    Local0 = EVCN
    EVCN = Zero
    Return (Local0)
}
