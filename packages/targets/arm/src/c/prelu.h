#include "arithmetic.h"

/* Slope in Q14 for values below 0. */
static inline int32_t bitvox_prelu(int32_t value, int32_t slope)
{
    return value >= 0 ? value : bitvox_saturate16((value * slope + 8192) >> 14);
}
