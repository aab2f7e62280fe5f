#include "complex.h"

/* Small blocks are scaled up first, so that every sum after it is only scaled down. */
static inline int32_t bitvox_scale_up(uint32_t *data, int32_t points, int32_t shift)
{
    int32_t i;
    if (shift >= 0) return shift;
    for (i = 0; i < points; ++i) data[i] = bitvox_complex(bitvox_real(data[i]) * (1 << -shift), bitvox_imaginary(data[i]) * (1 << -shift));
    return 0;
}
