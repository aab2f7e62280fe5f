#ifndef BITVOX_STATE_TYPES
#define BITVOX_STATE_TYPES
/* A ring of the newest frames of one tensor. Frames are numbered from the start of the signal. */
typedef struct {
    int32_t count; /* frames written so far */
    int16_t next;  /* slot of the next frame */
    int16_t ended; /* 1 when no frame will follow */
} bitvox_ring;

/* Where a decision stands. */
typedef struct {
    int32_t next;   /* row of the history that comes next */
    int32_t count;  /* rows that hold scores */
    int32_t silent; /* score frames for which nothing is reported */
} bitvox_decider;
#endif
