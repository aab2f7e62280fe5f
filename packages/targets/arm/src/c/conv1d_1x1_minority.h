#include "popcount.h"
#include "full_adder.h"

/* The channels whose sign is rarer in a frame, then `channels` up to a multiple of eight; returns how many there are in all. */
static inline int32_t bitvox_minority(uint16_t *list, const uint32_t *x, int32_t channels, uint32_t flip)
{
    int32_t count = 0;
    int32_t c;
    for (c = 0; c < channels; ++c) {
        if ((((x[c >> 5] ^ flip) >> (c & 31)) & 1u) != 0) list[count++] = (uint16_t)c;
    }
    while ((count & 7) != 0) list[count++] = (uint16_t)channels;
    return count;
}

/*
 * z[o] = sum over channels of sign * sign, for up to 510 channels; a word is 32 outputs. Only the weights of the channels with the rarer sign
 * are counted: with S of them positive, P positive weights in all and n positive inputs, z = channels - 2 (n + P - 2 S), where S is that of the
 * positive inputs, or P less that of the negative ones. `signs` is [group of 32 outputs][channel], and a word of zeros behind each group.
 */
static inline void bitvox_conv1d_1x1_minority(
    int32_t *z, const uint32_t *x, const uint32_t *signs, const int16_t *positive, int32_t outputs, int32_t channels)
{
    uint16_t list[264];
    int32_t ones_in = 0;
    int32_t o, i, c, count, base, sign;
    for (i = 0; i < (channels + 31) / 32; ++i) ones_in += bitvox_popcount(x[i]);
    sign = 2 * ones_in > channels ? -1 : 1;
    count = bitvox_minority(list, x, channels, sign < 0 ? 0xffffffffu : 0u);
    base = channels - 2 * ones_in;
    for (o = 0; o < outputs; o += 32, signs += channels + 1, positive += 32, z += 32) {
        uint32_t b0 = 0, b1 = 0, b2 = 0, b3 = 0, b4 = 0, b5 = 0, b6 = 0, b7 = 0;
        for (i = 0; i < count; i += 8) {
            const uint32_t w0 = signs[list[i]], w1 = signs[list[i + 1]], w2 = signs[list[i + 2]], w3 = signs[list[i + 3]];
            const uint32_t two0 = bitvox_carry3(b0, w0, w1), one0 = bitvox_sum3(b0, w0, w1);
            const uint32_t two1 = bitvox_carry3(one0, w2, w3), one1 = bitvox_sum3(one0, w2, w3);
            const uint32_t four0 = bitvox_carry3(b1, two0, two1), even = bitvox_sum3(b1, two0, two1);
            const uint32_t w4 = signs[list[i + 4]], w5 = signs[list[i + 5]], w6 = signs[list[i + 6]], w7 = signs[list[i + 7]];
            const uint32_t two2 = bitvox_carry3(one1, w4, w5), one2 = bitvox_sum3(one1, w4, w5);
            const uint32_t two3 = bitvox_carry3(one2, w6, w7);
            const uint32_t four1 = bitvox_carry3(even, two2, two3);
            uint32_t carry = bitvox_carry3(b2, four0, four1);
            uint32_t more = b3 & carry;
            b0 = bitvox_sum3(one2, w6, w7);
            b1 = bitvox_sum3(even, two2, two3);
            b2 = bitvox_sum3(b2, four0, four1);
            b3 ^= carry;
            carry = b4 & more;
            b4 ^= more;
            more = b5 & carry;
            b5 ^= carry;
            b7 ^= b6 & more;
            b6 ^= more;
        }
        for (c = 0; c < 8; ++c) {
            /* The counts of four outputs, eight apart, one in each byte. */
            const uint32_t mask = 0x01010101u;
            const uint32_t low = ((b0 >> c) & mask) + (((b1 >> c) & mask) << 1) + (((b2 >> c) & mask) << 2) + (((b3 >> c) & mask) << 3);
            const uint32_t high = ((b4 >> c) & mask) + (((b5 >> c) & mask) << 1) + (((b6 >> c) & mask) << 2) + (((b7 >> c) & mask) << 3);
            const uint32_t counts = low + (high << 4);
            /* -2 P + 4 S is 2 P - 4 S for the negative inputs. */
            z[c] = base + sign * (4 * (int32_t)(counts & 0xffu) - 2 * positive[c]);
            z[c + 8] = base + sign * (4 * (int32_t)((counts >> 8) & 0xffu) - 2 * positive[c + 8]);
            z[c + 16] = base + sign * (4 * (int32_t)((counts >> 16) & 0xffu) - 2 * positive[c + 16]);
            z[c + 24] = base + sign * (4 * (int32_t)(counts >> 24) - 2 * positive[c + 24]);
        }
    }
}
