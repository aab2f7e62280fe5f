#include "arithmetic.h"
#include "complex.h"

/* round(2^15 log2(1 + i / 64)) */
static const uint16_t bitvox_log2[65] = {
    0,     733,   1455,  2166,  2866,  3556,  4236,  4907,  5568,  6220,  6863,  7498,  8124,  8742,  9352,  9954,  10549,
    11136, 11716, 12289, 12855, 13415, 13968, 14514, 15055, 15589, 16117, 16639, 17156, 17667, 18173, 18673, 19168, 19658,
    20143, 20623, 21098, 21568, 22034, 22495, 22952, 23404, 23852, 24296, 24736, 25172, 25604, 26031, 26455, 26876, 27292,
    27705, 28114, 28520, 28922, 29321, 29717, 30109, 30498, 30884, 31267, 31647, 32024, 32397, 32768
};

/* log2 of energy 2^exponent in Q15, clipped to 0 .. 64. */
static inline int32_t bitvox_logarithm(uint64_t energy, int32_t exponent)
{
    const uint32_t high = (uint32_t)(energy >> 32);
    const uint32_t low = (uint32_t)energy;
    const int32_t above = bitvox_bit_length(high);
    const int32_t length = above > 0 ? 32 + above : bitvox_bit_length(low);
    const uint32_t top = above > 0 ? (high << (32 - above)) | (low >> above) : low << ((32 - length) & 31);
    const int32_t fraction = (int32_t)((top >> 15) & 0xffffu);
    const int32_t below = bitvox_log2[fraction >> 10];
    const int32_t between = ((bitvox_log2[(fraction >> 10) + 1] - below) * (fraction & 1023) + 512) >> 10;
    if (length == 0) return 0;
    return bitvox_clip((length - 1 + exponent) * 32768 + below + between, 0, 2097151);
}

/* Level of a band in Q7: its energy is the sum of weights (Q15) times powers, 4^exponent each; `curve` has four points an octave. */
static inline int32_t bitvox_level(const uint32_t *powers, const uint16_t *weights, int32_t bins, int32_t exponent, const int16_t *curve)
{
    uint64_t energy = 0;
    int32_t i, t;
    for (i = 0; i < bins; ++i) energy += (uint64_t)powers[i] * weights[i];
    t = bitvox_logarithm(energy, 2 * exponent - 15);
    curve += t >> 13;
    return curve[0] + (((curve[1] - curve[0]) * (t & 8191) + 4096) >> 13);
}
