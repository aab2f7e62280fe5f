#if defined(__ARM_FEATURE_SIMD32)
#include <arm_acle.h>
#endif

/* Bytes 0 and 2 of a word as numbers of 16 bits; bytes 1 and 3 where `word` was shifted by 8. */
static inline uint32_t bitvox_even_bytes(uint32_t word)
{
#if defined(__ARM_FEATURE_SIMD32)
    return (uint32_t)__sxtb16((int8x4_t)word);
#else
    return ((uint32_t)(int8_t)(uint8_t)word & 0xffffu) | ((uint32_t)(int8_t)(uint8_t)(word >> 16) << 16);
#endif
}

/* sum + products of the low and of the high halves. */
static inline int32_t bitvox_dual_product(uint32_t a, uint32_t b, int32_t sum)
{
#if defined(__ARM_FEATURE_SIMD32)
    return (int32_t)__smlad((int16x2_t)a, (int16x2_t)b, sum);
#else
    return sum + (int16_t)(uint16_t)a * (int16_t)(uint16_t)b + ((int32_t)a >> 16) * ((int32_t)b >> 16);
#endif
}

#if defined(__GNUC__)
typedef uint32_t __attribute__((may_alias)) bitvox_word;
#else
typedef uint32_t bitvox_word;
#endif

/*
 * z[o] = sum over taps and channels of value * value, four channels a word and four outputs at a time. `values` is
 * [group of 4 outputs][tap][word of 4 channels][output]; frames begin at whole words; a tap that is 0 lies in the padding.
 */
static inline void bitvox_conv1d_8xint8_dual(int32_t *z, const int8_t *const *x, const uint32_t *values, int32_t outputs, int32_t taps, int32_t channels)
{
    const int32_t words = channels / 4;
    int32_t o, k, w;
    for (o = 0; o < outputs; o += 4) {
        int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
        for (k = 0; k < taps; ++k) {
            const bitvox_word *frame = (const bitvox_word *)(const void *)x[k];
            if (frame == 0) {
                values += 4 * words;
                continue;
            }
            for (w = words; w > 0; --w, values += 4) {
                const uint32_t four = *frame++;
                const uint32_t even = bitvox_even_bytes(four);
                const uint32_t odd = bitvox_even_bytes(four >> 8);
                sum0 = bitvox_dual_product(bitvox_even_bytes(values[0]), even, sum0);
                sum0 = bitvox_dual_product(bitvox_even_bytes(values[0] >> 8), odd, sum0);
                sum1 = bitvox_dual_product(bitvox_even_bytes(values[1]), even, sum1);
                sum1 = bitvox_dual_product(bitvox_even_bytes(values[1] >> 8), odd, sum1);
                sum2 = bitvox_dual_product(bitvox_even_bytes(values[2]), even, sum2);
                sum2 = bitvox_dual_product(bitvox_even_bytes(values[2] >> 8), odd, sum2);
                sum3 = bitvox_dual_product(bitvox_even_bytes(values[3]), even, sum3);
                sum3 = bitvox_dual_product(bitvox_even_bytes(values[3] >> 8), odd, sum3);
            }
        }
        z[o] = sum0;
        z[o + 1] = sum1;
        z[o + 2] = sum2;
        z[o + 3] = sum3;
    }
}
