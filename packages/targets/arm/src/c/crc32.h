/* CRC-32 (IEEE 802.3) of some bytes. */
static inline uint32_t bitvox_crc32(const unsigned char *bytes, uint32_t count)
{
    uint32_t crc = 0xffffffffu;
    int bit;
    for (; count > 0; --count) {
        crc ^= *bytes++;
        for (bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1u)));
    }
    return ~crc;
}
