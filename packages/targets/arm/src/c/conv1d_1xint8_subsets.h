#include "subset_lookup.h"

/*
 * z[o] = sum over taps and channels of sign * value by tables of subsets, 22 tables at a time. `groups` of six channels and `rows` of five
 * outputs hold them all; a tap that is 0 lies in the padding.
 */
static inline void bitvox_conv1d_1xint8_subsets(
    int32_t *z, const int8_t *const *x, const uint32_t *words, int32_t outputs, int32_t taps, int32_t channels, int32_t groups, int32_t rows)
{
    int32_t sums[22 * 64];
    int32_t total = 0;
    int32_t k, c, g, i, o;
    for (o = 0; o < outputs; ++o) z[o] = 0;
    for (k = 0; k < taps; ++k) {
        for (c = 0, g = 0; g < groups; c += 22 * 6, g += 22) {
            const int32_t tables = groups - g < 22 ? groups - g : 22;
            if (x[k] == 0) {
                words += tables * rows;
                continue;
            }
            for (i = 0; i < tables; ++i) {
                int32_t numbers[6];
                int32_t n;
                for (n = 0; n < 6; ++n) {
                    const int32_t at = c + 6 * i + n;
                    numbers[n] = at < channels ? x[k][at] : 0;
                }
                total += bitvox_subsets(sums + 64 * i, numbers);
            }
            for (o = 0; o < outputs; o += 5, words += tables) bitvox_add_subsets(z + o, sums, sums + 64 * tables, words, outputs - o);
        }
    }
    for (o = 0; o < outputs; ++o) z[o] = 2 * z[o] - total;
}
