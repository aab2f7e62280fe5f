#if defined(__ARM_FEATURE_SIMD32)
#include <arm_acle.h>
#endif

/* A complex number in a word: the real part in the low half, the imaginary part in the high half, 16 bits each. */
static inline int32_t bitvox_real(uint32_t number)
{
    return (int16_t)(uint16_t)number;
}

static inline int32_t bitvox_imaginary(uint32_t number)
{
    return (int32_t)number >> 16;
}

static inline uint32_t bitvox_complex(int32_t real, int32_t imaginary)
{
    return ((uint32_t)real & 0xffffu) | ((uint32_t)imaginary << 16);
}

/* Real part of x times the conjugate of w. */
static inline int32_t bitvox_product_real(uint32_t x, uint32_t w)
{
#if defined(__ARM_FEATURE_SIMD32)
    return (int32_t)__smuad((int16x2_t)x, (int16x2_t)w);
#else
    return bitvox_real(x) * bitvox_real(w) + bitvox_imaginary(x) * bitvox_imaginary(w);
#endif
}

/* Imaginary part of x times the conjugate of w. */
static inline int32_t bitvox_product_imaginary(uint32_t x, uint32_t w)
{
#if defined(__ARM_FEATURE_SIMD32)
    return (int32_t)__smusdx((int16x2_t)w, (int16x2_t)x);
#else
    return bitvox_imaginary(x) * bitvox_real(w) - bitvox_real(x) * bitvox_imaginary(w);
#endif
}

/* Grows with the magnitude of a number: the bit length of an OR of these is that of the largest. */
static inline uint32_t bitvox_magnitude(int32_t value)
{
    return (uint32_t)(value ^ (value >> 31));
}

static inline int32_t bitvox_bit_length(uint32_t magnitude)
{
#if defined(__ARM_FEATURE_CLZ) || defined(__aarch64__) || defined(__x86_64__)
    return magnitude == 0 ? 0 : 32 - __builtin_clz(magnitude);
#else
    int32_t length = 0;
    int32_t step;
    for (step = 16; step > 0; step >>= 1) {
        if ((magnitude >> step) == 0) continue;
        magnitude >>= step;
        length += step;
    }
    return length + (int32_t)magnitude;
#endif
}
