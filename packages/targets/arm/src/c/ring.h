#include "state_types.h"

/* Slot of a frame; -1 before the first and after the last one, where padding contributes nothing. */
static inline int32_t bitvox_slot(const bitvox_ring *ring, int32_t depth, int32_t frame)
{
    int32_t slot = ring->next - (ring->count - frame);
    if (frame < 0 || frame >= ring->count) return -1;
    return slot < 0 ? slot + depth : slot;
}

/* The frame in slot `next` has been written. */
static inline void bitvox_advance(bitvox_ring *ring, int32_t depth)
{
    ring->count += 1;
    ring->next = (int16_t)(ring->next + 1 == depth ? 0 : ring->next + 1);
}

/* Whether a window whose last frame is number `last` can be read; padding of `right` frames follows the end of the signal. */
static inline int bitvox_reaches(const bitvox_ring *ring, int32_t last, int32_t right)
{
    return last < ring->count + (ring->ended ? right : 0);
}
