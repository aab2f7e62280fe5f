#include "complex.h"

/*
 * Samples times the window, scaled up to 15 bits, in bit-reversed order, zeros behind them; two samples are one complex number. Returns the
 * exponent of the block.
 */
static inline int32_t bitvox_window(
    uint32_t *data, uint32_t *transitions, const uint32_t *samples, const uint32_t *window, const uint16_t *reversal, int32_t pairs, int32_t points)
{
    uint32_t all = 0;
    int32_t shift, half, i;
    for (i = 0; i < pairs; ++i) all |= bitvox_transitions(samples[i]);
    shift = bitvox_bits(all);
    half = (1 << shift) >> 1;
    all = 0;
    for (i = pairs; i > 0; --i) {
        const uint32_t x = *samples++;
        const uint32_t w = *window++;
        const int32_t even = (bitvox_real(x) * bitvox_real(w) + half) >> shift;
        const int32_t odd = (bitvox_imaginary(x) * bitvox_imaginary(w) + half) >> shift;
        const uint32_t pair = bitvox_complex(even, odd);
        all |= bitvox_transitions(pair);
        data[*reversal++] = pair;
    }
    for (i = points - pairs; i > 0; --i) data[*reversal++] = 0;
    *transitions = all;
    return shift - 15;
}

static inline uint32_t bitvox_power(int32_t real, int32_t imaginary)
{
    return (uint32_t)real * (uint32_t)real + (uint32_t)imaginary * (uint32_t)imaginary;
}

/* The transform of `points` complex numbers in place to the powers of the `points` + 1 bins of twice as many real samples. */
static inline void bitvox_split(uint32_t *data, const uint32_t *turns, int32_t points)
{
    const int32_t real = bitvox_real(data[0]);
    const int32_t imaginary = bitvox_imaginary(data[0]);
    int32_t k;
    data[0] = bitvox_power(real + imaginary, 0);
    data[points] = bitvox_power(real - imaginary, 0);
    for (k = 1; k <= points / 2; ++k) {
        const uint32_t low = data[k];
        const uint32_t high = data[points - k];
        const int32_t cosine = bitvox_real(turns[k]);
        const int32_t sine = bitvox_imaginary(turns[k]);
        const int32_t sum_real = (bitvox_real(low) + bitvox_real(high)) * 8192 + 8192;
        const int32_t sum_imaginary = (bitvox_imaginary(low) - bitvox_imaginary(high)) * 8192 + 8192;
        const int32_t difference_real = bitvox_real(low) - bitvox_real(high);
        const int32_t difference_imaginary = bitvox_imaginary(low) + bitvox_imaginary(high);
        const int32_t u = (difference_imaginary * cosine - difference_real * sine) >> 2;
        const int32_t v = (difference_real * cosine + difference_imaginary * sine) >> 2;
        data[k] = bitvox_power((sum_real + u) >> 14, (sum_imaginary - v) >> 14);
        data[points - k] = bitvox_power((sum_real - u) >> 14, (sum_imaginary + v) >> 14);
    }
}
