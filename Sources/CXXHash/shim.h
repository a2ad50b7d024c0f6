#include <xxhash.h>

// On x86 libxxhash also holds versions for the instruction sets it finds at run time: the same digests, many times faster
// than those for the least processor. Debian's build of them leaves the upper halves of the vector registers in use: what
// follows would pay for that on some processors, and every switch of threads would save them, so they are cleared.
#if defined(__x86_64__)
#define XXH_DISPATCH_DISABLE_REPLACE
#include <xxh_x86dispatch.h>

static inline void snas_clear_upper_halves(void) {
    if (__builtin_cpu_supports("avx")) __asm__ volatile("vzeroupper");
}

static inline XXH64_hash_t snas_xxh3_64(const void *bytes, size_t count, XXH64_hash_t seed) {
    XXH64_hash_t hash = XXH3_64bits_withSeed_dispatch(bytes, count, seed);
    snas_clear_upper_halves();
    return hash;
}

static inline XXH128_hash_t snas_xxh3_128(const void *bytes, size_t count) {
    XXH128_hash_t hash = XXH3_128bits_dispatch(bytes, count);
    snas_clear_upper_halves();
    return hash;
}
#else
static inline XXH64_hash_t snas_xxh3_64(const void *bytes, size_t count, XXH64_hash_t seed) {
    return XXH3_64bits_withSeed(bytes, count, seed);
}

static inline XXH128_hash_t snas_xxh3_128(const void *bytes, size_t count) { return XXH3_128bits(bytes, count); }
#endif
