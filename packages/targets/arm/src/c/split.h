#include "arithmetic.h"
#include "quotient.h"

/* What the first of two binary terms leaves of a value; its sign is the second term. */
static inline int32_t bitvox_rest(int32_t value, int32_t is_first, int32_t offset, int32_t span)
{
    return bitvox_saturate16(bitvox_saturate16(value - offset) + (is_first ? 0 : span));
}

/* The magnitude of this without its `dropped` lowest bits. */
static inline uint32_t bitvox_magnitude(int32_t rest, int32_t dropped)
{
    return (uint32_t)(rest < 0 ? -rest : rest) >> dropped;
}

/* The factor of the second terms of a frame: the mean of the magnitudes that add up to `sum`, rounded. */
static inline int16_t bitvox_factor(uint32_t sum, uint32_t channels, int32_t dropped, int32_t limit)
{
    const uint64_t whole = (uint64_t)(sum > 65535u ? 65535u : sum) << dropped;
    const uint64_t half = ((uint64_t)channels << dropped) / 2;
    const int32_t mean = (int32_t)bitvox_quotient(whole + half, channels);
    return (int16_t)(mean > limit ? limit : mean);
}
