/* The function that prints, on a machine with a C library. */
#include <stdio.h>

void bitvox_print(const char *text);

void bitvox_print(const char *text)
{
    fputs(text, stdout);
}
