// exp for vector loops: written so that the compiler vectorises any loop it is inlined into.
// Cephes' range reduction and polynomial; at most 2 ulp on [-87, 88], clamped outside.
#ifndef QK_VECTOR_EXP_H
#define QK_VECTOR_EXP_H

#include <stdint.h>
#include <string.h>

// One C function, three machine versions, chosen when the program is loaded.
#if defined(__x86_64__)
#define QK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define QK_CLONES
#endif

static inline __attribute__((always_inline)) float qk_expf(float x) {
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    float n = __builtin_rintf(x * 1.44269504088896341f);
    float r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    int32_t bits;
    memcpy(&bits, &p, sizeof bits);
    bits += (int32_t)n << 23;
    memcpy(&p, &bits, sizeof p);
    return p;
}

#endif
