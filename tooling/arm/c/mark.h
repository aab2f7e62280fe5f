/* An instruction that does nothing and that no compiler writes: `count_plugin.c` notes the count of instructions where it is executed. */
#if defined(__aarch64__)
#define BITVOX_MARK_TEXT "mov x17, x17\n"
#else
#define BITVOX_MARK_TEXT "mov r12, r12\n"
#endif
#define BITVOX_MARK() __asm__ volatile(BITVOX_MARK_TEXT ::: "memory")
