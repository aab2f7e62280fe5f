/** `bitvox doctor`: what this machine offers, and what would be missing for which command. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import { detectCapabilities } from '@bitvox/wasm';
import { EXIT } from '../errors.ts';
import { styleFor } from '../ui/style.ts';
import { defineVerb } from '../verb.ts';

/** One finding. A machine that lacks something required cannot run bitvox. */
interface Finding {
  readonly name: string;
  readonly found: boolean;
  readonly detail: string;
  readonly required: boolean;
}

function findings(): readonly Finding[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const engine = detectCapabilities();
  return [
    { name: 'Node.js', found: major > 20 || (major === 20 && minor >= 19), detail: `${process.versions.node}, 20.19 or newer is needed`, required: true },
    { name: 'WebAssembly SIMD', found: engine.simd, detail: 'kernels of training and inference', required: true },
    { name: 'WebAssembly threads', found: engine.threads, detail: 'training on several cores', required: false },
    { name: 'Processor', found: true, detail: `${availableParallelism()} cores, ${cpus()[0]?.model.trim() ?? 'unknown'}`, required: false },
    { name: 'Memory', found: totalmem() > 2 ** 31, detail: `${(totalmem() / 2 ** 30).toFixed(1)} GiB, 2 GiB are enough to train`, required: false },
  ];
}

export default defineVerb({
  name: 'doctor',
  summary: 'Check what this machine offers',
  details: ['Ends with exit code 3 when something is missing without which bitvox does not run.'],
  arguments: [],
  options: {},
  examples: [['doctor', 'a line for everything that is looked for']],
  run: async ({ options, terminal }) => {
    const all = findings();
    const style = styleFor(terminal.outColor);
    const mark = ({ found, required }: Finding): string =>
      found ? style('green', 'ok     ') : style(required ? 'red' : 'yellow', required ? 'missing' : 'absent ');
    if (options['json'] === true) terminal.out(`${JSON.stringify({ findings: all })}\n`);
    else for (const finding of all) terminal.out(`${mark(finding)}  ${finding.name.padEnd(20)}  ${finding.detail}\n`);
    return all.every(({ found, required }) => found || !required) ? EXIT.ok : EXIT.missingTool;
  },
});
