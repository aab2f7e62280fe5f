#include "arithmetic.h"
#include "quotient.h"

/* What the first of two binary terms leaves of a value; its sign is the second term. */
static inline int32_t bitvox_rest(int32_t value, int32_t is_first, int32_t offset, int32_t span)
{
    return bitvox_saturate16(bitvox_saturate16(value - offset) + (is_first ? 0 : span));
}

static inline uint32_t bitvox_magnitude(int32_t value)
{
    return (uint32_t)(value < 0 ? -value : value);
}

/* The factor of the second terms of a frame: the mean of the magnitudes that they stand for, rounded. */
static inline int16_t bitvox_factor(uint32_t sum, uint32_t channels)
{
    return (int16_t)bitvox_quotient((uint64_t)sum + channels / 2, channels);
}
