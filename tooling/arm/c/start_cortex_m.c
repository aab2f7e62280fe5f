/* Start-up of a Cortex-M core under emulation: vectors, memory, floating point and vector unit, semihosting. Calls main and ends with its result. */
#include <stdint.h>

extern uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[], stack_top[];
int main(void);
void bitvox_print(const char *text);
void bitvox_exit(int status);
void bitvox_reset(void);

__attribute__((used, noinline)) static int semihost(int operation, const void *argument)
{
    register int r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void bitvox_print(const char *text)
{
    semihost(4, text);
}

__attribute__((noreturn)) void bitvox_exit(int status)
{
    const uint32_t argument[2] = { 0x20026u, (uint32_t)status };
    semihost(0x20, argument);
    for (;;) {
    }
}

__attribute__((noreturn)) void bitvox_reset(void)
{
    uint32_t *from = data_load;
    uint32_t *to;
    /* First, because a compiler may use the vector unit for the loops below. */
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    *(volatile uint32_t *)0xE000ED88u |= 0xFu << 20;
    __asm__ volatile("dsb\n isb");
#endif
    for (to = data_start; to < data_end; ++to) *to = *from++;
    for (to = bss_start; to < bss_end; ++to) *to = 0;
    bitvox_exit(main());
}

__attribute__((noreturn)) static void fault(void)
{
    bitvox_print("FAULT\n");
    bitvox_exit(99);
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    stack_top, (const void *)bitvox_reset, (const void *)fault, (const void *)fault, (const void *)fault, (const void *)fault,
    (const void *)fault, 0, 0, 0, 0, (const void *)fault, (const void *)fault, 0, (const void *)fault, (const void *)fault
};
