#include "threefry.h"

/* y = R x modulo 2^16; every row of R has `pairs` entries of each sign in columns drawn without repetition. `seen` is a bit per column. */
static inline void bitvox_ternary_balanced(
    int16_t *y, const int16_t *x, const uint32_t *key, uint32_t rows, uint32_t columns, uint32_t pairs, uint32_t mask, uint32_t *seen)
{
    const uint32_t width = columns <= 256 ? 8 : 16;
    uint32_t row, at;
    for (row = 0; row < rows; ++row) {
        uint32_t sum = 0;
        uint32_t value;
        uint32_t drawn = 0;
        uint32_t counter;
        for (at = 0; 32 * at < columns; ++at) seen[at] = 0;
        for (counter = 0; drawn < 2 * pairs; ++counter) {
            const bitvox_pair pair = bitvox_threefry(key, row, counter);
            for (at = 0; at < 64 && drawn < 2 * pairs; at += width) {
                const uint32_t column = ((at < 32 ? pair.first >> at : pair.second >> (at - 32)) & mask);
                if (column >= columns || ((seen[column >> 5] >> (column & 31u)) & 1u) != 0) continue;
                seen[column >> 5] |= 1u << (column & 31u);
                value = (uint32_t)(int32_t)x[column];
                if (drawn < pairs) sum += value;
                else sum -= value;
                drawn += 1;
            }
        }
        y[row] = (int16_t)(uint16_t)sum;
    }
}
