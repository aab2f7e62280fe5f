/** What choosing by measuring costs: the first question in a process of its own, since engines keep the code of the probes. */
import { spawnSync } from 'node:child_process';
import type { ResultRow } from '@bitvox/checks';

const PROCESSES = 9;
/** Asks for the fastest kernel where nothing but one plan was compiled before; the store is told of speeds only if the probes settled. */
const FIRST_QUESTION = `
  import { fastestGemm, planGemm } from ${JSON.stringify(import.meta.resolve('@bitvox/bitpack'))};
  planGemm({ m: 64, k: 64, t: 64 }).module({ scratch: 16, shared: false });
  let settled = false;
  const store = { getItem: () => null, setItem: () => { settled = true; } };
  const start = performance.now();
  fastestGemm({ m: 256, k: 256, t: 98 }, {}, { store });
  console.log(JSON.stringify({ milliseconds: performance.now() - start, settled }));
`;

/** The row of the table. */
export function calibrationRow(): ResultRow {
  const runs = Array.from({ length: PROCESSES }, () => {
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', FIRST_QUESTION], { encoding: 'utf8' });
    return JSON.parse(stdout) as { readonly milliseconds: number; readonly settled: boolean };
  });
  const times = runs.map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b);
  const digits = (value: number): number => Number(value.toPrecision(3));
  return {
    id: 'calibration-ms',
    what: 'the first call of fastestGemm in a process: the probes emitted, compiled and measured; later calls only predict',
    figure: digits(times[PROCESSES >> 1]!),
    unit: 'ms',
    must: '< 20',
    note: `median of ${PROCESSES} processes, best ${digits(times[0]!)} ms, worst ${digits(times.at(-1)!)} ms; settled in ${runs.filter(({ settled }) => settled).length}, by the rule elsewhere`,
  };
}
