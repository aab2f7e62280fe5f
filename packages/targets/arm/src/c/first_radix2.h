#include "scale_up.h"

/* Joins pairs of points: the first stage for a number of points that is no power of four. */
static inline int32_t bitvox_first_radix2(uint32_t *data, int32_t points, uint32_t *transitions)
{
    const int32_t exponent = bitvox_bits(*transitions) - 13;
    const int32_t shift = bitvox_scale_up(data, points, exponent);
    const int32_t half = (1 << shift) >> 1;
    uint32_t *const end = data + points;
    uint32_t all = 0;
    for (; data < end; data += 2) {
        const int32_t real0 = bitvox_real(data[0]) + half;
        const int32_t imaginary0 = bitvox_imaginary(data[0]) + half;
        const int32_t real1 = bitvox_real(data[1]);
        const int32_t imaginary1 = bitvox_imaginary(data[1]);
        data[0] = bitvox_complex((real0 + real1) >> shift, (imaginary0 + imaginary1) >> shift);
        data[1] = bitvox_complex((real0 - real1) >> shift, (imaginary0 - imaginary1) >> shift);
        all |= bitvox_transitions(data[0]) | bitvox_transitions(data[1]);
    }
    *transitions = all;
    return exponent;
}
