/* Four words side by side: a register of a vector unit, or four registers where there is none. */
typedef uint32_t bitvox_vector __attribute__((vector_size(16), aligned(4), may_alias));

static inline bitvox_vector bitvox_splat(uint32_t word)
{
    const bitvox_vector vector = { word, word, word, word };
    return vector;
}
