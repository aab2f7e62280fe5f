/** Exported projects on this machine: every compiler, every warning, C and C++, sanitizers, CMake, both layouts; the self-test finds what is wrong. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ArmProject } from '@bitvox/arm';
import { beforeAll, describe, expect, test } from 'vitest';
import { command, inFolder, missingTool, needs, SANITIZERS, STRICT, succeed, writeFiles } from './toolchain.ts';
import { goldenClips, zooProject } from './zoo-project.ts';

const LAYOUTS = ['folder', 'single-file'] as const;
const projects = {} as Record<(typeof LAYOUTS)[number], ArmProject>;

beforeAll(async () => {
  for (const layout of LAYOUTS) projects[layout] = await zooProject({ core: 'portable', layout });
});

const sourcesOf = ({ files }: ArmProject): readonly string[] => Array.from(files.keys()).filter((path) => path.endsWith('.c') && !path.startsWith('examples/'));
const buildable = (project: ArmProject): readonly string[] => sourcesOf(project).filter((path) => !path.endsWith('_cycles.c'));

describe.each(LAYOUTS)('a %s', (layout) => {
  const languages = [
    ['gcc', '-std=c99'],
    ['clang-14', '-std=c99'],
    ['gcc', '-xc++ -std=c++11'],
    ['clang-14', '-xc++ -std=c++11'],
  ] as const;
  for (const [compiler, language] of languages) {
    const missing = missingTool(compiler);
    test.skipIf(missing !== undefined)(`compiles without a warning by ${compiler} ${language}${needs(missing)}`, async () => {
      const project = projects[layout];
      await inFolder((folder) => {
        writeFiles(folder, project.files);
        for (const source of sourcesOf(project)) {
          const { stderr } = command(compiler, [...language.split(' '), ...STRICT, '-O1', '-Isrc', '-c', source, '-o', 'object.o'], folder);
          expect({ source, stderr }).toEqual({ source, stderr: '' });
        }
      });
    });
  }

  const missing = missingTool('gcc');
  test.skipIf(missing !== undefined)(`computes the golden vectors under sanitizers${needs(missing)}`, async () => {
    const project = projects[layout];
    await inFolder((folder) => {
      writeFiles(folder, project.files);
      succeed('gcc', ['-std=c99', '-O1', ...SANITIZERS, '-Isrc', ...buildable(project), '-o', 'selftest'], folder);
      expect(succeed(join(folder, 'selftest'), [])).toBe('');
    });
  });
});

describe('the self-test', () => {
  const missing = missingTool('gcc');
  const damages = [
    ['a weight', 1, 'src/kws_dfsmn_weights.c', /0x([0-9a-f]{8})u/, '0x12345678u'],
    ['a table of the front end', 2, 'src/kws_dfsmn_tables.h', /(mel_weights\[\d+\] = \{\n\s+)(\d+)/, '$11'],
    ['an expected score', 3, 'test/kws_dfsmn_vectors.h', /(scores_0\[\d+\] = \{\n\s+)(\d+)/, '$132766'],
    ['an expected detection', 4, 'test/kws_dfsmn_vectors.h', /(events_0\[\d+\] = \{\n\s+\{ )(\d+)/, '$19'],
  ] as const;
  test.skipIf(missing !== undefined).each(damages)(`finds a change of %s${needs(missing)}`, async (_, status, path, pattern, replacement) => {
    const project = projects.folder;
    const text = project.files.get(path)!;
    const damaged = text.replace(pattern, replacement);
    expect(damaged).not.toBe(text);
    await inFolder((folder) => {
      writeFiles(folder, new Map([...project.files, [path, damaged]]));
      succeed('gcc', ['-O1', '-Isrc', ...buildable(project), '-o', 'selftest'], folder);
      expect(command(join(folder, 'selftest'), []).status).toBe(status);
    });
  });
});

describe('build descriptions', () => {
  const missing = missingTool('cmake', 'gcc');
  test.skipIf(missing !== undefined)(`CMake builds the library and its self-test passes${needs(missing)}`, async () => {
    await inFolder((folder) => {
      writeFiles(folder, projects.folder.files);
      succeed('cmake', ['-S', '.', '-B', 'build', '-DCMAKE_C_COMPILER=gcc'], folder);
      succeed('cmake', ['--build', 'build'], folder);
      expect(succeed('ctest', ['--test-dir', 'build'], folder)).toContain('100% tests passed');
    });
  });

  test.skipIf(missing !== undefined)(`the example for Linux boards hears a word${needs(missing)}`, async () => {
    const project = projects.folder;
    const [clip] = await goldenClips();
    const audio = new Int16Array(32_000);
    audio.set(clip!.samples);
    await inFolder((folder) => {
      writeFiles(folder, project.files);
      succeed('gcc', ['-std=c99', '-O2', '-Isrc', 'src/kws_dfsmn.c', 'src/kws_dfsmn_weights.c', 'examples/linux/listen.c', '-o', 'listen'], folder);
      expect(succeed(join(folder, 'listen'), [], folder, new Uint8Array(audio.buffer))).toMatch(/^ +1\.\d+ s  yes +\d+ %\n$/);
    });
  });

  test('the README of the package states the sizes of this project', () => {
    const text = readFileSync(new URL('../../../packages/targets/arm/README.md', import.meta.url), 'utf8');
    const { state, weights, tables } = projects.folder.report.bytes;
    for (const bytes of [state, weights, tables]) expect(text).toContain(`| ${bytes.toLocaleString('en-US')} |`);
  });

  test('metadata is well formed', () => {
    const { files } = projects.folder;
    expect(JSON.parse(files.get('library.json')!)).toMatchObject({ name: 'kws_dfsmn', headers: 'kws_dfsmn.h' });
    expect(JSON.parse(files.get('report.json')!)).toEqual(projects.folder.report);
    for (const line of files.get('library.properties')!.trimEnd().split('\n')) expect(line).toMatch(/^\w+=.+$/);
    const listed = Array.from(files.get('bitvox.kws_dfsmn.pdsc')!.matchAll(/name="(src\/\w+\.[ch])"/g), ([, path]) => path!);
    expect(listed).toHaveLength(3);
    for (const path of listed) expect(files.has(path)).toBe(true);
    expect(files.get('README.md')!.trimEnd().split('\n').length).toBeLessThanOrEqual(12);
  });
});
