/*
 * A plugin of QEMU (its interface of version 1, from 4.2 on) that counts executed instructions. Wherever the program executes the
 * instruction of `mark.h`, the count so far is written to the file `out=`. Counts depend neither on the host nor on its load.
 * Distributions have QEMU with plugins but not the header, so the functions that are needed are declared here.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef uint64_t plugin_id;
enum { ADD_U64 = 0, NO_REGISTERS = 0 };

typedef struct {
    const char *target;
    struct {
        int oldest, current;
    } interface;
    bool is_system;
} plugin_info;

extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb *));
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, void (*)(unsigned, void *), int, void *);
extern void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *, int, void *, uint64_t);
extern void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void *), void *);

int qemu_plugin_version = 1;
int qemu_plugin_install(plugin_id id, const plugin_info *info, int count, char **arguments);

static uint64_t executed;
static bool is_thumb;
static FILE *out;

/*
 * mov r12, r12 in Thumb (the microcontrollers, which are the emulated systems) and A32, mov x17, x17 in A64: no compiler writes them.
 * Only the first half of a Thumb instruction is looked at: at the end of a page QEMU has the next one behind it.
 */
static int is_mark(const struct qemu_plugin_insn *instruction)
{
    static const unsigned char marks[3][4] = { { 0xe4, 0x46 }, { 0x0c, 0xc0, 0xa0, 0xe1 }, { 0xf1, 0x03, 0x11, 0xaa } };
    const void *bytes = qemu_plugin_insn_data(instruction);
    if (is_thumb) return memcmp(bytes, marks[0], 2) == 0;
    return memcmp(bytes, marks[1], 4) == 0 || memcmp(bytes, marks[2], 4) == 0;
}

static void on_mark(unsigned processor, void *data)
{
    (void)processor;
    (void)data;
    fprintf(out, "%" PRIu64 "\n", executed);
}

static void on_translation(plugin_id id, struct qemu_plugin_tb *block)
{
    size_t index;
    (void)id;
    for (index = 0; index < qemu_plugin_tb_n_insns(block); ++index) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, index);
        if (is_mark(instruction)) qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_mark, NO_REGISTERS, NULL);
        qemu_plugin_register_vcpu_insn_exec_inline(instruction, ADD_U64, &executed, 1);
    }
}

static void on_exit(plugin_id id, void *data)
{
    (void)id;
    (void)data;
    fclose(out);
}

int qemu_plugin_install(plugin_id id, const plugin_info *info, int count, char **arguments)
{
    if (count != 1 || strncmp(arguments[0], "out=", 4) != 0) return -1;
    out = fopen(arguments[0] + 4, "w");
    if (out == NULL) return -1;
    is_thumb = info->is_system;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_exit, NULL);
    return 0;
}
