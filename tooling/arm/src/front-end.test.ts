/** Front ends of every kind and size over audio that is hard for integers: the exported C gives the frames of the features package. */
import { join } from 'node:path';
import { armProject, type GoldenClip } from '@bitvox/arm';
import { type FeatureConfig, MFCC98X13, SPEC98X40 } from '@bitvox/features';
import { expect, test } from 'vitest';
import { build, missingFor, run } from './emulation.ts';
import { Dice, randomProgram } from './random-program.ts';
import { inFolder, missingTool, needs, SANITIZERS, succeed, writeFiles } from './toolchain.ts';

const CONFIGS: readonly (readonly [name: string, config: FeatureConfig])[] = [
  ['the default', SPEC98X40],
  ['cepstra', MFCC98X13],
  ['64 points', { ...SPEC98X40, fft: 64, window: 64, hop: 33, bands: 9 }],
  ['an odd window, 128 points', { ...SPEC98X40, fft: 128, window: 101, hop: 101, bands: 12, windowKind: 'hamming-periodic' }],
  [
    '256 points, slaney, natural logarithm',
    {
      ...SPEC98X40,
      fft: 256,
      window: 250,
      hop: 80,
      bands: 20,
      high: 8000,
      melScale: 'slaney',
      melSlope: 'hertz',
      compression: { kind: 'log', scale: 12, bias: 1, offset: -20 },
    },
  ],
  ['1024 points at 32 kHz', { ...MFCC98X13, sampleRate: 32_000, fft: 1024, window: 1000, hop: 500, high: 16_000 }],
  ['2048 points at 48 kHz', { ...SPEC98X40, sampleRate: 48_000, fft: 2048, window: 2047, hop: 1024, bands: 64, high: 20_000, windowKind: 'povey' }],
];

/** Silence, full scale, impulses, noise of every level, tones. */
function hardAudio(config: FeatureConfig): readonly GoldenClip[] {
  const dice = new Dice(config.fft);
  const length = 6 * config.window;
  const clip = (name: string, sample: (at: number) => number): GoldenClip => ({ name, samples: Int16Array.from({ length }, (_, at) => sample(at)) });
  return [
    clip('full scale', (at) => (at % 2 === 0 ? -32_768 : 32_767)),
    clip('constant', (at) => (at < length / 2 ? -32_768 : 1)),
    clip('impulses', () => (dice.chance(0.01) ? dice.pick([-32_768, 32_767, 1, -1]) : 0)),
    clip('noise', (at) => dice.integer(-1, 1) * dice.integer(0, 2 ** Math.floor((16 * at) / length)) * 0.99),
    clip('tone', (at) => 32_767 * Math.sin(at * at * 1e-3)),
  ];
}

const project = (config: FeatureConfig, core: 'portable' | 'cortex-m4') =>
  armProject(randomProgram(7, config), { core, name: 'ears', layout: 'single-file', clips: hardAudio(config) });

const missing = missingTool('gcc');
test.skipIf(missing !== undefined).each(CONFIGS)(`%s under sanitizers${needs(missing)}`, async (_, config) => {
  await inFolder((folder) => {
    writeFiles(folder, project(config, 'portable').files);
    succeed('gcc', ['-std=c99', '-O1', ...SANITIZERS, 'ears.c', 'ears_selftest.c', '-o', 'selftest'], folder);
    expect(succeed(join(folder, 'selftest'), [])).toBe('');
  });
});

const absent = missingFor('cortex-m4', 'clang');
test.skipIf(absent !== undefined).each(CONFIGS)(`%s with the dual multiplications of a Cortex-M4${needs(absent)}`, async (_, config) => {
  await inFolder((folder) => {
    writeFiles(folder, project(config, 'cortex-m4').files);
    const { status, stdout, stderr } = run('cortex-m4', build({ target: 'cortex-m4', compiler: 'clang', folder, sources: ['ears.c', 'ears_selftest.c'] }));
    expect({ status, text: stdout + stderr }).toEqual({ status: 0, text: '' });
  });
});
