/* z[c] = sum over taps of value * value. `values` is [tap][channel]; a tap that is 0 lies in the padding. */
static inline void bitvox_depthwise_conv1d_8xint8(int32_t *z, const int8_t *const *x, const int8_t *values, int32_t taps, int32_t channels)
{
    int32_t k, c;
    for (c = 0; c < channels; ++c) z[c] = 0;
    for (k = 0; k < taps; ++k, values += channels) {
        if (x[k] == 0) continue;
        for (c = 0; c < channels; ++c) z[c] += values[c] * x[k][c];
    }
}
