// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a request of a driver's reaches the EC: logged, and made to fail where
 * a test wants that.  A part of laptop.asl, inside the device \_SB.QCEM.
 */
/* ---- Faults ---- */

Name (FMOD, Zero)
Name (FCNT, Zero)
Name (FADR, 0xFFFF)
Name (FOPS, Zero)
Name (FSKN, Zero)
Name (FHIN, Zero)
Name (NULL, Zero)

// Mode; how many accesses fail, 0xFFFF is all; at which address, 0xFFFF is any;
// 1 reads, 2 writes, 4 calls of features, or a sum of them.
Method (FALT, 4) {
    FMOD = Arg0
    FCNT = Arg1
    FADR = Arg2
    FOPS = Arg3
    FSKN = Zero
    FHIN = Zero
}

// So many of these accesses go well before the first fails.
Method (FSKP, 1) {
    FSKN = Arg0
    Return (Zero)
}

// How many have failed since FALT.
Method (FHIT, 0) { Return (FHIN) }

// What happens to an access: kind as above, address.  Sleeps for mode 6.
Method (FNOW, 2) {
    If (!FMOD || !FCNT || !(FOPS & Arg0) || ((FADR != 0xFFFF) && (FADR != Arg1))) { Return (Zero) }
    If (FSKN) {
        FSKN--
        Return (Zero)
    }
    If (FCNT != 0xFFFF) { FCNT-- }
    FHIN++
    Local0 = FMOD
    If (Local0 == 6) {
        Release (ECMX)
        Sleep (300)
        Acquire (ECMX, 0xFFFF)
    }
    Return (Local0)
}

/* ---- The log: the last 256 accesses, numbered from 0 ---- */

Name (LOGE, Package (256) {})
Name (LOGQ, Package (256) {})
Name (LOGN, Zero)
Name (READ, Zero)
Name (WRIT, Zero)
Name (BAD, Zero)

// Kind as above, + 0x40 if it was made to fail, + 0x80 if it came through INOU0000;
// address; data; and the request as it was.
Method (LOGA, 4) {
    If (Arg0 & 1) { READ++ }
    If (Arg0 & 2) { WRIT++ }
    LOGE [LOGN & 0xFF] = (Arg0 << 24) | (Arg1 << 8) | Arg2
    LOGQ [LOGN & 0xFF] = Arg3
    LOGN++
}

Method (LOGZ, 0) {
    LOGN = Zero
    READ = Zero
    WRIT = Zero
    BAD = Zero
}

Method (LOGC, 0) { Return (LOGN) }

// For an access that is not in the log (any more), all bits are set.
Method (LOGR, 1) {
    If ((Arg0 >= LOGN) || (Arg0 + 256 < LOGN)) { Return (Ones) }
    Local0 = DerefOf (LOGE [Arg0 & 0xFF])
    If (ObjectType (Local0) == 3) {
        // WMI left what it answered, and LOGQ has what it was asked.
        Local1 = ToInteger (Mid (DerefOf (LOGQ [Arg0 & 0xFF]), 0, 4))
        Local0 = 0x01000000 | (Local1 << 8) | DerefOf (Local0 [0])
    }
    Return (Local0)
}

// The request's buffer; 0 for one through INOU0000, which has none.
Method (LOGB, 1) {
    If ((Arg0 >= LOGN) || (Arg0 + 256 < LOGN)) { Return (Ones) }
    Return (DerefOf (LOGQ [Arg0 & 0xFF]))
}

Method (CNTR, 0) { Return (READ) }

Method (CNTW, 0) { Return (WRIT) }

// Requests of another form than the one that is known to be right.
Method (CNTM, 0) { Return (BAD) }

/* ---- The two doors ---- */

// Set when WMBC must return nothing.
Name (MUTE, Zero)

// The work of WMBC: instance, method, argument
Method (WMI, 3) {
    MUTE = Zero
    // Nearly all requests are for a register, and of the right form.  What comes after this would answer them
    // as well, but with three times the operations, each of which is dear on kernels that check their memory.
    If (!(FMOD | Arg0) && (Arg1 == 4) && (ObjectType (Arg2) == 3)) {
        If ((SizeOf (Arg2) == 8) && (ToInteger (Mid (Arg2, 4, 4)) == 0x0100)) {
            Local1 = ToInteger (Mid (Arg2, 0, 4))
            If (Local1 < 0x1FFF) {
                Local7 = Concatenate (Mid (MEM, Local1, 2), Buffer (38) {})
                READ++
                LOGE [LOGN & 0xFF] = Local7
                LOGQ [LOGN & 0xFF] = Arg2
                LOGN++
                Return (Local7)
            }
        }
    }
    Local7 = Buffer (40) {}
    If (Arg0 || (ObjectType (Arg2) != 3)) {
        BAD++
        Return (Local7)
    }
    Local0 = SizeOf (Arg2)
    If ((Arg1 == 3) && (Local0 >= 4)) {
        EVNT (ToInteger (Mid (Arg2, 0, 4)))
        Return (Local7)
    }
    If (Arg1 != 4) {
        Return (Local7)     // left-overs, without a function
    }
    If (Local0 < 8) {
        BAD++
        Return (Local7)
    }
    // Numbers are quicker to take apart than a buffer: of its first four bytes, and of the next four.
    Local5 = ToInteger (Mid (Arg2, 0, 4))
    Local4 = ToInteger (Mid (Arg2, 4, 4))
    Local1 = Local5 & 0xFFFF
    Local2 = (Local5 >> 16) & 0xFF
    Local3 = (Local4 >> 8) & 0xFF
    Local4 = (Local4 & 0xFFFF00FF) | (Local0 != 8)
    If (Local3 == 1) {
        Local4 |= Local5 >> 16
    } ElseIf (Local3 == 0) {
        Local4 |= Local5 >> 24
        Local3 = 2
    } ElseIf (Local3 == 5) {
        Local3 = 4
    } Else {
        BAD++
        Return (Local7)
    }
    If (Local4) {
        BAD++       // the firmware does not mind
    }

    Local5 = Zero
    If (FMOD) { Local5 = FNOW (Local3, Local1) }
    If ((Local5 == 1) || (Local5 == 2)) {
        LOGA (Local3 | 0x40, Local1, Local2, Arg2)
        Local6 = One
        If (Local5 == 2) { Local6 /= NULL }
        // The EC did not answer.
        Local7 [0] = 0xFE
        Local7 [1] = 0xFE
        Local7 [2] = 0xFE
        Local7 [3] = 0xFE
        Return (Local7)
    }
    If ((Local3 == 1) && (Local1 < 0x1FFF)) {
        Local2 = DerefOf (MEM [Local1])
        Local7 [0] = Local2
        Local7 [1] = DerefOf (MEM [Local1 + 1])
    } ElseIf (Local3 == 1) {
        Local2 = PEEK (Local1)
        Local7 [0] = Local2
        Local7 [1] = PEEK (Local1 + 1)
    } Else {
        If (Local3 == 2) {
            ECWR (Local1, Local2)
        } ElseIf ((Local1 == 0x0D) || (Local1 == 0x0E)) { MINI = (Local1 == 0x0E) & One }
        Local7 [0] = Local1
        Local7 [1] = Local1 >> 8
        Local7 [2] = Local2
        Local7 [3] = DerefOf (Arg2 [3])
    }
    If (Local5) {
        LOGA (Local3 | 0x40, Local1, Local2, Arg2)
        MUTE = (Local5 == 5)
        Return (FRPL (Local5, Local7))
    }
    LOGA (Local3, Local1, Local2, Arg2)
    Return (Local7)
}

// Replies of a form that no driver should take: mode, and what it would be
Method (FRPL, 2) {
    If (Arg0 == 3) { Return (ToInteger (Mid (Arg1, 0, 4))) }
    If (Arg0 == 4) { Return (Mid (Arg1, 0, 1)) }
    If (Arg0 == 7) { Return ("QC71") }
    If (Arg0 == 8) { Return (Mid (Arg1, 0, 0)) }
    If (Arg0 == 9) { Return (Package () {0x51, 0x07}) }
    Return (Arg1)
}

// Local dimming of a mini-LED screen, which nobody can read back but the bench.
Name (MINI, Zero)
Method (DIMM, 0) { Return (MINI) }

// The work of INOU0000: kind, address, data.  Only faults 2 and 6 make sense here.
Method (DOOR, 3) {
    Acquire (ECMX, 0xFFFF)
    Local0 = Zero
    If ((FMOD == 2) || (FMOD == 6)) { Local0 = FNOW (Arg0, Arg1) }
    Local1 = Arg2
    Local2 = 0x80
    If (Local0) { Local2 = 0xC0 }
    If ((Local0 != 2) && (Arg1 < 0x1000)) {
        If (Arg0 == 1) {
            Local1 = PEEK (Arg1)
        } Else {
            ECWR (Arg1, Arg2)
        }
    }
    LOGA (Arg0 | Local2, Arg1, Local1, Zero)
    If (Local0 == 2) { Local0 /= NULL }     // the interpreter releases the mutex
    Release (ECMX)
    Return (Local1)
}
