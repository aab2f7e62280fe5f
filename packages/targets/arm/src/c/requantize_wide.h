#include "arithmetic.h"

/* floor((z * multiplier + offset) / 2^shift); the result fits 32 bits. */
static inline int32_t bitvox_requantize_wide(int32_t z, int32_t multiplier, int64_t offset, int32_t shift)
{
    return (int32_t)(((int64_t)z * multiplier + offset) >> shift);
}
