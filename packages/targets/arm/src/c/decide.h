#include "quotient.h"
#include "state_types.h"

/*
 * Averages the last `window` scores of every label. Where the average of a label reaches its threshold, the label with the highest
 * average is returned and its average stored, then -1 for `pause` frames. Thresholds below 0 are never reached.
 */
static inline int32_t bitvox_decide(
    bitvox_decider *decider, uint16_t *history, uint32_t *sums, const int16_t *thresholds, const int16_t *scores,
    int32_t labels, int32_t window, int32_t pause, int16_t *average)
{
    uint16_t *row = history + decider->next * labels;
    int32_t best = -1;
    int32_t label;
    for (label = 0; label < labels; ++label) {
        sums[label] += (uint32_t)scores[label] - row[label];
        row[label] = (uint16_t)scores[label];
    }
    decider->next = decider->next + 1 == window ? 0 : decider->next + 1;
    if (decider->count < window) decider->count += 1;
    if (decider->silent > 0) {
        decider->silent -= 1;
        return -1;
    }
    for (label = 0; label < labels; ++label) {
        if (thresholds[label] < 0 || sums[label] < (uint32_t)(thresholds[label] * decider->count)) continue;
        if (best < 0 || sums[label] > sums[best]) best = label;
    }
    if (best < 0) return -1;
    decider->silent = pause;
    *average = (int16_t)bitvox_quotient(sums[best], (uint32_t)decider->count);
    return best;
}
