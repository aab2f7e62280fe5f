#include "bits.h"

/* z[c] = sum over taps of sign * sign. `signs` is [tap][word]; a tap that is 0 lies in the padding. */
static inline void bitvox_depthwise_conv1d_1x1(int32_t *z, const uint32_t *const *x, const uint32_t *signs, int32_t taps, int32_t channels)
{
    const int32_t words = (channels + 31) / 32;
    int32_t k, c;
    for (c = 0; c < channels; ++c) z[c] = 0;
    for (k = 0; k < taps; ++k, signs += words) {
        if (x[k] == 0) continue;
        for (c = 0; c < channels; ++c) z[c] += bitvox_sign(x[k], c) * bitvox_sign(signs, c);
    }
}
