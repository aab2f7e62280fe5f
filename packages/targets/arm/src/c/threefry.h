/* Threefry-2x32 with 13 rounds (Salmon et al. 2011): two random words for every counter. */
typedef struct {
    uint32_t first, second;
} bitvox_pair;

static inline bitvox_pair bitvox_threefry(const uint32_t *key, uint32_t high, uint32_t low)
{
    static const uint8_t rotations[8] = { 13, 15, 26, 6, 17, 29, 16, 24 };
    const uint32_t keys[3] = { key[0], key[1], 0x1bd11bdau ^ key[0] ^ key[1] };
    bitvox_pair pair;
    uint32_t next = 1; /* which key comes next; counts 1, 2, 0 */
    uint32_t injections = 0;
    uint32_t round;
    pair.first = high + key[0];
    pair.second = low + key[1];
    for (round = 0; round < 13; ++round) {
        const uint32_t rotation = rotations[round & 7u];
        pair.first += pair.second;
        pair.second = ((pair.second << rotation) | (pair.second >> (32 - rotation))) ^ pair.first;
        if ((round & 3u) != 3u) continue;
        injections += 1;
        pair.first += keys[next];
        next = next == 2 ? 0 : next + 1;
        pair.second += keys[next] + injections;
    }
    return pair;
}
