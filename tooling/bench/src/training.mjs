/**
 * One training step of workload M against PyTorch on the CPU, one thread each: alternating processes, the same weights and data, medians.
 *
 * `node tooling/bench/src/training.mjs [--rounds 5] [--steps 12] [--threads 1] [--seed 1]` after a build prints `{rows}` on stdout and its progress on
 * stderr. It fails when the losses of the first steps differ by more than 1e-4. PyTorch comes from Debian (`python3-torch`, `libopenblas0-pthread`);
 * `PYTHON` names another interpreter.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeWorkload } from './training-workload.mjs';

/** Steps that warm an engine up and are not counted. */
const WARM_UP = 3;
const TOLERANCE = 1e-4;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '12' },
    threads: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
  },
});
const [rounds, steps, threads, seed] = [values.rounds, values.steps, values.threads, values.seed].map(Number);

function findPython() {
  for (const command of [process.env.PYTHON, 'python3', '/usr/bin/python3']) {
    if (command === undefined) continue;
    try {
      execFileSync(command, ['-c', 'import torch'], { stdio: 'ignore' });
      return command;
    } catch {
      // The next candidate may have it.
    }
  }
  console.error('No Python with PyTorch found: install python3-torch and libopenblas0-pthread, or set PYTHON.');
  process.exit(2);
}

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Runs one engine in a process of its own; gives its losses and the median of its steps. */
function measure(command, script, file) {
  const environment = { ...process.env, OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) };
  const { losses, milliseconds } = JSON.parse(execFileSync(command, [here(script), file, String(steps), String(threads)], { env: environment }).toString());
  return { losses, step: median(milliseconds.slice(WARM_UP)) };
}

const python = findPython();
const folder = mkdtempSync(join(tmpdir(), 'bitvox-training-'));
try {
  const file = join(folder, 'workload.bin');
  writeWorkload(file, seed);
  const [ours, peer] = [[], []];
  for (let round = 0; round < rounds; round++) {
    ours.push(measure(process.execPath, 'training-step.mjs', file));
    peer.push(measure(python, 'training_torch.py', file));
    console.error(`round ${round + 1}: ${ours.at(-1).step.toFixed(1)} ms, PyTorch ${peer.at(-1).step.toFixed(1)} ms`);
  }
  const apart = Math.max(...ours[0].losses.slice(0, 4).map((loss, at) => Math.abs(loss - peer[0].losses[at])));
  if (!(apart <= TOLERANCE))
    throw new Error(`the losses of the first steps differ by ${apart}: ${ours[0].losses.slice(0, 4)} and ${peer[0].losses.slice(0, 4)}`);
  const [own, torch] = [ours, peer].map((list) => median(list.map(({ step }) => step)));
  const what = `time of one training step (forward, backward, Adam) of a separable network, 128 clips, ${threads} thread${threads > 1 ? 's' : ''}, ours / PyTorch`;
  const note = `${own.toFixed(1)} ms / ${torch.toFixed(1)} ms, medians of ${rounds} alternating processes; losses of the first steps agree to ${apart.toExponential(1)}`;
  const version = execFileSync(python, ['-c', 'import torch; print(torch.__version__)'], { encoding: 'utf8' }).trim();
  const row = {
    id: 'training-step-vs-pytorch',
    what,
    figure: Number((own / torch).toFixed(3)),
    unit: 'times',
    must: '<= 1',
    aim: '<= 0.7',
    peer: { name: `PyTorch ${version} on the CPU`, figure: Number(torch.toFixed(1)), unit: 'ms' },
    note,
  };
  console.log(JSON.stringify({ rows: [row] }));
} finally {
  rmSync(folder, { recursive: true });
}
