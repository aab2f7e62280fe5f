/* Start-up of a freestanding program for Linux on Arm, in user-mode emulation: the same two functions as on bare metal. */
#include <stdint.h>

int main(void);
void bitvox_print(const char *text);
void bitvox_exit(int status);
void bitvox_start(void);

#if defined(__aarch64__)
enum { WRITE = 64, EXIT = 93 };

static long system_call(long number, long a, long b, long c)
{
    register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return x0;
}

__asm__(".globl _start\n_start: bl bitvox_start\n");
#else
enum { WRITE = 4, EXIT = 1 };

static long system_call(long number, long a, long b, long c)
{
    register long r7 __asm__("r7") = number, r0 __asm__("r0") = a, r1 __asm__("r1") = b, r2 __asm__("r2") = c;
    __asm__ volatile("svc 0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2) : "memory");
    return r0;
}

__asm__(".globl _start\n.arm\n_start: bl bitvox_start\n");
#endif

void bitvox_print(const char *text)
{
    long length = 0;
    while (text[length] != 0) ++length;
    system_call(WRITE, 1, (long)text, length);
}

__attribute__((noreturn)) void bitvox_exit(int status)
{
    system_call(EXIT, status, 0, 0);
    for (;;) {
    }
}

__attribute__((noreturn, used)) void bitvox_start(void)
{
    bitvox_exit(main());
}
