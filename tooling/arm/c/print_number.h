/* Prints a number by the one function that the start-up files and hosts have, without a division. */
#include <stdint.h>

void bitvox_print(const char *text);

static void print_number(int64_t value)
{
    static const uint32_t powers[10] = { 1000000000u, 100000000u, 10000000u, 1000000u, 100000u, 10000u, 1000u, 100u, 10u, 1u };
    uint32_t rest = (uint32_t)(value < 0 ? -value : value);
    char text[12];
    int length = 0;
    int place;
    if (value < 0) text[length++] = '-';
    for (place = 0; place < 10; ++place) {
        char digit = '0';
        for (; rest >= powers[place]; rest -= powers[place]) ++digit;
        if (digit != '0' || (length > 0 && text[length - 1] != '-') || place == 9) text[length++] = digit;
    }
    text[length] = 0;
    bitvox_print(text);
}
