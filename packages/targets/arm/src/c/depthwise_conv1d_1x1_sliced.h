/*
 * z[c] = sum over taps of sign * sign, for up to 15 taps: a word is 32 channels, differing signs are counted in four words, one for each bit of
 * the count. `signs` is [tap][word]; a tap that is 0 lies in the padding.
 */
static inline void bitvox_depthwise_conv1d_1x1_sliced(int32_t *z, const uint32_t *const *x, const uint32_t *signs, int32_t taps, int32_t words)
{
    int32_t present = 0;
    int32_t w, k, c;
    for (k = 0; k < taps; ++k) present += x[k] != 0;
    for (w = 0; w < words; ++w, ++signs, z += 32) {
        uint32_t ones = 0, twos = 0, fours = 0, eights = 0;
        for (k = 0; k < taps; ++k) {
            uint32_t carry, more;
            if (x[k] == 0) continue;
            carry = x[k][w] ^ signs[k * words];
            more = ones & carry;
            ones ^= carry;
            carry = twos & more;
            twos ^= more;
            more = fours & carry;
            fours ^= carry;
            eights ^= more;
        }
        for (c = 0; c < 8; ++c) {
            /* The counts of four channels, eight apart, one in each byte. */
            const uint32_t counts = ((ones >> c) & 0x01010101u) + (((twos >> c) & 0x01010101u) << 1) + (((fours >> c) & 0x01010101u) << 2) +
                (((eights >> c) & 0x01010101u) << 3);
            z[c] = present - 2 * (int32_t)(counts & 0xffu);
            z[c + 8] = present - 2 * (int32_t)((counts >> 8) & 0xffu);
            z[c + 16] = present - 2 * (int32_t)((counts >> 16) & 0xffu);
            z[c + 24] = present - 2 * (int32_t)(counts >> 24);
        }
    }
}
