/** Networks of the papers at every level: the self-test of what is exported passes on emulated cores and, under sanitizers, on this machine. */
import { join } from 'node:path';
import { armProject, type ArmProject, type CoreName } from '@bitvox/arm';
import type { Model } from '@bitvox/graph';
import { bifsmnLevels, BIFSMN_LEVELS, separable } from '@bitvox/models';
import { lower } from '@bitvox/runtime';
import { expect, test } from 'vitest';
import { build, missingFor, run } from './emulation.ts';
import { inFolder, missingTool, needs, SANITIZERS, STRICT, succeed, writeFiles } from './toolchain.ts';
import { alone, untrainedModel } from './untrained-model.ts';
import { goldenClips } from './zoo-project.ts';

const LABELS = ['yes', 'no', 'up', 'down', 'left', 'right', 'on', 'off', 'stop', 'go', 'silence', 'unknown'];
const labels = LABELS.length;
const binary = (binarizer: 'bifsmn' | 'bifsmn-v2' | 'react'): Model => untrainedModel(bifsmnLevels({ labels, binarizer }), LABELS, 1);

const NETWORKS: readonly (readonly [name: string, model: () => Model, level: string])[] = [
  ...BIFSMN_LEVELS.map((level) => [`BiFSMN ${level}`, () => binary('bifsmn'), level] as const),
  ...BIFSMN_LEVELS.map((level) => [`BiFSMNv2 ${level}`, () => binary('bifsmn-v2'), level] as const),
  ['BiFSMN with offsets before the sign', () => binary('react'), '0.25x'],
  ['a separable network of 8 bits', () => untrainedModel(alone(separable({ labels, bits: 8 })), LABELS, 2), '1x'],
  ['a separable network of 1 bit', () => untrainedModel(alone(separable({ labels, bits: 1 })), LABELS, 3), '1x'],
];

async function exported(model: Model, level: string, core: CoreName): Promise<ArmProject> {
  const [first] = await goldenClips();
  const clips = [{ name: first!.name, samples: first!.samples.slice(0, 14_000) }];
  const project = armProject(model, { core, level, clips, name: 'net', layout: 'single-file' });
  expect(project.report.vectors[0]!.scores).toBeGreaterThan(2);
  const [, scores] = project.files.get('net_vectors.h')!.match(/scores_0\[\d+\] = \{([^}]*)\}/)!;
  expect(new Set(scores!.split(',')).size).toBeGreaterThan(15);
  return project;
}

for (const target of ['cortex-m4', 'cortex-a53'] as const) {
  const missing = missingFor(target, 'clang');
  test.skipIf(missing !== undefined).each(NETWORKS)(`%s on ${target}${needs(missing)}`, async (_, model, level) => {
    const { files } = await exported(model(), level, target);
    await inFolder((folder) => {
      writeFiles(folder, files);
      const { status, stdout, stderr } = run(target, build({ target, compiler: 'clang', folder, sources: ['net.c', 'net_selftest.c'] }));
      expect({ status, text: stdout + stderr }).toEqual({ status: 0, text: '' });
    });
  });
}

const missing = missingTool('gcc');
test.skipIf(missing !== undefined).each(NETWORKS.filter(([, , level]) => level === '0.25x'))(`%s on this machine${needs(missing)}`, async (_, model, level) => {
  const { files } = await exported(model(), level, 'cortex-m4');
  await inFolder((folder) => {
    writeFiles(folder, files);
    succeed('gcc', ['-std=c99', '-O1', ...STRICT, ...SANITIZERS, 'net.c', 'net_selftest.c', '-o', 'selftest'], folder);
    expect(succeed(join(folder, 'selftest'), [])).toBe('');
  });
});

test('a level that there is not, and a level of a program, are refused', () => {
  const model = binary('bifsmn');
  expect(() => armProject(model, { core: 'portable', level: '2x' })).toThrow('GRAPH_LEVEL');
  expect(() => armProject(lower(model), { core: 'portable', level: '1x' })).toThrow('ARM_LEVEL: "bifsmn" is lowered already');
});
