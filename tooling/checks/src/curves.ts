/**
 * The one schema of `results/<name>-curves.json`: how trainings went, epoch by epoch, beside the figures of `results/<name>.json`.
 * Invariant: only `writeCurves` writes such a file; every training is one line of it.
 */
import { z } from 'zod';
import { identifier, thisWriting, writingSchema, writeWhole } from './results.ts';

const percentages = z.array(z.number().min(0).max(100));

/** One training. */
export const curveSchema = z
  .strictObject({
    /** Name of the training. */
    id: identifier,
    /** What was trained, in words. */
    what: z.string().min(1),
    /** Passes over the data that were asked for. */
    epochs: z.int().positive(),
    /** Time of all epochs on the machine that trained. */
    seconds: z.number().nonnegative(),
    /** Mean loss of each epoch. */
    loss: z.array(z.number().finite()),
    /** Accuracy in validation after each epoch in percent, by level of the network. */
    validation: z.record(z.string(), percentages),
    /** What was set for the training. */
    settings: z.record(z.string(), z.json()),
  })
  .refine(({ epochs, loss }) => loss.length <= epochs, 'must not have more epochs than were asked for');

/** A whole file. */
export const curvesSchema = z.strictObject({
  name: identifier.endsWith('-curves'),
  ...writingSchema,
  runs: z
    .array(curveSchema)
    .min(1)
    .refine((runs) => new Set(runs.map(({ id }) => id)).size === runs.length, 'must have unique ids'),
});

/** How one training went. */
export type Curve = z.infer<typeof curveSchema>;
/** The contents of a file of curves. */
export type Curves = z.infer<typeof curvesSchema>;

/**
 * Writes `results/<name>.json` under the root of the repository and returns its path.
 * @param name ends in `-curves`
 * @throws ZodError when a curve does not fit the schema.
 */
export async function writeCurves(root: string, measured: Pick<Curves, 'name' | 'command'> & { readonly runs: readonly Curve[] }): Promise<string> {
  const { runs: lines, ...head } = curvesSchema.parse({ ...measured, ...thisWriting(root) });
  const opening = JSON.stringify(head, null, 2).replace(/\n}$/, '');
  return writeWhole(root, head.name, `${opening},\n  "runs": [\n${lines.map((line) => `    ${JSON.stringify(line)}`).join(',\n')}\n  ]\n}\n`);
}
