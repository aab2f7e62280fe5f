/* A convolution over planes, the rows of which are consecutive channels. */
typedef struct {
    int32_t planes;  /* of the input */
    int32_t rows;    /* of each of them */
    int32_t kernel;  /* rows of a window */
    int32_t taps;    /* frames of a window */
    int32_t stride;  /* rows from one window to the next */
    int32_t top;     /* rows of padding */
    int32_t outputs; /* planes of the output */
    int32_t output_rows;
} bitvox_planes;
