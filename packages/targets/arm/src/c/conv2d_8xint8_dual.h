#include "conv1d_8xint8_dual.h"
#include "planes.h"

/* The window of output row `r`, [tap][plane][kernel row]; 0 outside of the signal. */
static inline void bitvox_byte_patch(int8_t *patch, const int8_t *const *x, int32_t r, const bitvox_planes *p)
{
    const int32_t first = r * p->stride - p->top;
    int32_t k, i, row;
    for (k = 0; k < p->taps; ++k) {
        for (i = 0; i < p->planes; ++i) {
            for (row = first; row < first + p->kernel; ++row) *patch++ = x[k] == 0 || row < 0 || row >= p->rows ? (int8_t)0 : x[k][i * p->rows + row];
        }
    }
}

/*
 * z[o][r] = sum over taps, planes and kernel rows of value * value: a dense layer over a window, for each output row. `room` is for a window in
 * whole words, `sums` for an accumulator of every output plane.
 */
static inline void bitvox_conv2d_8xint8_dual(
    int32_t *z, const int8_t *const *x, const uint32_t *values, uint32_t *room, int32_t *sums, const bitvox_planes *p)
{
    const int32_t words = (p->taps * p->planes * p->kernel + 3) / 4;
    int8_t *const patch = (int8_t *)(void *)room;
    const int8_t *const window = patch;
    int32_t r, o;
    room[words - 1] = 0;
    for (r = 0; r < p->output_rows; ++r) {
        bitvox_byte_patch(patch, x, r, p);
        bitvox_conv1d_8xint8_dual(sums, &window, values, p->outputs, 1, 4 * words);
        for (o = 0; o < p->outputs; ++o) z[o * p->output_rows + r] = sums[o];
    }
}
