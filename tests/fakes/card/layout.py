"""The control file as ctypes sees it: control.h field by field."""

from __future__ import annotations

import ctypes as c

MAGIC = 0x5354415257415454
MOST_BOARDS, MOST_POINTS, MOST_PROCESSES, MOST_REASONS = 8, 16384, 8, 8
GROUPS = ("energy", "power", "temperature", "clocks", "reasons", "processes", "facts", "all")
"""Groups of functions that can be made to fail."""
HIDEABLE = (
    "driver",
    "capability",
    "architecture",
    "memory",
    "limit",
    "default-limit",
    "vbios",
    "mig",
    "ecc",
    "persistence",
    "application-clocks",
    "clocks",
    "temperature",
    "reasons",
    "processes",
    "power",
    "energy",
)
"""What a driver can be made not to support, as containers and old drivers do."""


class Point(c.Structure):
    _fields_ = (("at", c.c_int64), ("watts", c.c_double), ("slope", c.c_double))


class ProcessSlot(c.Structure):
    _fields_ = (
        ("start", c.c_int64),
        ("until", c.c_int64),
        ("memory", c.c_uint64),
        ("pid", c.c_uint32),
        ("unused", c.c_uint32),
    )


class ReasonSlot(c.Structure):
    _fields_ = (("start", c.c_int64), ("until", c.c_int64), ("mask", c.c_uint64))


class FailureSlot(c.Structure):
    _fields_ = (("start", c.c_int64), ("until", c.c_int64), ("code", c.c_uint32), ("every", c.c_uint32))


class BoardSlot(c.Structure):
    _fields_ = (
        ("name", c.c_char * 96),
        ("uuid", c.c_char * 96),
        ("vbios", c.c_char * 32),
        ("memory", c.c_uint64),
        *(
            (name, c.c_uint32)
            for name in (
                "major",
                "minor",
                "architecture",
                "limit_mw",
                "default_limit_mw",
                "least_limit_mw",
                "most_limit_mw",
                "mig",
                "ecc",
                "persistence",
                "sm_mhz",
                "memory_mhz",
                "most_sm_mhz",
                "most_memory_mhz",
                "application_sm_mhz",
                "default_sm_mhz",
            )
        ),
        ("hidden", c.c_uint64),
        ("origin", c.c_int64),
        ("origin_mj", c.c_double),
        ("period", c.c_int64),
        ("phase", c.c_int64),
        ("gain", c.c_double),
        ("seen", c.c_double),
        ("ripple_w", c.c_double),
        ("ripple_hz", c.c_double),
        ("freeze", c.c_int64),
        ("reset", c.c_int64),
        ("temperature_c", c.c_double),
        ("temperature_slope", c.c_double),
        ("temperature_from", c.c_int64),
        ("failures", FailureSlot * len(GROUPS)),
        ("processes", ProcessSlot * MOST_PROCESSES),
        ("reasons", ReasonSlot * MOST_REASONS),
        ("points", c.c_uint64),
        ("curve", Point * MOST_POINTS),
    )


class Control(c.Structure):
    _fields_ = (
        ("magic", c.c_uint64),
        ("layout", c.c_uint64),
        ("boards", c.c_uint64),
        ("driver", c.c_char * 32),
        ("board", BoardSlot * MOST_BOARDS),
    )
