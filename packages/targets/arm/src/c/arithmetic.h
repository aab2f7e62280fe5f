#if defined(__ARM_FEATURE_SAT)
#include <arm_acle.h>
#endif

/* The integer arithmetic after an accumulator. `>>` must be an arithmetic shift, as on every Arm compiler; checked here. */
typedef char bitvox_shift_is_arithmetic[(-3 >> 1) == -2 ? 1 : -1];

static inline int32_t bitvox_clip(int32_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : value;
}

static inline int32_t bitvox_saturate16(int32_t value)
{
#if defined(__ARM_FEATURE_SAT)
    return __ssat(value, 16);
#else
    return bitvox_clip(value, -32768, 32767);
#endif
}
