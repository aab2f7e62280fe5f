#include "butterfly.h"
#include "scale_up.h"

/* Joins groups of four points: the first stage for a power of four. */
static inline int32_t bitvox_first_radix4(uint32_t *data, int32_t points, uint32_t *transitions)
{
    const int32_t exponent = bitvox_bits(*transitions) - 12;
    const int32_t shift = bitvox_scale_up(data, points, exponent);
    const int32_t half = (1 << shift) >> 1;
    uint32_t *const end = data + points;
    uint32_t all = 0;
    for (; data < end; data += 4) {
        all |= bitvox_butterfly(
            data, 1, shift, bitvox_real(data[0]) + half, bitvox_imaginary(data[0]) + half, bitvox_real(data[1]), bitvox_imaginary(data[1]),
            bitvox_real(data[2]), bitvox_imaginary(data[2]), bitvox_real(data[3]), bitvox_imaginary(data[3]));
    }
    *transitions = all;
    return exponent;
}
