/* floor(dividend / divisor), at most 2^15 - 1, without the division routine that small cores would have to call. */
static inline uint32_t bitvox_quotient(uint64_t dividend, uint32_t divisor)
{
    uint64_t part = (uint64_t)divisor << 14;
    uint32_t quotient = 0;
    uint32_t bit;
    for (bit = 1u << 14; bit != 0; bit >>= 1, part >>= 1) {
        if (dividend < part) continue;
        dividend -= part;
        quotient |= bit;
    }
    return quotient;
}
