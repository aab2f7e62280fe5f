#include "arithmetic.h"

/* The sums of both binary terms as one accumulator; a factor of `one` stands for 1. */
static inline int32_t bitvox_two_terms(int32_t first, int32_t second, int32_t one, int32_t factor, int32_t shift)
{
    return bitvox_saturate16((one * first + factor * second + (1 << (shift - 1))) >> shift);
}
