#include "butterfly.h"

/* Joins four transforms of `span` points each, in Q13; `step` is that of the turns, points / (2 span). */
BITVOX_INLINE int32_t bitvox_radix4(uint32_t *data, const uint32_t *turns, int32_t points, int32_t span, int32_t step, uint32_t *transitions)
{
    const int32_t bits = bitvox_bits(*transitions);
    const int32_t half = 1 << bits;
    const int32_t blocks = points / (4 * span);
    uint32_t all = 0;
    uint32_t *x;
    int32_t j, block;
    for (x = data, block = 0; block < blocks; ++block, x += 4 * span) {
        const uint32_t x0 = x[0], x1 = x[span], x2 = x[2 * span], x3 = x[3 * span];
        all |= bitvox_butterfly(
            x, span, bits + 1, bitvox_real_q13(x0) + half, bitvox_imaginary_q13(x0) + half, bitvox_real_q13(x1), bitvox_imaginary_q13(x1),
            bitvox_real_q13(x2), bitvox_imaginary_q13(x2), bitvox_real_q13(x3), bitvox_imaginary_q13(x3));
    }
    for (j = 1; j < span; ++j) {
        const uint32_t turn1 = turns[2 * j * step];
        const uint32_t turn2 = turns[j * step];
        const uint32_t turn3 = turns[3 * j * step];
        for (x = data + j, block = 0; block < blocks; ++block, x += 4 * span) {
            const uint32_t x0 = x[0], x1 = x[span], x2 = x[2 * span], x3 = x[3 * span];
            all |= bitvox_butterfly(
                x, span, bits + 1, bitvox_real_q13(x0) + half, bitvox_imaginary_q13(x0) + half, bitvox_product_real(x1, turn1) >> 2,
                bitvox_product_imaginary(x1, turn1) >> 2, bitvox_product_real(x2, turn2) >> 2, bitvox_product_imaginary(x2, turn2) >> 2,
                bitvox_product_real(x3, turn3) >> 2, bitvox_product_imaginary(x3, turn3) >> 2);
        }
    }
    *transitions = all;
    return bits - 12;
}
