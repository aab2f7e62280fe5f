/** Random networks: what the exported C computes on this machine, under sanitizers, is what the reference executor computes. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { driverFiles, expectedLines, type DriverCase } from './network-driver.ts';
import { randomFrames, randomProgram } from './random-program.ts';
import { inFolder, missingTool, SANITIZERS, succeed, writeFiles } from './toolchain.ts';

const missing = missingTool('gcc');
/** More with `BITVOX_NETWORKS=1000`. */
const NETWORKS = Number(process.env['BITVOX_NETWORKS'] ?? 40);
const FIRST = Number(process.env['BITVOX_FIRST_NETWORK'] ?? 1);

test.skipIf(missing !== undefined)(`random networks give the logits, scores and detections of the reference${missing === undefined ? '' : `, needs ${missing}`}`, async () => {
  for (let first = FIRST; first < FIRST + NETWORKS; first += 20) {
    const cases = Array.from({ length: Math.min(20, FIRST + NETWORKS - first) }, (_, index): DriverCase => {
      const program = randomProgram(first + index);
      return { program, frames: randomFrames(first + index, program.input.frames, program.input.channels) };
    });
    await inFolder((folder) => {
      const files = driverFiles(cases, 'portable');
      writeFiles(folder, files);
      const sources = Array.from(files.keys()).filter((path) => path.endsWith('.c'));
      succeed('gcc', ['-std=c99', '-O0', ...SANITIZERS, ...sources, '-o', 'networks'], folder);
      expect(succeed(join(folder, 'networks'), []).trimEnd().split('\n'), `networks ${first} to ${first + 19}`).toEqual(expectedLines(cases));
    });
  }
}, 600_000);
