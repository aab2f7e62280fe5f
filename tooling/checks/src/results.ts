/**
 * The one schema of `results/<name>.json`: figures that a command of this repository measured.
 * Invariant: only `writeResults` writes such a file, and every file in `results/` passes `resultsSchema`.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { arch, cpus, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

/** Name of a file, or of a training. */
export const identifier = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be in kebab-case');
const bound = z.string().regex(/^(>=|<=|>|<|=) -?\d+(\.\d+)?$/, 'must be a comparison with a number, such as ">= 95"');

/** Kebab-case parts between slashes: what was measured, then against whom. */
const rowIdentifier = z.string().regex(/^[a-z0-9]+([-/][a-z0-9]+)*$/, 'must be in kebab-case, with slashes between its parts');

/** One figure. */
export const resultRowSchema = z.strictObject({
  /** Permanent name of the figure. */
  id: rowIdentifier,
  /** What was measured, in words. */
  what: z.string().min(1),
  figure: z.number().finite(),
  /** `%`, `bytes`, `s`, `ms`, `µs`, `times`, ... */
  unit: z.string().min(1),
  /** The line that has to be reached, such as `">= 95"`. */
  must: bound.optional(),
  /** The line worth reaching. */
  aim: bound.optional(),
  /** What the figure is compared with. */
  peer: z.strictObject({ name: z.string().min(1), figure: z.number().finite(), unit: z.string().min(1).optional() }).optional(),
  /** Circumstances, and for a missed line by how much and why. */
  note: z.string().optional(),
});

/** Who wrote a file, when and where. */
export const writingSchema = {
  /** What to type to measure again. */
  command: z.string().min(1),
  /** Commit of the sources, with `+` when the working tree had changes; `unknown` outside a git clone. */
  commit: z.string().regex(/^([0-9a-f]{7,40}\+?|unknown)$/),
  date: z.iso.datetime(),
  machine: z.strictObject({ processor: z.string(), cores: z.int().positive(), memoryGiB: z.number().positive(), system: z.string(), node: z.string() }),
};

/** A whole file. */
export const resultsSchema = z.strictObject({
  name: identifier,
  ...writingSchema,
  seeds: z.array(z.int()),
  rows: z
    .array(resultRowSchema)
    .min(1)
    .refine((rows) => new Set(rows.map((row) => row.id)).size === rows.length, 'must have unique ids'),
});

/** One figure with its lines. */
export type ResultRow = z.infer<typeof resultRowSchema>;
/** The contents of a results file. */
export type Results = z.infer<typeof resultsSchema>;

const COMPARE: Readonly<Record<string, (figure: number, line: number) => boolean>> = {
  '>=': (figure, line) => figure >= line,
  '<=': (figure, line) => figure <= line,
  '>': (figure, line) => figure > line,
  '<': (figure, line) => figure < line,
  '=': (figure, line) => figure === line,
};

/** Whether a figure satisfies a line such as `">= 95"`. */
export function meets(figure: number, line: string): boolean {
  const [comparison = '', number = ''] = bound.parse(line).split(' ');
  return COMPARE[comparison]!(figure, Number(number));
}

/** How a row stands: below its `must`, at its `must`, at its `aim`, or without a line. */
export function standing(row: ResultRow): 'missed' | 'reached' | 'aim reached' | 'no line' {
  if (row.must !== undefined && !meets(row.figure, row.must)) return 'missed';
  if (row.aim !== undefined && meets(row.figure, row.aim)) return 'aim reached';
  return row.must === undefined ? 'no line' : 'reached';
}

/** The machine that this process runs on, as results files name it. */
export function thisMachine(): Results['machine'] {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${arch()}`,
    node: process.versions.node,
  };
}

function commitOf(root: string): string {
  const git = (...parameters: string[]): string => execFileSync('git', parameters, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return `${git('rev-parse', '--short=12', 'HEAD')}${git('status', '--porcelain', '--', ':!results') === '' ? '' : '+'}`;
  } catch {
    return 'unknown';
  }
}

/** What the caller of `writeResults` knows; the rest is found out. */
export type Measured = Pick<Results, 'name' | 'command' | 'seeds' | 'rows'>;

/** What is found out about the writing of a file. */
export function thisWriting(root: string): Pick<Results, 'commit' | 'date' | 'machine'> {
  return { commit: commitOf(root), date: new Date().toISOString(), machine: thisMachine() };
}

/** Writes `results/<name>.json` (temporary name, then renamed) and returns its path. */
export async function writeWhole(root: string, name: string, contents: string): Promise<string> {
  const folder = join(root, 'results');
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${name}.json`);
  await writeFile(`${path}.part`, contents);
  await rename(`${path}.part`, path);
  return path;
}

/**
 * Writes `results/<name>.json` under the root of the repository and returns its path.
 * @throws ZodError when a row does not fit the schema.
 */
export async function writeResults(root: string, measured: Measured): Promise<string> {
  const results = resultsSchema.parse({ ...measured, ...thisWriting(root) });
  return writeWhole(root, results.name, `${JSON.stringify(results, null, 2)}\n`);
}
