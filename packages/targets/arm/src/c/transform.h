#include "complex.h"

/*
 * A complex FFT in place on 16-bit integers with one exponent for the whole block: before every stage the block is scaled so that no output
 * exceeds 2^14.5. Points come in bit-reversed order; `turns` holds cos + i sin of 2 pi k / (2 points) in Q15.
 */
static inline int32_t bitvox_scale(int32_t sum, int32_t shift)
{
    return shift > 0 ? (sum + (1 << (shift - 1))) >> shift : sum * (1 << -shift);
}

/* Joins pairs of points; for a number of points that is no power of four. Returns the magnitude of the outputs. */
static inline uint32_t bitvox_first_radix2(uint32_t *data, int32_t points, int32_t shift)
{
    uint32_t magnitude = 0;
    uint32_t *const end = data + points;
    for (; data < end; data += 2) {
        const int32_t real0 = bitvox_scale(bitvox_real(data[0]) + bitvox_real(data[1]), shift);
        const int32_t imaginary0 = bitvox_scale(bitvox_imaginary(data[0]) + bitvox_imaginary(data[1]), shift);
        const int32_t real1 = bitvox_scale(bitvox_real(data[0]) - bitvox_real(data[1]), shift);
        const int32_t imaginary1 = bitvox_scale(bitvox_imaginary(data[0]) - bitvox_imaginary(data[1]), shift);
        magnitude |= bitvox_magnitude(real0) | bitvox_magnitude(imaginary0) | bitvox_magnitude(real1) | bitvox_magnitude(imaginary1);
        data[0] = bitvox_complex(real0, imaginary0);
        data[1] = bitvox_complex(real1, imaginary1);
    }
    return magnitude;
}

/* Joins groups of four points. */
static inline uint32_t bitvox_first_radix4(uint32_t *data, int32_t points, int32_t shift)
{
    uint32_t magnitude = 0;
    uint32_t *const end = data + points;
    for (; data < end; data += 4) {
        const int32_t even_real = bitvox_real(data[0]) + bitvox_real(data[1]);
        const int32_t even_imaginary = bitvox_imaginary(data[0]) + bitvox_imaginary(data[1]);
        const int32_t difference_real = bitvox_real(data[0]) - bitvox_real(data[1]);
        const int32_t difference_imaginary = bitvox_imaginary(data[0]) - bitvox_imaginary(data[1]);
        const int32_t odd_real = bitvox_real(data[2]) + bitvox_real(data[3]);
        const int32_t odd_imaginary = bitvox_imaginary(data[2]) + bitvox_imaginary(data[3]);
        const int32_t turned_real = bitvox_imaginary(data[2]) - bitvox_imaginary(data[3]);
        const int32_t turned_imaginary = bitvox_real(data[3]) - bitvox_real(data[2]);
        const int32_t real0 = bitvox_scale(even_real + odd_real, shift);
        const int32_t imaginary0 = bitvox_scale(even_imaginary + odd_imaginary, shift);
        const int32_t real1 = bitvox_scale(difference_real + turned_real, shift);
        const int32_t imaginary1 = bitvox_scale(difference_imaginary + turned_imaginary, shift);
        const int32_t real2 = bitvox_scale(even_real - odd_real, shift);
        const int32_t imaginary2 = bitvox_scale(even_imaginary - odd_imaginary, shift);
        const int32_t real3 = bitvox_scale(difference_real - turned_real, shift);
        const int32_t imaginary3 = bitvox_scale(difference_imaginary - turned_imaginary, shift);
        magnitude |= bitvox_magnitude(real0) | bitvox_magnitude(imaginary0) | bitvox_magnitude(real1) | bitvox_magnitude(imaginary1);
        magnitude |= bitvox_magnitude(real2) | bitvox_magnitude(imaginary2) | bitvox_magnitude(real3) | bitvox_magnitude(imaginary3);
        data[0] = bitvox_complex(real0, imaginary0);
        data[1] = bitvox_complex(real1, imaginary1);
        data[2] = bitvox_complex(real2, imaginary2);
        data[3] = bitvox_complex(real3, imaginary3);
    }
    return magnitude;
}

/* One butterfly: four numbers in Q13, blocks in the order 0, 2, 1, 3, to four points `span` apart. */
static inline uint32_t bitvox_butterfly(
    uint32_t *data, int32_t span, int32_t shift, int32_t half, int32_t real0, int32_t imaginary0, int32_t real1, int32_t imaginary1,
    int32_t real2, int32_t imaginary2, int32_t real3, int32_t imaginary3)
{
    const int32_t even_real = real0 + real1 + half;
    const int32_t even_imaginary = imaginary0 + imaginary1 + half;
    const int32_t difference_real = real0 - real1 + half;
    const int32_t difference_imaginary = imaginary0 - imaginary1 + half;
    const int32_t odd_real = real2 + real3;
    const int32_t odd_imaginary = imaginary2 + imaginary3;
    const int32_t turned_real = imaginary2 - imaginary3;
    const int32_t turned_imaginary = real3 - real2;
    const int32_t out_real0 = (even_real + odd_real) >> shift;
    const int32_t out_imaginary0 = (even_imaginary + odd_imaginary) >> shift;
    const int32_t out_real1 = (difference_real + turned_real) >> shift;
    const int32_t out_imaginary1 = (difference_imaginary + turned_imaginary) >> shift;
    const int32_t out_real2 = (even_real - odd_real) >> shift;
    const int32_t out_imaginary2 = (even_imaginary - odd_imaginary) >> shift;
    const int32_t out_real3 = (difference_real - turned_real) >> shift;
    const int32_t out_imaginary3 = (difference_imaginary - turned_imaginary) >> shift;
    data[0] = bitvox_complex(out_real0, out_imaginary0);
    data[span] = bitvox_complex(out_real1, out_imaginary1);
    data[2 * span] = bitvox_complex(out_real2, out_imaginary2);
    data[3 * span] = bitvox_complex(out_real3, out_imaginary3);
    return bitvox_magnitude(out_real0) | bitvox_magnitude(out_imaginary0) | bitvox_magnitude(out_real1) | bitvox_magnitude(out_imaginary1) |
        bitvox_magnitude(out_real2) | bitvox_magnitude(out_imaginary2) | bitvox_magnitude(out_real3) | bitvox_magnitude(out_imaginary3);
}

/* Joins four transforms of `span` points each; `step` is that of the turns, points / (2 span). */
static inline uint32_t bitvox_radix4(uint32_t *data, const uint32_t *turns, int32_t points, int32_t span, int32_t step, int32_t bits)
{
    const int32_t half = 1 << bits;
    uint32_t magnitude = 0;
    uint32_t *x;
    int32_t j;
    for (x = data; x < data + points; x += 4 * span) {
        magnitude |= bitvox_butterfly(
            x, span, bits + 1, half, bitvox_real(x[0]) * 8192, bitvox_imaginary(x[0]) * 8192, bitvox_real(x[span]) * 8192,
            bitvox_imaginary(x[span]) * 8192, bitvox_real(x[2 * span]) * 8192, bitvox_imaginary(x[2 * span]) * 8192,
            bitvox_real(x[3 * span]) * 8192, bitvox_imaginary(x[3 * span]) * 8192);
    }
    for (j = 1; j < span; ++j) {
        const uint32_t turn1 = turns[2 * j * step];
        const uint32_t turn2 = turns[j * step];
        const uint32_t turn3 = turns[3 * j * step];
        for (x = data + j; x < data + points; x += 4 * span) {
            magnitude |= bitvox_butterfly(
                x, span, bits + 1, half, bitvox_real(x[0]) * 8192, bitvox_imaginary(x[0]) * 8192, bitvox_product_real(x[span], turn1) >> 2,
                bitvox_product_imaginary(x[span], turn1) >> 2, bitvox_product_real(x[2 * span], turn2) >> 2,
                bitvox_product_imaginary(x[2 * span], turn2) >> 2, bitvox_product_real(x[3 * span], turn3) >> 2,
                bitvox_product_imaginary(x[3 * span], turn3) >> 2);
        }
    }
    return magnitude;
}

/* Transforms a block whose largest magnitude is given; returns what the transform adds to its exponent. */
static inline int32_t bitvox_transform(uint32_t *data, const uint32_t *turns, int32_t points, uint32_t magnitude)
{
    int32_t bits = bitvox_bit_length(magnitude);
    const int is_odd = (points & 0x55555555) == 0;
    int32_t exponent = bits - (is_odd ? 13 : 12);
    int32_t span = is_odd ? 2 : 4;
    int32_t step = points / (is_odd ? 4 : 8);
    magnitude = is_odd ? bitvox_first_radix2(data, points, exponent) : bitvox_first_radix4(data, points, exponent);
    for (; span < points; span *= 4, step /= 4) {
        bits = bitvox_bit_length(magnitude);
        magnitude = bitvox_radix4(data, turns, points, span, step, bits);
        exponent += bits - 12;
    }
    return exponent;
}
