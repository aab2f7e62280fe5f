#include "arithmetic.h"

/* floor((z * multiplier + offset) / 2^shift); the exporter has made sure that 32 bits hold every intermediate. */
static inline int32_t bitvox_requantize_narrow(int32_t z, int32_t multiplier, int32_t offset, int32_t shift)
{
    return (z * multiplier + offset) >> shift;
}
