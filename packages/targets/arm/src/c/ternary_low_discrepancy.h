#include "threefry.h"

/* A permutation of the numbers below any power of two. */
static inline uint32_t bitvox_scramble(uint32_t value, bitvox_pair key)
{
    value += key.first;
    value ^= value << 1;
    value += key.second;
    value ^= value << 2;
    value += key.first >> 16;
    value ^= value << 1;
    value += key.second >> 16;
    value ^= value << 3;
    return value + (key.first >> 8);
}

/* Number of a point in the second dimension of Sobol's sequence, its bits turned around. */
static inline uint32_t bitvox_sobol(uint32_t point)
{
    uint32_t direction = 1;
    uint32_t number = 0;
    for (; point != 0; point >>= 1, direction ^= direction << 1) {
        if ((point & 1u) != 0) number ^= direction;
    }
    return number;
}

/* y = R x modulo 2^16; the entries of R are spread evenly over rows and columns. `row_bits` and `column_bits` are those of the sizes. */
static inline void bitvox_ternary_low_discrepancy(
    int16_t *y, const int16_t *x, const uint32_t *key, uint32_t rows, uint32_t columns, uint32_t pairs, uint32_t row_bits, uint32_t column_bits)
{
    const bitvox_pair row_key = bitvox_threefry(key, 0xffffffffu, 0);
    const bitvox_pair column_key = bitvox_threefry(key, 0xffffffffu, 1);
    const uint32_t mask = (1u << column_bits) - 1;
    uint32_t row;
    for (row = 0; row < rows; ++row) {
        const uint32_t point = bitvox_scramble(row, row_key) & ((1u << row_bits) - 1);
        const uint32_t start = bitvox_sobol(point) << (column_bits > row_bits ? column_bits - row_bits : 0);
        uint32_t candidate = 2 * pairs * (point >> column_bits);
        uint32_t drawn = 0;
        uint32_t sum = 0;
        uint32_t value;
        for (; drawn < 2 * pairs; ++candidate) {
            const uint32_t column = (start + bitvox_scramble(candidate & mask, column_key)) & mask;
            if (column >= columns) continue;
            value = (uint32_t)(int32_t)x[column];
            if (drawn < pairs) sum += value;
            else sum -= value;
            drawn += 1;
        }
        y[row] = (int16_t)(uint16_t)sum;
    }
}
