#include "full_adder.h"

/* Bit `at` in every bit of a word. */
static inline uint32_t bitvox_spread(uint32_t bits, int32_t at)
{
    return (uint32_t)((int32_t)(bits << (31 - at)) >> 31);
}

/* Differing signs of eight inputs, bits `first` and up, and 32 outputs, added to counts of 1, 2 and 4; returns the counts of 8. */
static inline uint32_t bitvox_count8(const uint32_t *signs, uint32_t bits, int32_t first, uint32_t *ones, uint32_t *twos, uint32_t *fours)
{
    const uint32_t a0 = signs[0] ^ bitvox_spread(bits, first), a1 = signs[1] ^ bitvox_spread(bits, first + 1);
    const uint32_t two0 = bitvox_carry3(*ones, a0, a1), one0 = bitvox_sum3(*ones, a0, a1);
    const uint32_t a2 = signs[2] ^ bitvox_spread(bits, first + 2), a3 = signs[3] ^ bitvox_spread(bits, first + 3);
    const uint32_t two1 = bitvox_carry3(one0, a2, a3), one1 = bitvox_sum3(one0, a2, a3);
    const uint32_t four0 = bitvox_carry3(*twos, two0, two1), even = bitvox_sum3(*twos, two0, two1);
    const uint32_t a4 = signs[4] ^ bitvox_spread(bits, first + 4), a5 = signs[5] ^ bitvox_spread(bits, first + 5);
    const uint32_t two2 = bitvox_carry3(one1, a4, a5), one2 = bitvox_sum3(one1, a4, a5);
    const uint32_t a6 = signs[6] ^ bitvox_spread(bits, first + 6), a7 = signs[7] ^ bitvox_spread(bits, first + 7);
    const uint32_t two3 = bitvox_carry3(one2, a6, a7);
    const uint32_t four1 = bitvox_carry3(even, two2, two3);
    const uint32_t eight = bitvox_carry3(*fours, four0, four1);
    *ones = bitvox_sum3(one2, a6, a7);
    *twos = bitvox_sum3(even, two2, two3);
    *fours = bitvox_sum3(*fours, four0, four1);
    return eight;
}

/*
 * z[o] = sum over taps and channels of sign * sign; a word is 32 outputs, differing signs are counted in words, one for each bit of the count.
 * `signs` is [group of 32 outputs][tap][channel]; channels are a multiple of 16; up to 2^11 - 1 inputs; a tap that is 0 lies in the padding.
 */
static inline void bitvox_conv1d_1x1_sliced(int32_t *z, const uint32_t *const *x, const uint32_t *signs, int32_t outputs, int32_t taps, int32_t channels)
{
    int32_t present = 0;
    int32_t o, k, c;
    for (k = 0; k < taps; ++k) present += x[k] == 0 ? 0 : channels;
    for (o = 0; o < outputs; o += 32, z += 32) {
        uint32_t ones = 0, twos = 0, fours = 0, eights = 0, b4 = 0, b5 = 0, b6 = 0, b7 = 0, b8 = 0, b9 = 0, b10 = 0;
        for (k = 0; k < taps; ++k) {
            if (x[k] == 0) {
                signs += channels;
                continue;
            }
            for (c = 0; c < channels; c += 16, signs += 16) {
                const uint32_t bits = x[k][c >> 5] >> (c & 16);
                const uint32_t eight0 = bitvox_count8(signs, bits, 0, &ones, &twos, &fours);
                const uint32_t eight1 = bitvox_count8(signs + 8, bits, 8, &ones, &twos, &fours);
                uint32_t carry = bitvox_carry3(eights, eight0, eight1);
                uint32_t more = b4 & carry;
                eights = bitvox_sum3(eights, eight0, eight1);
                b4 ^= carry;
                carry = b5 & more;
                b5 ^= more;
                if (carry == 0) continue;
                more = b6 & carry;
                b6 ^= carry;
                carry = b7 & more;
                b7 ^= more;
                more = b8 & carry;
                b8 ^= carry;
                carry = b9 & more;
                b9 ^= more;
                b10 ^= carry;
            }
        }
        for (c = 0; c < 16; ++c) {
            /* The counts of two outputs, sixteen apart, one in each half. */
            const uint32_t mask = 0x00010001u;
            const uint32_t low = ((ones >> c) & mask) + (((twos >> c) & mask) << 1) + (((fours >> c) & mask) << 2) + (((eights >> c) & mask) << 3);
            const uint32_t middle = (((b4 >> c) & mask) << 4) + (((b5 >> c) & mask) << 5) + (((b6 >> c) & mask) << 6) + (((b7 >> c) & mask) << 7);
            const uint32_t counts = low + middle + (((b8 >> c) & mask) << 8) + (((b9 >> c) & mask) << 9) + (((b10 >> c) & mask) << 10);
            z[c] = present - 2 * (int32_t)(counts & 0xffffu);
            z[c + 16] = present - 2 * (int32_t)(counts >> 16);
        }
    }
}
