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

/* Parts times 2^13, as products of Q15 numbers are after a shift by 2. */
static inline int32_t bitvox_real_q13(uint32_t number)
{
    return (int32_t)(number << 16) >> 3;
}

static inline int32_t bitvox_imaginary_q13(uint32_t number)
{
    return bitvox_imaginary(number) * 8192;
}

static inline uint32_t bitvox_complex(int32_t real, int32_t imaginary)
{
#if defined(__ARM_FEATURE_SIMD32) && defined(__GNUC__) && !defined(__clang__)
    uint32_t number; /* gcc takes two instructions for what is one */
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(number) : "r"(real), "r"(imaginary));
    return number;
#else
    return ((uint32_t)real & 0xffffu) | ((uint32_t)imaginary << 16);
#endif
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

/*
 * A bit is 1 where a half differs from its neighbour below, so the highest of them tells how large the half is, whatever its sign. The lowest
 * bit of each half tells nothing; it mixes the halves.
 */
static inline uint32_t bitvox_transitions(uint32_t number)
{
    return number ^ (number << 1);
}

/* Number of the highest bit that is 1, counted from 1. */
static inline int32_t bitvox_bit_length(uint32_t number)
{
#if defined(__ARM_FEATURE_CLZ) || defined(__aarch64__) || defined(__x86_64__)
    return number == 0 ? 0 : 32 - __builtin_clz(number);
#else
    int32_t length = 0;
    int32_t step;
    for (step = 16; step > 0; step >>= 1) {
        if ((number >> step) == 0) continue;
        number >>= step;
        length += step;
    }
    return length + (int32_t)number;
#endif
}

/* Bits that the magnitude of the largest half needs: -2^bits <= half < 2^bits for all halves whose transitions were ORed. */
static inline int32_t bitvox_bits(uint32_t transitions)
{
    return bitvox_bit_length(((transitions | (transitions >> 16)) & 0xffffu) >> 1);
}
