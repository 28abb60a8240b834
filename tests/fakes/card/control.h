/* The control file: what a test decides and the library obeys. Little endian, natural alignment.
 * Mirrored field by field in control.py; `layout` is the size of one board and tells the two apart.
 * Times are CLOCK_MONOTONIC in nanoseconds; 0 means never. Single words, so that a reader never sees half of one. */
#ifndef STARWATT_CARD_CONTROL_H
#define STARWATT_CARD_CONTROL_H
#include <stdint.h>

#define MAGIC 0x5354415257415454ull
#define MOST_BOARDS 8
#define MOST_POINTS 16384
#define MOST_PROCESSES 8
#define MOST_REASONS 8

enum group { ENERGY, POWER, TEMPERATURE, CLOCKS, REASONS, PROCESSES, FACTS, ALL, GROUPS };

struct point {           /* from `at` on, power goes on from `watts` with `slope` watts a second */
  int64_t at;
  double watts, slope;
};
struct process { int64_t from, until; uint64_t memory; uint32_t pid, unused; };
struct reason { int64_t from, until; uint64_t mask; };
struct failure { int64_t from, until; uint32_t code, every; };

struct board {
  char name[96], uuid[96], vbios[32];
  uint64_t memory;
  uint32_t major, minor, architecture;
  uint32_t limit_mw, default_limit_mw, least_limit_mw, most_limit_mw;
  uint32_t mig, ecc, persistence;
  uint32_t sm_mhz, memory_mhz, most_sm_mhz, most_memory_mhz;
  uint32_t application_sm_mhz, default_sm_mhz;
  uint64_t hidden;                       /* bit per function group that is "not supported" */
  int64_t origin;                        /* the curve's own time zero */
  double origin_mj;
  int64_t period, phase;                 /* of the energy counter */
  double gain, seen;                     /* seen: fraction of a period that the sensor looks at; 1: all of it */
  double ripple_w, ripple_hz;
  int64_t freeze, reset;
  double temperature_c, temperature_slope;
  int64_t temperature_from;
  struct failure failures[GROUPS];
  struct process processes[MOST_PROCESSES];
  struct reason reasons[MOST_REASONS];
  uint64_t points;
  struct point curve[MOST_POINTS];
};

struct control {
  uint64_t magic, layout, boards;
  char driver[32];
  struct board board[MOST_BOARDS];
};
#endif
