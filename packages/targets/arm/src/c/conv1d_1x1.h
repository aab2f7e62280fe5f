#include "popcount.h"

/* z[o] = sum over taps and channels of sign * sign. Rows of `signs` are [tap][word]; a tap that is 0 lies in the padding. */
static inline void bitvox_conv1d_1x1(int32_t *z, const uint32_t *const *x, const uint32_t *signs, int32_t outputs, int32_t taps, int32_t channels)
{
    const int32_t words = (channels + 31) / 32;
    int32_t o, k, w;
    for (o = 0; o < outputs; ++o) {
        int32_t sum = 0;
        for (k = 0; k < taps; ++k, signs += words) {
            int32_t different = 0;
            if (x[k] == 0) continue;
            for (w = 0; w < words; ++w) different += bitvox_popcount(x[k][w] ^ signs[w]);
            sum += channels - 2 * different;
        }
        z[o] = sum;
    }
}
