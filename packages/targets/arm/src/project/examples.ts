/** An example per family of boards, each a complete program around the same three calls: init, push, detect. */
import { banner } from './banner.ts';
import type { ProjectContext } from './context.ts';

/** The lines that fetch detections and hand them to `report`. */
function fetchLines({ plan: { project } }: ProjectContext, report: string, indent: string): string {
  return `${indent}while (${project}_detect(&network, &event)) ${report};`;
}

/** Linux boards: 16-bit samples from standard input. */
function linux(context: ProjectContext): string {
  const { project } = context.plan;
  return `${banner(context, `Raspberry Pi and other Linux boards: arecord -q -f S16_LE -r ${context.time.rate} -c 1 -t raw | ./listen`)}#include "${project}.h"
#include <stdio.h>

int main(void)
{
    static ${project} network;
    static int16_t samples[${context.time.hop}];
    ${project}_event event;
    size_t count;
    ${project}_init(&network);
    while ((count = fread(samples, sizeof(int16_t), ${context.time.hop}, stdin)) > 0) {
        (void)${project}_push(&network, samples, (uint32_t)count);
        while (${project}_detect(&network, &event)) {
            printf("%8.2f s  %-12s %3ld %%\\n", event.time / ${context.time.rate}.0, ${project}_model.labels[event.label], (long)event.score * 100 / 32767);
            fflush(stdout);
        }
    }
    return 0;
}
`;
}

/** Arduino boards with a PDM microphone. */
function arduino(context: ProjectContext): string {
  const { project } = context.plan;
  return `// Arduino boards with a PDM microphone (Nano 33 BLE Sense, Nano RP2040 Connect, Portenta H7).
#include <PDM.h>
#include <${project}.h>

static ${project} network;
static int16_t samples[2][256];
static volatile int full = 0;     // samples in the half that is ready
static volatile uint8_t half = 0; // the half that is filled next

static void received() {
  full = PDM.read(samples[half], sizeof samples[0]) / 2;
  half ^= 1;
}

void setup() {
  Serial.begin(115200);
  ${project}_init(&network);
  PDM.onReceive(received);
  PDM.begin(1, ${context.time.rate});
}

void loop() {
  ${project}_event event;
  noInterrupts();
  const int count = full;
  const uint8_t ready = half ^ 1;
  full = 0;
  interrupts();
  if (count > 0) ${project}_push(&network, samples[ready], count);
${fetchLines(context, `Serial.println(${project}_model.labels[event.label])`, '  ')}
}
`;
}

/** ESP32 boards with an I2S microphone. */
function esp32(context: ProjectContext): string {
  const { project } = context.plan;
  return `${banner(context, 'ESP32 boards with an I2S microphone (ESP-IDF 5). Set the pins of your board.')}#include "driver/i2s_std.h"
#include "esp_log.h"
#include "${project}.h"

void app_main(void)
{
    static ${project} network;
    static int16_t samples[${context.time.hop}];
    i2s_chan_handle_t microphone;
    ${project}_event event;
    size_t bytes;
    const i2s_chan_config_t channel = I2S_CHANNEL_DEFAULT_CONFIG(I2S_NUM_AUTO, I2S_ROLE_MASTER);
    const i2s_std_config_t standard = {
        .clk_cfg = I2S_STD_CLK_DEFAULT_CONFIG(${context.time.rate}),
        .slot_cfg = I2S_STD_PHILIPS_SLOT_DEFAULT_CONFIG(I2S_DATA_BIT_WIDTH_16BIT, I2S_SLOT_MODE_MONO),
        .gpio_cfg = { .mclk = I2S_GPIO_UNUSED, .bclk = 26, .ws = 25, .dout = I2S_GPIO_UNUSED, .din = 33 },
    };
    ESP_ERROR_CHECK(i2s_new_channel(&channel, NULL, &microphone));
    ESP_ERROR_CHECK(i2s_channel_init_std_mode(microphone, &standard));
    ESP_ERROR_CHECK(i2s_channel_enable(microphone));
    ${project}_init(&network);
    for (;;) {
        ESP_ERROR_CHECK(i2s_channel_read(microphone, samples, sizeof samples, &bytes, portMAX_DELAY));
        ${project}_push(&network, samples, bytes / sizeof(int16_t));
${fetchLines(context, `ESP_LOGI("${project}", "%s", ${project}_model.labels[event.label])`, '        ')}
    }
}
`;
}

/** STM32 and other boards whose driver fills a double buffer. */
function stm32(context: ProjectContext): string {
  const { project } = context.plan;
  return `${banner(context, 'STM32 boards: the microphone fills a double buffer by DMA (HAL, I2S or SAI), the loop pushes the half that is ready.')}#include "${project}.h"
#include "main.h"

extern I2S_HandleTypeDef hi2s1;
void heard(const char *label);
void listen(void);

static ${project} network;
static int16_t samples[2][${context.time.hop}];
static volatile uint32_t halves; /* one bit for each half that is ready */

void HAL_I2S_RxHalfCpltCallback(I2S_HandleTypeDef *microphone)
{
    if (microphone == &hi2s1) halves |= 1u;
}

void HAL_I2S_RxCpltCallback(I2S_HandleTypeDef *microphone)
{
    if (microphone == &hi2s1) halves |= 2u;
}

/* Call from main after the peripherals have been set up. */
void listen(void)
{
    ${project}_event event;
    uint32_t half;
    ${project}_init(&network);
    HAL_I2S_Receive_DMA(&hi2s1, (uint16_t *)samples, sizeof samples / sizeof(int16_t));
    for (;;) {
        for (half = 0; half < 2; ++half) {
            if ((halves & (1u << half)) == 0) continue;
            __disable_irq();
            halves &= ~(1u << half);
            __enable_irq();
            (void)${project}_push(&network, samples[half], ${context.time.hop});
${fetchLines(context, `heard(${project}_model.labels[event.label])`, '            ')}
        }
        __WFI();
    }
}
`;
}

/** Boards that Zephyr knows. */
function zephyr(context: ProjectContext): string {
  const { project } = context.plan;
  const bytes = 2 * context.time.hop;
  return `${banner(context, 'Zephyr: a digital microphone (DMIC) of the device tree, node label dmic_dev. Add the folder to ZEPHYR_EXTRA_MODULES.')}#include "${project}.h"
#include <zephyr/audio/dmic.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

K_MEM_SLAB_DEFINE_STATIC(blocks, ${bytes}, 4, 4);

int main(void)
{
    static ${project} network;
    const struct device *const microphone = DEVICE_DT_GET(DT_NODELABEL(dmic_dev));
    struct pcm_stream_cfg stream = { .pcm_rate = ${context.time.rate}, .pcm_width = 16, .block_size = ${bytes}, .mem_slab = &blocks };
    struct dmic_cfg config = {
        .io = { .min_pdm_clk_freq = 1000000, .max_pdm_clk_freq = 3500000, .min_pdm_clk_dc = 40, .max_pdm_clk_dc = 60 },
        .streams = &stream,
        .channel = { .req_num_streams = 1, .req_num_chan = 1 },
    };
    ${project}_event event;
    config.channel.req_chan_map_lo = dmic_build_channel_map(0, 0, PDM_CHAN_LEFT);
    ${project}_init(&network);
    if (dmic_configure(microphone, &config) < 0 || dmic_trigger(microphone, DMIC_TRIGGER_START) < 0) return -1;
    for (;;) {
        void *samples;
        size_t size;
        if (dmic_read(microphone, 0, &samples, &size, 1000) < 0) continue;
        (void)${project}_push(&network, samples, size / sizeof(int16_t));
        k_mem_slab_free(&blocks, samples);
${fetchLines(context, `printk("%s\\n", ${project}_model.labels[event.label])`, '        ')}
    }
}
`;
}

/** Cycles of one frame on the user's own Cortex-M board. */
function cycles(context: ProjectContext): string {
  const { project } = context.plan;
  return `${banner(context, 'Cycles of a second of audio on a Cortex-M3 or larger, by its cycle counter. Call it from main and read the result in the debugger.')}#include "${project}.h"

uint32_t ${project}_cycles(void);

uint32_t ${project}_cycles(void)
{
    static ${project} network;
    static int16_t samples[${context.time.hop}];
    volatile uint32_t *const demcr = (volatile uint32_t *)0xE000EDFCu;
    volatile uint32_t *const control = (volatile uint32_t *)0xE0001000u;
    volatile uint32_t *const counter = (volatile uint32_t *)0xE0001004u;
    uint32_t noise = 1;
    uint32_t start;
    int32_t frame, i;
    ${project}_init(&network);
    *demcr |= 1u << 24;
    *counter = 0;
    *control |= 1u;
    start = *counter;
    for (frame = 0; frame < ${Math.round(context.time.rate / context.time.hop)}; ++frame) {
        for (i = 0; i < ${context.time.hop}; ++i) {
            noise = noise * 1664525u + 1013904223u;
            samples[i] = (int16_t)((int32_t)(noise >> 20) - 2048);
        }
        (void)${project}_push(&network, samples, ${context.time.hop});
    }
    return *counter - start;
}
`;
}

/** The examples by path; none without a front end, because they all push audio. */
export function exampleFiles(context: ProjectContext): readonly (readonly [path: string, text: string])[] {
  if (context.frontEnd === null) return [];
  const { project } = context.plan;
  return [
    ['examples/linux/listen.c', linux(context)],
    [`examples/arduino_pdm/arduino_pdm.ino`, arduino(context)],
    ['examples/esp32/main.c', esp32(context)],
    ['examples/stm32/listen.c', stm32(context)],
    ['examples/zephyr/main.c', zephyr(context)],
    [`test/${project}_cycles.c`, cycles(context)],
  ];
}
