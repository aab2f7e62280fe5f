#include "bits.h"

/* z[o] = sum over taps and channels of sign * value. Rows of `signs` are [tap][word]; a tap that is 0 lies in the padding. */
static inline void bitvox_conv1d_1xint8(int32_t *z, const int8_t *const *x, const uint32_t *signs, int32_t outputs, int32_t taps, int32_t channels)
{
    const int32_t words = (channels + 31) / 32;
    int32_t o, k, c;
    for (o = 0; o < outputs; ++o) {
        int32_t sum = 0;
        for (k = 0; k < taps; ++k, signs += words) {
            if (x[k] == 0) continue;
            for (c = 0; c < channels; ++c) sum += bitvox_sign(signs, c) * x[k][c];
        }
        z[o] = sum;
    }
}
