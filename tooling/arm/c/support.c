/*
 * What a compiler may call in a program without libraries: memory functions, and on 32-bit cores the run-time helpers of the Arm ABI.
 * Every toolchain for these cores brings them; programs built here bring their own.
 */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *to, const void *from, size_t count);
void *memset(void *to, int value, size_t count);
int memcmp(const void *a, const void *b, size_t count);

/* The barrier keeps a compiler from turning these loops into calls of themselves. */
#define BARRIER __asm__ volatile("" ::: "memory")

void *memcpy(void *to, const void *from, size_t count)
{
    unsigned char *d = to;
    const unsigned char *s = from;
    for (; count > 0; --count) {
        *d++ = *s++;
        BARRIER;
    }
    return to;
}

void *memset(void *to, int value, size_t count)
{
    unsigned char *d = to;
    for (; count > 0; --count) {
        *d++ = (unsigned char)value;
        BARRIER;
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t count)
{
    const unsigned char *x = a;
    const unsigned char *y = b;
    for (; count > 0; --count, ++x, ++y) {
        if (*x != *y) return *x < *y ? -1 : 1;
    }
    return 0;
}

#if defined(__arm__)
#define MEMORY_HELPERS(suffix)                                                \
    void __aeabi_memcpy##suffix(void *to, const void *from, size_t count);    \
    void __aeabi_memset##suffix(void *to, size_t count, int value);           \
    void __aeabi_memclr##suffix(void *to, size_t count);                      \
    void __aeabi_memcpy##suffix(void *to, const void *from, size_t count)     \
    {                                                                         \
        memcpy(to, from, count);                                              \
    }                                                                         \
    void __aeabi_memset##suffix(void *to, size_t count, int value)            \
    {                                                                         \
        memset(to, value, count);                                             \
    }                                                                         \
    void __aeabi_memclr##suffix(void *to, size_t count)                       \
    {                                                                         \
        memset(to, 0, count);                                                 \
    }
MEMORY_HELPERS()
MEMORY_HELPERS(4)
MEMORY_HELPERS(8)

uint64_t __aeabi_lmul(uint64_t a, uint64_t b);
uint64_t __aeabi_llsl(uint64_t value, int shift);
uint64_t __aeabi_llsr(uint64_t value, int shift);
int64_t __aeabi_lasr(int64_t value, int shift);
uint32_t __aeabi_uidiv(uint32_t dividend, uint32_t divisor);

/* Cores before Armv7-M have no division. */
uint32_t __aeabi_uidiv(uint32_t dividend, uint32_t divisor)
{
    uint32_t quotient = 0;
    int bit;
    for (bit = 31; bit >= 0; --bit) {
        if ((dividend >> bit) < divisor) continue;
        dividend -= divisor << bit;
        quotient |= (uint32_t)1 << bit;
    }
    return quotient;
}

static uint64_t product32(uint32_t a, uint32_t b)
{
    const uint32_t low = (a & 0xffffu) * (b & 0xffffu);
    const uint32_t cross = (a >> 16) * (b & 0xffffu) + (low >> 16);
    const uint32_t other = (a & 0xffffu) * (b >> 16) + (cross & 0xffffu);
    return ((uint64_t)((a >> 16) * (b >> 16) + (cross >> 16) + (other >> 16)) << 32) | (other << 16) | (low & 0xffffu);
}

uint64_t __aeabi_lmul(uint64_t a, uint64_t b)
{
    const uint32_t high = (uint32_t)(a >> 32) * (uint32_t)b + (uint32_t)a * (uint32_t)(b >> 32);
    return product32((uint32_t)a, (uint32_t)b) + ((uint64_t)high << 32);
}

uint64_t __aeabi_llsl(uint64_t value, int shift)
{
    const uint32_t low = (uint32_t)value;
    if (shift == 0) return value;
    if (shift >= 32) return (uint64_t)(low << (shift - 32)) << 32;
    return ((uint64_t)(((uint32_t)(value >> 32) << shift) | (low >> (32 - shift))) << 32) | (low << shift);
}

uint64_t __aeabi_llsr(uint64_t value, int shift)
{
    const uint32_t high = (uint32_t)(value >> 32);
    if (shift == 0) return value;
    if (shift >= 32) return high >> (shift - 32);
    return ((uint64_t)(high >> shift) << 32) | (((uint32_t)value >> shift) | (high << (32 - shift)));
}

int64_t __aeabi_lasr(int64_t value, int shift)
{
    const int32_t high = (int32_t)(value >> 32);
    const uint32_t low = (uint32_t)value;
    if (shift == 0) return value;
    if (shift >= 32) return high >> (shift - 32);
    return (int64_t)(((uint64_t)(uint32_t)(high >> shift) << 32) | ((low >> shift) | ((uint32_t)high << (32 - shift))));
}
#endif
