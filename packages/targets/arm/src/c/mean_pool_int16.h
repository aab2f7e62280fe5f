/* A running sum over a window: the frame that leaves it is subtracted, the one that enters is added. 0 stands for no frame. */
static inline void bitvox_mean_pool_int16(int32_t *sums, const int16_t *leaves, const int16_t *enters, int32_t channels)
{
    int32_t c;
    for (c = 0; c < channels; ++c) sums[c] += enters[c] - (leaves == 0 ? 0 : leaves[c]);
}
