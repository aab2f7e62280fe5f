#include "threefry.h"

/* Bits of which 32 columns of a row each get one: plane 0 says the sign, planes 1 to 31 are a number below `threshold` where there is an entry. */
static inline uint32_t bitvox_ternary_plane(const uint32_t *key, uint32_t row, uint32_t group, uint32_t plane)
{
    const bitvox_pair pair = bitvox_threefry(key, row, 16 * group + (plane >> 1));
    return (plane & 1u) != 0 ? pair.second : pair.first;
}

static inline uint32_t bitvox_ternary_entries(const uint32_t *key, uint32_t row, uint32_t group, uint32_t wanted, uint32_t threshold)
{
    uint32_t below = 0;
    uint32_t undecided = wanted;
    uint32_t plane;
    if (threshold == 0x80000000u) return wanted;
    for (plane = 1; plane < 32 && undecided != 0 && (threshold & (0xffffffffu >> plane)) != 0; ++plane) {
        const uint32_t bits = bitvox_ternary_plane(key, row, group, plane);
        if (((threshold >> (31 - plane)) & 1u) != 0) {
            below |= undecided & ~bits;
            undecided &= bits;
        } else {
            undecided &= ~bits;
        }
    }
    return below;
}

/* y = R x modulo 2^16; every entry of R is independent. */
static inline void bitvox_ternary_iid(int16_t *y, const int16_t *x, const uint32_t *key, uint32_t rows, uint32_t columns, uint32_t threshold)
{
    uint32_t row, group, column;
    for (row = 0; row < rows; ++row) {
        uint32_t sum = 0;
        uint32_t value;
        for (group = 0; 32 * group < columns; ++group) {
            const uint32_t left = columns - 32 * group;
            const uint32_t wanted = left >= 32 ? 0xffffffffu : (1u << left) - 1;
            uint32_t entries = bitvox_ternary_entries(key, row, group, wanted, threshold);
            uint32_t signs = entries == 0 ? 0 : bitvox_ternary_plane(key, row, group, 0);
            for (column = 32 * group; entries != 0; ++column, entries >>= 1, signs >>= 1) {
                if ((entries & 1u) == 0) continue;
                value = (uint32_t)(int32_t)x[column];
                if ((signs & 1u) != 0) sum += value;
                else sum -= value;
            }
        }
        y[row] = (int16_t)(uint16_t)sum;
    }
}
