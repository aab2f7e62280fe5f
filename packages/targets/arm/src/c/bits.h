/* Element `at` of a packed row of signs: bit 1 is +1, bit 0 is -1. */
static inline int32_t bitvox_sign(const uint32_t *row, int32_t at)
{
    return (int32_t)((row[at >> 5] >> (at & 31)) & 1u) * 2 - 1;
}
