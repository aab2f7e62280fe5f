#include "quotient.h"

/* 2^(-j / 32) in Q20. */
static const int32_t bitvox_exponentials[33] = {
    1048576, 1026107, 1004120, 982604, 961548, 940944, 920782, 901051, 881744, 862850, 844361,
    826268,  808563,  791237,  774282, 757691, 741455, 725567, 710020, 694806, 679917, 665348,
    651091,  637140,  623487,  610127, 597053, 584260, 571740, 559489, 547500, 535768, 524288
};

/* exp(-distance / 256) in Q20. */
static inline uint32_t bitvox_negative_exponential(int32_t distance)
{
    const int32_t power = (distance > 4096 ? 4096 : distance) * 94548;
    const int32_t fraction = (power >> 8) & 0xffff;
    const int32_t low = bitvox_exponentials[fraction >> 11];
    const int32_t high = bitvox_exponentials[(fraction >> 11) + 1];
    return (uint32_t)((low - (((low - high) * (fraction & 2047)) >> 11)) >> (power >> 24));
}

/* Logits in Q8.8 to scores from 0 to 32767. */
static inline void bitvox_softmax(int16_t *scores, const int16_t *logits, int32_t labels)
{
    int32_t largest = -32768;
    uint32_t sum = 0;
    int32_t label;
    for (label = 0; label < labels; ++label) {
        if (logits[label] > largest) largest = logits[label];
    }
    for (label = 0; label < labels; ++label) sum += bitvox_negative_exponential(largest - logits[label]);
    for (label = 0; label < labels; ++label) {
        const uint64_t part = bitvox_negative_exponential(largest - logits[label]);
        scores[label] = (int16_t)bitvox_quotient((part << 15) - part + sum / 2, sum);
    }
}
