#include <arm_neon.h>

/* Sixteen bytes from whole words. */
static inline uint8x16_t bitvox_bytes(const uint32_t *words)
{
    return vreinterpretq_u8_u32(vld1q_u32(words));
}
