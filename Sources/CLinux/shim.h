// What Swift's Glibc module leaves out of the kernel's interface.
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <malloc.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
