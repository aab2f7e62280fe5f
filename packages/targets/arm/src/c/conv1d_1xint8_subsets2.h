#include "subset_lookup.h"

/*
 * z[f][o] = sum over channels of sign * value for two frames by tables of subsets, 22 tables at a time, for up to 256 channels. A sum of a
 * table is that of the first frame plus 65536 times that of the second.
 */
static inline void bitvox_conv1d_1xint8_subsets2(
    int32_t *z, const int8_t *const *x, const uint32_t *words, int32_t outputs, int32_t taps, int32_t channels, int32_t groups, int32_t rows)
{
    int32_t sums[22 * 64];
    int32_t total = 0;
    int32_t total0, total1;
    int32_t c, g, i, o;
    (void)taps;
    (void)rows;
    for (o = 0; o < outputs; ++o) z[o] = 0;
    for (c = 0, g = 0; g < groups; c += 22 * 6, g += 22) {
        const int32_t tables = groups - g < 22 ? groups - g : 22;
        for (i = 0; i < tables; ++i) {
            int32_t numbers[6];
            int32_t n;
            for (n = 0; n < 6; ++n) {
                const int32_t at = c + 6 * i + n;
                numbers[n] = at < channels ? x[0][at] + x[1][at] * 65536 : 0;
            }
            total += bitvox_subsets(sums + 64 * i, numbers);
        }
        for (o = 0; o < outputs; o += 5, words += tables) bitvox_add_subsets(z + o, sums, sums + 64 * tables, words, outputs - o);
    }
    total0 = (int16_t)(uint16_t)total;
    total1 = (total - total0) >> 16;
    for (o = 0; o < outputs; ++o) {
        const int32_t first = (int16_t)(uint16_t)z[o];
        z[outputs + o] = 2 * ((z[o] - first) >> 16) - total1;
        z[o] = 2 * first - total0;
    }
}
