/* A library that answers like the NVIDIA driver's own, for a card whose true energy is known.
 *
 * Compiled to libnvidia-ml.so.1 and found through LD_LIBRARY_PATH, it makes programs that know nothing of it see an
 * H100 or a T4. STARWATT_CARD names the control file. It holds no state but what a counter needs. */
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "control.h"

typedef unsigned int uint;
enum { OK = 0, UNINITIALIZED = 1, INVALID = 2, UNSUPPORTED = 3, NOT_FOUND = 6, TOO_SMALL = 7, NO_DRIVER = 9 };
/* Bits of `hidden`; control.py has the same names in the same order. */
enum {
  H_DRIVER, H_CAPABILITY, H_ARCHITECTURE, H_MEMORY, H_LIMIT, H_DEFAULT_LIMIT, H_VBIOS, H_MIG, H_ECC, H_PERSISTENCE,
  H_APPLICATION_CLOCKS, H_CLOCKS, H_TEMPERATURE, H_REASONS, H_PROCESSES, H_POWER, H_ENERGY
};

static struct control *control;
static atomic_ulong calls[MOST_BOARDS][GROUPS];

static int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int attach(void) {
  if (control) return OK;
  const char *path = getenv("STARWATT_CARD");
  int file = path ? open(path, O_RDONLY) : -1;
  if (file < 0) return NO_DRIVER;
  void *map = mmap(NULL, sizeof(struct control), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (map == MAP_FAILED) return NO_DRIVER;
  struct control *found = map;
  if (found->magic != MAGIC || found->layout != sizeof(struct board)) {
    fprintf(stderr, "%s is not a control file of this library\n", path);
    munmap(map, sizeof(struct control));
    return NO_DRIVER;
  }
  control = found;
  return OK;
}

/* Every question about a board goes through here: the group may fail, now or every so many calls, or be hidden. */
static int ask(const struct board *board, enum group group, int hidden) {
  if (!control) return UNINITIALIZED;
  size_t index = (size_t)(board - control->board);
  if (index >= control->boards) return INVALID;
  int64_t now = now_ns();
  for (int i = 0; i < 2; i++) {
    enum group each = i ? ALL : group;
    const struct failure *failure = &board->failures[each];
    unsigned long call = atomic_fetch_add(&calls[index][each], 1);
    if (failure->from && now >= failure->from && (!failure->until || now < failure->until) &&
        (failure->every <= 1 || call % failure->every == 0))
      return (int)failure->code;
  }
  return hidden >= 0 && (board->hidden >> hidden & 1) ? UNSUPPORTED : OK;
}

#define ASK(group, hidden)                                  \
  do {                                                      \
    int refused = ask(device, group, hidden);               \
    if (refused) return refused;                            \
  } while (0)

static double power_at(const struct board *board, int64_t at) {
  uint64_t count = atomic_load((const _Atomic uint64_t *)&board->points);
  const struct point *held = &board->curve[0];
  for (uint64_t i = count; i-- > 0;)
    if (board->curve[i].at <= at) {
      held = &board->curve[i];
      break;
    }
  double seconds = (double)(at - held->at) / 1e9, turn = 2 * M_PI * board->ripple_hz;
  double ripple = board->ripple_w * sin(turn * ((double)(at - board->origin) / 1e9));
  return held->watts + held->slope * (seconds > 0 ? seconds : 0) + ripple;
}

/* Joules of the curve between its origin and a moment. */
static double joules_until(const struct board *board, int64_t at) {
  uint64_t count = atomic_load((const _Atomic uint64_t *)&board->points);
  double joules = 0;
  for (uint64_t i = 0; i < count && board->curve[i].at < at; i++) {
    int64_t end = i + 1 < count && board->curve[i + 1].at < at ? board->curve[i + 1].at : at;
    double seconds = (double)(end - board->curve[i].at) / 1e9;
    joules += (board->curve[i].watts + board->curve[i].slope * seconds / 2) * seconds;
  }
  double turn = 2 * M_PI * board->ripple_hz, since = (double)(at - board->origin) / 1e9;
  if (turn > 0) joules += board->ripple_w / turn * (1 - cos(turn * since));
  return joules;
}

/* A sensor that looks at the first part of each period and takes it for the whole (arXiv 2312.02741). */
static double joules_seen_until(const struct board *board, int64_t at) {
  static double sums[MOST_BOARDS];
  static int64_t ends[MOST_BOARDS];
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  size_t index = (size_t)(board - control->board);
  pthread_mutex_lock(&lock);
  if (ends[index] < board->origin || ends[index] > at) {
    ends[index] = board->origin;
    sums[index] = 0;
  }
  for (; ends[index] + board->period <= at; ends[index] += board->period) {
    int64_t looked = ends[index] + (int64_t)(board->seen * (double)board->period);
    sums[index] += (joules_until(board, looked) - joules_until(board, ends[index])) / board->seen;
  }
  double sum = sums[index];
  pthread_mutex_unlock(&lock);
  return sum;
}

static int64_t last_step(const struct board *board, int64_t at) {
  if (!board->period) return at;
  int64_t steps = (at - board->origin - board->phase) / board->period;
  int64_t step = board->origin + board->phase + steps * board->period;
  return step > at ? step - board->period : step;
}

static double counter_mj(const struct board *board) {
  int64_t now = now_ns();
  if (board->freeze && now > board->freeze) now = board->freeze;
  int64_t step = last_step(board, now);
  if (step < board->origin) step = board->origin;
  double joules = board->seen < 1 ? joules_seen_until(board, step) : joules_until(board, step);
  double base = board->origin_mj;
  if (board->reset && step >= board->reset) {
    joules -= board->seen < 1 ? joules_seen_until(board, board->reset) : joules_until(board, board->reset);
    base = 0;
  }
  return base + joules * board->gain * 1000;
}

/* ---- the library itself ---- */

int nvmlInit(void) { return attach(); }
int nvmlInit_v2(void) { return attach(); }
int nvmlInitWithFlags(uint flags) { (void)flags; return attach(); }
int nvmlShutdown(void) { return OK; }

const char *nvmlErrorString(int code) {
  switch (code) {
    case OK: return "Success";
    case UNINITIALIZED: return "Uninitialized";
    case INVALID: return "Invalid Argument";
    case UNSUPPORTED: return "Not Supported";
    case NO_DRIVER: return "Driver Not Loaded";
    case 4: return "Insufficient Permissions";
    case NOT_FOUND: return "Not Found";
    case 10: return "Timeout";
    case 15: return "GPU is lost";
    case 999: return "Unknown Error";
    default: return "Error";
  }
}

static int text(const char *from, char *to, uint length) {
  if (strlen(from) + 1 > length) return TOO_SMALL;
  strcpy(to, from);
  return OK;
}

static int system_text(const char *value, char *to, uint length) {
  if (!control) return UNINITIALIZED;
  if (control->boards && (control->board[0].hidden >> H_DRIVER & 1)) return UNSUPPORTED;
  return text(value, to, length);
}

int nvmlSystemGetDriverVersion(char *to, uint length) {
  return control ? system_text(control->driver, to, length) : UNINITIALIZED;
}
int nvmlSystemGetNVMLVersion(char *to, uint length) { return nvmlSystemGetDriverVersion(to, length); }
int nvmlSystemGetCudaDriverVersion(int *version) { *version = 12080; return control ? OK : UNINITIALIZED; }
int nvmlSystemGetCudaDriverVersion_v2(int *version) { return nvmlSystemGetCudaDriverVersion(version); }

int nvmlDeviceGetCount(uint *count) {
  if (!control) return UNINITIALIZED;
  *count = (uint)control->boards;
  return OK;
}
int nvmlDeviceGetCount_v2(uint *count) { return nvmlDeviceGetCount(count); }

typedef struct board *device_t;
int nvmlDeviceGetHandleByIndex(uint index, device_t *device) {
  if (!control) return UNINITIALIZED;
  if (index >= control->boards) return INVALID;
  *device = &control->board[index];
  return ask(*device, FACTS, -1);
}
int nvmlDeviceGetHandleByIndex_v2(uint index, device_t *device) { return nvmlDeviceGetHandleByIndex(index, device); }
int nvmlDeviceGetHandleByUUID(const char *uuid, device_t *device) {
  if (!control) return UNINITIALIZED;
  for (uint i = 0; i < control->boards; i++)
    if (!strcmp(control->board[i].uuid, uuid)) return nvmlDeviceGetHandleByIndex(i, device);
  return NOT_FOUND;
}

int nvmlDeviceGetName(device_t device, char *to, uint length) { ASK(FACTS, -1); return text(device->name, to, length); }
int nvmlDeviceGetUUID(device_t device, char *to, uint length) { ASK(FACTS, -1); return text(device->uuid, to, length); }
int nvmlDeviceGetVbiosVersion(device_t device, char *to, uint length) {
  ASK(FACTS, H_VBIOS);
  return text(device->vbios, to, length);
}
int nvmlDeviceGetIndex(device_t device, uint *index) {
  ASK(FACTS, -1);
  *index = (uint)(device - control->board);
  return OK;
}
int nvmlDeviceGetMinorNumber(device_t device, uint *index) { return nvmlDeviceGetIndex(device, index); }
int nvmlDeviceGetArchitecture(device_t device, uint *value) {
  ASK(FACTS, H_ARCHITECTURE);
  *value = device->architecture;
  return OK;
}
int nvmlDeviceGetCudaComputeCapability(device_t device, int *major, int *minor) {
  ASK(FACTS, H_CAPABILITY);
  *major = (int)device->major;
  *minor = (int)device->minor;
  return OK;
}

struct memory { unsigned long long total, free, used; };
struct memory_v2 { uint version; unsigned long long total, reserved, free, used; };
int nvmlDeviceGetMemoryInfo(device_t device, struct memory *memory) {
  ASK(FACTS, H_MEMORY);
  *memory = (struct memory){device->memory, device->memory, 0};
  return OK;
}
int nvmlDeviceGetMemoryInfo_v2(device_t device, struct memory_v2 *memory) {
  ASK(FACTS, H_MEMORY);
  memory->total = memory->free = device->memory;
  memory->reserved = memory->used = 0;
  return OK;
}

#define NUMBER(function, group, hidden, value)              \
  int function(device_t device, uint *to) {                 \
    ASK(group, hidden);                                     \
    *to = (uint)(value);                                    \
    return OK;                                              \
  }
NUMBER(nvmlDeviceGetEnforcedPowerLimit, FACTS, H_LIMIT, device->limit_mw)
NUMBER(nvmlDeviceGetPowerManagementLimit, FACTS, H_LIMIT, device->limit_mw)
NUMBER(nvmlDeviceGetPowerManagementDefaultLimit, FACTS, H_DEFAULT_LIMIT, device->default_limit_mw)
NUMBER(nvmlDeviceGetPersistenceMode, FACTS, H_PERSISTENCE, device->persistence)
NUMBER(nvmlDeviceGetPowerUsage, POWER, H_POWER, power_at(device, now_ns()) * device->gain * 1000)

int nvmlDeviceGetPowerManagementLimitConstraints(device_t device, uint *least, uint *most) {
  ASK(FACTS, H_LIMIT);
  *least = device->least_limit_mw;
  *most = device->most_limit_mw;
  return OK;
}
int nvmlDeviceGetMigMode(device_t device, uint *current, uint *pending) {
  ASK(FACTS, H_MIG);
  *current = *pending = device->mig;
  return OK;
}
int nvmlDeviceGetEccMode(device_t device, uint *current, uint *pending) {
  ASK(FACTS, H_ECC);
  *current = *pending = device->ecc;
  return OK;
}

int nvmlDeviceGetTotalEnergyConsumption(device_t device, unsigned long long *mj) {
  ASK(ENERGY, H_ENERGY);
  *mj = (unsigned long long)counter_mj(device);
  return OK;
}

union value { double real; uint small; unsigned long long large; };
struct field { uint32_t id, scope; int64_t timestamp, latency; uint32_t type, refused; union value value; };
int nvmlDeviceGetFieldValues(device_t device, int count, struct field *fields) {
  ASK(FACTS, -1);
  for (int i = 0; i < count; i++) {
    struct field *field = &fields[i];
    field->timestamp = now_ns() / 1000;
    field->latency = 0;
    if ((field->id == 185 || field->id == 186) && field->scope == 0) { /* average, instant power */
      field->type = 1;
      field->refused = (uint32_t)ask(device, POWER, H_POWER);
      field->value.small = (uint)(power_at(device, now_ns()) * device->gain * 1000);
    } else if (field->id == 83) { /* total energy */
      field->type = 3;
      field->refused = (uint32_t)ask(device, ENERGY, H_ENERGY);
      field->value.large = (unsigned long long)counter_mj(device);
    } else {
      field->refused = UNSUPPORTED;
    }
  }
  return OK;
}

static int temperature_c(const struct board *device) {
  double since = device->temperature_from ? (double)(now_ns() - device->temperature_from) / 1e9 : 0;
  return (int)lround(device->temperature_c + device->temperature_slope * (since > 0 ? since : 0));
}
struct temperature { uint version, sensor; int celsius; };
int nvmlDeviceGetTemperatureV(device_t device, struct temperature *temperature) {
  ASK(TEMPERATURE, H_TEMPERATURE);
  temperature->celsius = temperature_c(device);
  return OK;
}
int nvmlDeviceGetTemperature(device_t device, uint sensor, uint *celsius) {
  (void)sensor;
  ASK(TEMPERATURE, H_TEMPERATURE);
  *celsius = (uint)temperature_c(device);
  return OK;
}

#define CLOCK(function, hidden, of_memory, of_sm)           \
  int function(device_t device, uint kind, uint *mhz) {     \
    ASK(CLOCKS, hidden);                                    \
    *mhz = kind == 2 ? (of_memory) : (of_sm);               \
    return OK;                                              \
  }
CLOCK(nvmlDeviceGetClockInfo, H_CLOCKS, device->memory_mhz, device->sm_mhz)
CLOCK(nvmlDeviceGetMaxClockInfo, H_CLOCKS, device->most_memory_mhz, device->most_sm_mhz)
CLOCK(nvmlDeviceGetApplicationsClock, H_APPLICATION_CLOCKS, device->most_memory_mhz, device->application_sm_mhz)
CLOCK(nvmlDeviceGetDefaultApplicationsClock, H_APPLICATION_CLOCKS, device->most_memory_mhz, device->default_sm_mhz)

int nvmlDeviceGetCurrentClocksEventReasons(device_t device, unsigned long long *mask) {
  ASK(REASONS, H_REASONS);
  int64_t now = now_ns();
  *mask = 0;
  for (int i = 0; i < MOST_REASONS; i++) {
    const struct reason *reason = &device->reasons[i];
    if (reason->from && now >= reason->from && (!reason->until || now < reason->until)) *mask |= reason->mask;
  }
  return OK;
}
int nvmlDeviceGetCurrentClocksThrottleReasons(device_t device, unsigned long long *mask) {
  return nvmlDeviceGetCurrentClocksEventReasons(device, mask);
}

struct running { uint pid; unsigned long long memory; uint gpu_instance, compute_instance; };
int nvmlDeviceGetComputeRunningProcesses_v3(device_t device, uint *count, struct running *running) {
  ASK(PROCESSES, H_PROCESSES);
  int64_t now = now_ns();
  uint found = 0;
  for (int i = 0; i < MOST_PROCESSES; i++) {
    const struct process *process = &device->processes[i];
    if (!process->from || now < process->from || (process->until && now >= process->until)) continue;
    if (found < *count && running)
      running[found] = (struct running){process->pid, process->memory, 0xffffffff, 0xffffffff};
    found++;
  }
  int fits = found <= *count;
  *count = found;
  return fits ? OK : TOO_SMALL;
}
int nvmlDeviceGetComputeRunningProcesses_v2(device_t device, uint *count, struct running *running) {
  return nvmlDeviceGetComputeRunningProcesses_v3(device, count, running);
}
static int none_running(device_t device, uint *count) {
  ASK(PROCESSES, H_PROCESSES);
  *count = 0;
  return OK;
}
int nvmlDeviceGetGraphicsRunningProcesses_v3(device_t device, uint *count, struct running *running) {
  (void)running;
  return none_running(device, count);
}
int nvmlDeviceGetGraphicsRunningProcesses_v2(device_t device, uint *count, struct running *running) {
  (void)running;
  return none_running(device, count);
}
int nvmlDeviceGetMPSComputeRunningProcesses_v3(device_t device, uint *count, struct running *running) {
  (void)running;
  return none_running(device, count);
}

struct utilisation { uint gpu, memory; };
int nvmlDeviceGetUtilizationRates(device_t device, struct utilisation *rates) {
  ASK(FACTS, -1);
  *rates = (struct utilisation){power_at(device, now_ns()) > device->default_limit_mw / 3000.0 ? 100 : 0, 0};
  return OK;
}
int nvmlDeviceGetC2cModeInfoV(device_t device, void *info) {
  (void)info;
  ASK(FACTS, -1);
  return UNSUPPORTED;
}
