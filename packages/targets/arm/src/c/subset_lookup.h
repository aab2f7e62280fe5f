/* The sums of the subsets of the numbers a, b and c, each plus d. */
static inline void bitvox_eight_subsets(int32_t *sums, int32_t a, int32_t b, int32_t ab, int32_t c, int32_t ac, int32_t bc, int32_t abc, int32_t d)
{
    sums[0] = d;
    sums[1] = a + d;
    sums[2] = b + d;
    sums[3] = ab + d;
    sums[4] = c + d;
    sums[5] = ac + d;
    sums[6] = bc + d;
    sums[7] = abc + d;
}

/* The sums of all subsets of six numbers; the number of a subset has a bit for each of them. Returns the sum of all. */
static inline int32_t bitvox_subsets(int32_t *sums, const int32_t *numbers)
{
    const int32_t a = numbers[0], b = numbers[1], c = numbers[2];
    const int32_t ab = a + b, ac = a + c, bc = b + c, abc = ab + c;
    int32_t half;
    for (half = 0; half < 2; ++half, sums += 32) {
        const int32_t d = half == 0 ? 0 : numbers[5];
        const int32_t e = d + numbers[4];
        bitvox_eight_subsets(sums, a, b, ab, c, ac, bc, abc, d);
        bitvox_eight_subsets(sums + 8, a, b, ab, c, ac, bc, abc, d + numbers[3]);
        bitvox_eight_subsets(sums + 16, a, b, ab, c, ac, bc, abc, e);
        bitvox_eight_subsets(sums + 24, a, b, ab, c, ac, bc, abc, e + numbers[3]);
    }
    return sums[-1];
}

/* A sum of a table by its number, at bits `at` + 2 and up of a word. */
static inline int32_t bitvox_subset(const int32_t *sums, uint32_t word, int32_t at)
{
#if defined(__ARM_ARCH_6M__)
    /* Without an instruction that takes bits out, the offset in bytes is one operation nearer. */
    return *(const int32_t *)(const void *)((const char *)sums + ((word >> at) & 0xfcu));
#else
    return sums[(word >> (at + 2)) & 0x3fu];
#endif
}

/* Adds the sums of the subsets of up to five outputs, one word for each table. */
static inline void bitvox_add_subsets(int32_t *z, const int32_t *sums, const int32_t *end, const uint32_t *words, int32_t outputs)
{
    int32_t z0 = 0, z1 = 0, z2 = 0, z3 = 0, z4 = 0;
    do {
        const uint32_t word = *words++;
        z0 += bitvox_subset(sums, word, 0);
        z1 += bitvox_subset(sums, word, 6);
        z2 += bitvox_subset(sums, word, 12);
        z3 += bitvox_subset(sums, word, 18);
        z4 += bitvox_subset(sums, word, 24);
        sums += 64;
    } while (sums != end);
    z[0] += z0;
    if (outputs > 1) z[1] += z1;
    if (outputs > 2) z[2] += z2;
    if (outputs > 3) z[3] += z3;
    if (outputs > 4) z[4] += z4;
}
