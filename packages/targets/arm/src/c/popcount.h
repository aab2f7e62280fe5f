/* Bits that are 1. Cores without an instruction for it would call a library here. */
static inline int32_t bitvox_popcount(uint32_t bits)
{
#if defined(__aarch64__) || defined(__x86_64__)
    return __builtin_popcount(bits);
#else
    bits -= (bits >> 1) & 0x55555555u;
    bits = (bits & 0x33333333u) + ((bits >> 2) & 0x33333333u);
    bits = (bits + (bits >> 4)) & 0x0f0f0f0fu;
    return (int32_t)((bits * 0x01010101u) >> 24);
#endif
}
