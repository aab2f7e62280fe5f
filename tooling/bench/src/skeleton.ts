/**
 * `npm run report:skeleton -- --data FOLDER [--parts accuracy,start,training,inference]` measures the figures of `results/skeleton.json`.
 *
 * `accuracy` writes the cards of the zoo too; it needs Speech Commands: FOLDER/speech-commands/testset-v0.02.csv with its tar. `start` clones the committed state and runs
 * `npm start` there. `training` needs PyTorch. Parts that are not measured keep their rows from the results file.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { type ResultRow, type Results, resultsSchema, standing, writeResults } from '@bitvox/checks';
import { decodeModel } from '@bitvox/graph';
import { ZOO, type ZooName, zooUrl } from '@bitvox/models/zoo';
import { type Evaluation, modelCard } from './card.ts';
import { PEER, timeInference } from './inference.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FLOAT_SEPARABLE: ZooName = 'separable-12-f32';
const BINARY: ZooName = 'dfsmn-12-w1a1';
const TWIN: ZooName = 'dfsmn-12-f32';
const TEST_SET = 'official train part of the Speech Commands v0.02 spectrograms, tested on the audio of testset-v0.02, 12 labels, seed 1';

type Rows = readonly ResultRow[];

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Runs a command in a folder and gives its standard output; its progress goes to ours. */
function output(folder: string, command: string, parameters: readonly string[]): string {
  return execFileSync(command, parameters, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 28 });
}

/** Evaluates a model of the zoo with both executors, and writes its card. */
async function evaluate(name: ZooName, data: string): Promise<Evaluation> {
  const manifest = join(data, 'speech-commands', 'testset-v0.02.csv');
  const parameters = ['apps/cli/dist/main.js', 'eval', `zoo:${name}`, manifest, '--backend', 'both', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, parameters, { cwd: ROOT, maxBuffer: 2 ** 28 });
  const evaluation = JSON.parse(stdout) as Evaluation;
  const file = zooUrl(name);
  writeFileSync(new URL(`${name}.md`, file), modelCard(name, ZOO[name].summary, decodeModel(readFileSync(file)), evaluation));
  return evaluation;
}

async function accuracyRows(data: string): Promise<Rows> {
  const [float, binary, twin] = await Promise.all([evaluate(FLOAT_SEPARABLE, data), evaluate(BINARY, data), evaluate(TWIN, data)]);
  for (const { identicalScores } of [float, binary, twin]) if (!identicalScores) throw new Error('the executors disagree');
  const percent = (evaluation: Evaluation): number => round(100 * evaluation.accuracy, 2);
  const note = `${float.clips} clips; label priors of the training data taken out of the classifier (equalPriors); reference and WebAssembly gave identical scores on every clip`;
  return [
    { id: 'float-audio-accuracy', what: `float separable network, ${TEST_SET}`, figure: percent(float), unit: '%', must: '>= 95', aim: '>= 96.5', note },
    {
      id: 'binary-audio-accuracy',
      what: `1-bit DFSMN, ${TEST_SET}`,
      figure: percent(binary),
      unit: '%',
      must: `>= ${round(percent(twin) - 4, 2)}`,
      peer: { name: 'its own float twin, same data and split', figure: percent(twin), unit: '%' },
      note: `${note}; the line is 4 points below the twin`,
    },
    { id: 'binary-bytes', what: 'file of the 1-bit DFSMN', figure: binary.model.bytes, unit: 'bytes', must: '<= 160000' },
  ];
}

/** A clone of the committed state, started as the README says. What npm and pnpm have in their caches is not downloaded again. */
async function startRows(): Promise<Rows> {
  const folder = mkdtempSync(join(tmpdir(), 'bitvox-start-'));
  try {
    output(ROOT, 'git', ['clone', '--quiet', ROOT, folder]);
    const began = performance.now();
    const printed = output(folder, 'npm', ['--silent', 'start', '--', '--json']);
    const seconds = (performance.now() - began) / 1000;
    const { evaluation } = JSON.parse(printed.slice(printed.indexOf('{'))) as { evaluation: { accuracy: number; clips: number } };
    return [
      { id: 'start-seconds', what: '`npm start` in a fresh clone, download included', figure: round(seconds, 1), unit: 's', must: '<= 180' },
      {
        id: 'mini-accuracy',
        what: 'what `npm start` trained, on the audio of unheard speakers of the mini corpus',
        figure: round(100 * evaluation.accuracy, 2),
        unit: '%',
        must: '>= 75',
        note: `${evaluation.clips} clips`,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function trainingRows(): Promise<Rows> {
  const { rows } = JSON.parse(output(ROOT, process.execPath, ['tooling/bench/src/training.mjs', '--rounds', '7'])) as { rows: ResultRow[] };
  return rows;
}

async function inferenceRows(): Promise<Rows> {
  const { ours, peer, ratio } = await timeInference(decodeModel(readFileSync(zooUrl(BINARY))), decodeModel(readFileSync(zooUrl(TWIN))));
  return [
    {
      id: 'inference-vs-ort-web-f32',
      what: 'one clip through the 1-bit DFSMN, times faster than its float twin in onnxruntime-web; one thread each, interleaved, medians',
      figure: round(ratio, 1),
      unit: 'times',
      must: '>= 8',
      peer: { name: PEER, figure: round(peer, 0), unit: 'µs' },
      note: `ours ${round(ours, 0)} µs`,
    },
  ];
}

const { values } = parseArgs({
  options: { data: { type: 'string', default: 'data' }, parts: { type: 'string', default: 'accuracy,start,training,inference' } },
});
const PARTS: Readonly<Record<string, () => Promise<Rows>>> = {
  accuracy: () => accuracyRows(values.data),
  start: startRows,
  training: trainingRows,
  inference: inferenceRows,
};

function earlierRows(): Rows {
  try {
    return (resultsSchema.parse(JSON.parse(readFileSync(join(ROOT, 'results', 'skeleton.json'), 'utf8'))) as Results).rows;
  } catch {
    return [];
  }
}

const rows = new Map(earlierRows().map((row) => [row.id, row] as const));
for (const part of values.parts.split(',')) {
  const measure = PARTS[part];
  if (measure === undefined) throw new Error(`unknown part ${part}; known are ${Object.keys(PARTS).join(', ')}`);
  for (const row of await measure()) {
    rows.set(row.id, row);
    process.stdout.write(`${row.id.padEnd(28)} ${row.figure} ${row.unit}  ${standing(row)}\n`);
  }
}
const path = await writeResults(ROOT, { name: 'skeleton', command: 'npm run report:skeleton -- --data data', seeds: [1], rows: [...rows.values()] });
process.stdout.write(`${path}\n`);
// The worker threads of the peer would keep the process alive.
process.exit(0);
