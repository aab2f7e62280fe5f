#include "planes.h"
#include "popcount.h"

/* 1 to 31 bits of a row of signs. */
static inline uint32_t bitvox_take_bits(const uint32_t *row, int32_t from, int32_t count)
{
    const int32_t at = from & 31;
    const uint32_t *const word = row + (from >> 5);
    const uint32_t bits = at + count > 32 ? (word[0] >> at) | (word[1] << (32 - at)) : word[0] >> at;
    return bits & ((1u << count) - 1u);
}

/* Sets bits of a row in which they are 0. */
static inline void bitvox_put_bits(uint32_t *row, int32_t from, int32_t count, uint32_t bits)
{
    const int32_t at = from & 31;
    row[from >> 5] |= bits << at;
    if (at + count > 32) row[(from >> 5) + 1] |= bits >> (32 - at);
}

/* The window of output row `r`, [tap][plane][kernel row], and which of its bits lie inside of the signal; returns how many. */
static inline int32_t bitvox_patch(uint32_t *patch, uint32_t *inside, const uint32_t *const *x, int32_t r, const bitvox_planes *p)
{
    const int32_t first = r * p->stride - p->top;
    const int32_t from = first < 0 ? 0 : first;
    const int32_t count = (first + p->kernel < p->rows ? first + p->kernel : p->rows) - from;
    int32_t present = 0;
    int32_t at = from - first;
    int32_t k, i;
    for (k = 0; k < p->taps; ++k) {
        if (x[k] == 0 || count <= 0) {
            at += p->planes * p->kernel;
            continue;
        }
        for (i = 0; i < p->planes; ++i, at += p->kernel) {
            bitvox_put_bits(patch, at, count, bitvox_take_bits(x[k], i * p->rows + from, count));
            bitvox_put_bits(inside, at, count, (1u << count) - 1u);
        }
        present += p->planes * count;
    }
    return present;
}

/* z[o][r] = sum over taps, planes and kernel rows of sign * sign. Rows of `signs` are like patches; `room` is for two of these. */
static inline void bitvox_conv2d_1x1_patches(int32_t *z, const uint32_t *const *x, const uint32_t *signs, uint32_t *room, const bitvox_planes *p)
{
    const int32_t words = (p->taps * p->planes * p->kernel + 31) / 32;
    uint32_t *const inside = room + words;
    int32_t r, o, w;
    for (r = 0; r < p->output_rows; ++r) {
        const uint32_t *row = signs;
        int32_t present;
        for (w = 0; w < 2 * words; ++w) room[w] = 0;
        present = bitvox_patch(room, inside, x, r, p);
        for (o = 0; o < p->outputs; ++o, row += words) {
            int32_t different = 0;
            for (w = 0; w < words; ++w) different += bitvox_popcount((room[w] ^ row[w]) & inside[w]);
            z[o * p->output_rows + r] = present - 2 * different;
        }
    }
}
