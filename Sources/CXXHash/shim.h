#include <xxhash.h>

// On x86 libxxhash also holds versions for the instruction sets it finds at run time: the same digests, four times faster
// than those for the least processor.
#if defined(__x86_64__)
#define XXH_DISPATCH_DISABLE_REPLACE
#include <xxh_x86dispatch.h>

static inline XXH64_hash_t snas_xxh3_64(const void *bytes, size_t count, XXH64_hash_t seed) {
    return XXH3_64bits_withSeed_dispatch(bytes, count, seed);
}

static inline XXH128_hash_t snas_xxh3_128(const void *bytes, size_t count) {
    return XXH3_128bits_dispatch(bytes, count);
}
#else
static inline XXH64_hash_t snas_xxh3_64(const void *bytes, size_t count, XXH64_hash_t seed) {
    return XXH3_64bits_withSeed(bytes, count, seed);
}

static inline XXH128_hash_t snas_xxh3_128(const void *bytes, size_t count) { return XXH3_128bits(bytes, count); }
#endif
