#include "arithmetic.h"

/* Cepstral coefficients: rows of `matrix` times the levels, offset, shifted, clipped to a byte. */
static inline void bitvox_cepstrum(
    uint8_t *frame, const int16_t *levels, const int16_t *matrix, const int32_t *offsets, int32_t coefficients, int32_t bands, int32_t shift)
{
    int32_t k, m;
    for (k = 0; k < coefficients; ++k, matrix += bands) {
        int32_t sum = offsets[k];
        for (m = 0; m < bands; ++m) sum += matrix[m] * levels[m];
        frame[k] = (uint8_t)bitvox_clip(sum >> shift, 0, 255);
    }
}
