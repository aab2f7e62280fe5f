#include "complex.h"

/*
 * A complex FFT in place on 16-bit integers with one exponent for the whole block: every stage scales the block so that no output exceeds
 * 2^14.5. Points come in bit-reversed order; `turns` holds cos + i sin of 2 pi k / (2 points) in Q15. A stage takes the transitions of its
 * inputs, leaves those of its outputs, and returns what it adds to the exponent.
 */
#if defined(__GNUC__)
#define BITVOX_INLINE static inline __attribute__((always_inline))
#else
#define BITVOX_INLINE static inline
#endif

/*
 * Four points, `span` apart and in the order 0, 2, 1, 3, become four: sums of the given numbers, rounded and shifted. Returns the transitions
 * of the outputs. real0 and imaginary0 already hold the rounding term.
 */
BITVOX_INLINE uint32_t bitvox_butterfly(
    uint32_t *data, int32_t span, int32_t shift, int32_t real0, int32_t imaginary0, int32_t real1, int32_t imaginary1, int32_t real2,
    int32_t imaginary2, int32_t real3, int32_t imaginary3)
{
    const int32_t even_real = real0 + real1;
    const int32_t even_imaginary = imaginary0 + imaginary1;
    const int32_t difference_real = real0 - real1;
    const int32_t difference_imaginary = imaginary0 - imaginary1;
    const int32_t odd_real = real2 + real3;
    const int32_t odd_imaginary = imaginary2 + imaginary3;
    const int32_t turned_real = imaginary2 - imaginary3;
    const int32_t turned_imaginary = real3 - real2;
    const uint32_t out0 = bitvox_complex((even_real + odd_real) >> shift, (even_imaginary + odd_imaginary) >> shift);
    const uint32_t out1 = bitvox_complex((difference_real + turned_real) >> shift, (difference_imaginary + turned_imaginary) >> shift);
    const uint32_t out2 = bitvox_complex((even_real - odd_real) >> shift, (even_imaginary - odd_imaginary) >> shift);
    const uint32_t out3 = bitvox_complex((difference_real - turned_real) >> shift, (difference_imaginary - turned_imaginary) >> shift);
    data[0] = out0;
    data[span] = out1;
    data[2 * span] = out2;
    data[3 * span] = out3;
    return bitvox_transitions(out0) | bitvox_transitions(out1) | bitvox_transitions(out2) | bitvox_transitions(out3);
}
