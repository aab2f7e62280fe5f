/* Adds three bits of the same weight in every lane of a word: two bits come out. */
static inline uint32_t bitvox_sum3(uint32_t a, uint32_t b, uint32_t c)
{
    return a ^ b ^ c;
}

static inline uint32_t bitvox_carry3(uint32_t a, uint32_t b, uint32_t c)
{
    return (a & b) | ((a ^ b) & c);
}
