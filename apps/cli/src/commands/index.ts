/** The verbs. Summaries stand here so that `bitvox --help` loads none of them. */
import type { Verb } from '../verb.ts';

/** A verb that is loaded when it is needed. */
export interface LazyVerb {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Verb>;
}

/** A loader gives up the types of its own options, which only the verb itself needs. */
function lazy(name: string, summary: string, load: () => Promise<{ readonly default: unknown }>): LazyVerb {
  return { name, summary, load: async () => (await load()).default as Verb };
}

/** In the order of use. */
export const VERBS: readonly LazyVerb[] = [
  lazy('demo', 'Train, evaluate and run a 1-bit keyword spotter on the embedded corpus', () => import('./demo.ts')),
  lazy('train', 'Train a keyword spotter on recordings and write it as one file', () => import('./train.ts')),
  lazy('eval', 'Measure a model on labelled recordings', () => import('./eval.ts')),
  lazy('run', 'Spot words in a recording or in a stream', () => import('./run.ts')),
  lazy('inspect', 'Show what a model file holds, by bit width', () => import('./inspect.ts')),
  lazy('export', 'Write a model as a C project for a device', () => import('./export.ts')),
  lazy('features', 'Print the frames a front end makes of recordings', () => import('./features.ts')),
  lazy('doctor', 'Check what this machine offers', () => import('./doctor.ts')),
];
