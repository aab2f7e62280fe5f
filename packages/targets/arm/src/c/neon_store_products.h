#include "neon_bytes.h"

/* Eight sums of products of `inputs` signs, from the numbers of signs that differ. */
static inline void bitvox_store_products(int32_t *z, uint16x8_t different, int16x8_t inputs)
{
    const int16x8_t twice = vreinterpretq_s16_u16(vaddq_u16(different, different));
    vst1q_s32(z, vsubl_s16(vget_low_s16(inputs), vget_low_s16(twice)));
    vst1q_s32(z + 4, vsubl_high_s16(inputs, twice));
}
