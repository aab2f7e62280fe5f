#include "bits.h"

/* z[o] = sum over taps and channels of value * sign. Rows of `values` are [tap][channel]; a tap that is 0 lies in the padding. */
static inline void bitvox_conv1d_8x1(int32_t *z, const uint32_t *const *x, const int8_t *values, int32_t outputs, int32_t taps, int32_t channels)
{
    int32_t o, k, c;
    for (o = 0; o < outputs; ++o) {
        int32_t sum = 0;
        for (k = 0; k < taps; ++k, values += channels) {
            if (x[k] == 0) continue;
            for (c = 0; c < channels; ++c) sum += values[c] * bitvox_sign(x[k], c);
        }
        z[o] = sum;
    }
}
