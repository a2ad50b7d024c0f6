// What Swift's Glibc module leaves out of the kernel's interface.
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <malloc.h>
#include <sched.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

/* <sched.h> declares it where _GNU_SOURCE is set, which Swift's importer does not do. */
int sched_getaffinity(pid_t process, size_t bytes, cpu_set_t *allowed);

/* The same of <unistd.h>. */
int pipe2(int ends[2], int flags);
