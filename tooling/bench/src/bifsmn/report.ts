/**
 * `npm run report:bifsmn -- --data FOLDER [--runs FOLDER] [--only v2-1,...] [--jobs 1] [--measure] [--keep-times] [--publish v2-1]` trains what is missing of the plan, tests every
 * finished run and writes `results/bifsmn.json` and `results/bifsmn-curves.json`.
 *
 * FOLDER of the data holds `speech-commands-spectrograms` and `speech-commands/testset-v0.02.csv` with its tar. An interrupted training goes on where
 * it stopped. `--measure` trains nothing; `--keep-times` leaves times as they were, for a machine that is busy; `--publish` puts a finished run into the zoo.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type ResultRow, resultsSchema, standing, writeCurves, writeResults } from '@bitvox/checks';
import { timeAtLevel } from './costs.ts';
import { measureRuns } from './measure.ts';
import { PLAN, type Run, runsNamed } from './plan.ts';
import { publish } from './publish.ts';
import { rowsOf, withEarlierTimes } from './rows.ts';
import { dataPathsIn, loadTestData } from './test-sets.ts';
import { trainByCommand, trainRuns } from './training.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const COMMAND = 'npm run report:bifsmn -- --data data';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: 'data' },
    runs: { type: 'string', default: join(ROOT, 'runs', 'bifsmn') },
    only: { type: 'string' },
    jobs: { type: 'string', default: '1' },
    measure: { type: 'boolean', default: false },
    'keep-times': { type: 'boolean', default: false },
    publish: { type: 'string' },
  },
});

function earlierRows(): readonly ResultRow[] {
  const path = join(ROOT, 'results', 'bifsmn.json');
  return existsSync(path) ? resultsSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).rows : [];
}

const note = (text: string): void => void process.stderr.write(`${text}\n`);
const paths = dataPathsIn(values.data);
const jobs = Number(values.jobs);
if (!Number.isInteger(jobs) || jobs < 1) throw new RangeError(`--jobs must be a whole number from 1, got "${values.jobs}"`);

if (!values.measure) {
  const runs = values.only === undefined ? PLAN.runs : runsNamed(PLAN, values.only.split(','));
  const train = trainByCommand(join(ROOT, 'apps', 'cli', 'dist', 'main.js'), paths.spectrograms, PLAN);
  await trainRuns({ plan: PLAN, runs, folder: values.runs, train, jobs, onStart: ({ id }) => note(`training ${id}`) });
}

note('reading the test sets');
const data = await loadTestData(paths, PLAN.labels);
const timing = values['keep-times'] ? null : timeAtLevel;
const onRun = ({ id }: Run): void => note(`measuring ${id}`);
const { measurements, curves, unfinished } = await measureRuns({ plan: PLAN, folder: values.runs, data, timing, onRun });
if (measurements.length === 0) throw new Error(`no run in ${values.runs} is finished`);
if (unfinished.length > 0) note(`not finished: ${unfinished.join(', ')}`);

const missing = unfinished.length > 0 && `not trained: ${unfinished.join(', ')}`;
const rows = withEarlierTimes(rowsOf(PLAN, measurements), earlierRows()).map((row, at) =>
  at === 0 && missing ? { ...row, note: `${row.note ?? ''}; ${missing}` } : row,
);
for (const row of rows) process.stdout.write(`${row.id.padEnd(40)} ${row.figure} ${row.unit}  ${standing(row)}\n`);
const seeds = [...new Set(measurements.map(({ run }) => run.seed))].toSorted((a, b) => a - b);
process.stdout.write(`${await writeResults(ROOT, { name: 'bifsmn', command: COMMAND, seeds, rows })}\n`);
if (curves.length > 0) process.stdout.write(`${await writeCurves(ROOT, { name: 'bifsmn-curves', command: COMMAND, runs: curves })}\n`);

if (values.publish !== undefined) {
  const measurement = measurements.find(({ run }) => run.id === values.publish);
  if (measurement === undefined) throw new Error(`${values.publish} is not finished, so that it cannot go into the zoo`);
  const line = publish(PLAN, values.runs, join(ROOT, 'packages', 'models', 'zoo'), measurement);
  if (line !== undefined) note(`packages/models/src/zoo.ts needs the line\n${line}`);
}
// The worker threads of the peer would keep the process alive.
process.exit(0);
