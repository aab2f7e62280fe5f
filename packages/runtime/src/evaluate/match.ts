/**
 * Detections against the truth of a stream. A detection hits a word of its label when it falls between the word's start and
 * `tolerance` after its end; each word is hit once. Whatever hits nothing is a false alarm, a second report of one word included.
 */
import type { Detection } from '../decide/decide.ts';
import { RuntimeError } from '../errors.ts';

/** A word that was said. Times in milliseconds. */
export interface Truth {
  readonly label: string;
  readonly start: number;
  readonly end: number;
}

/** Options of `matchDetections`. */
export interface MatchOptions {
  /** Length of the stream in milliseconds, for rates. */
  readonly duration: number;
  /** How late a detection may come after the end of its word. Default 750 ms. */
  readonly tolerance?: number;
}

/** A word with the detection that hit it. */
export interface Hit {
  readonly truth: Truth;
  readonly detection: Detection;
}

/** What was heard of what was said. */
export interface Matches {
  readonly hits: readonly Hit[];
  readonly misses: readonly Truth[];
  readonly falseAlarms: readonly Detection[];
  /** Hits per word said, 0 to 1; 1 where nothing was said. */
  readonly hitRate: number;
  readonly falseAlarmsPerHour: number;
  readonly perLabel: Readonly<Record<string, { readonly hits: number; readonly misses: number; readonly falseAlarms: number }>>;
}

const HOUR = 3_600_000;

function checkTruth(truth: readonly Truth[]): void {
  truth.forEach(({ label, start, end }, index) => {
    if (!(start >= 0 && end > start)) throw new RuntimeError('RUNTIME_EVALUATION', `truth ${index} ("${label}") runs from ${start} to ${end}.`);
  });
}

/**
 * Matches detections with truth, earliest first.
 * @throws RuntimeError `RUNTIME_EVALUATION`
 */
export function matchDetections(detections: readonly Detection[], truth: readonly Truth[], options: MatchOptions): Matches {
  const { duration, tolerance = 750 } = options;
  if (!(duration > 0 && tolerance >= 0))
    throw new RuntimeError('RUNTIME_EVALUATION', `wanted a duration above 0 and a tolerance of 0 or more, got ${duration} and ${tolerance}.`);
  checkTruth(truth);
  const open = new Set([...truth].sort((a, b) => a.start - b.start));
  const hits: Hit[] = [];
  const falseAlarms: Detection[] = [];
  for (const detection of [...detections].sort((a, b) => a.time - b.time)) {
    const word = [...open].find(({ label, start, end }) => label === detection.label && detection.time >= start && detection.time <= end + tolerance);
    if (word === undefined) {
      falseAlarms.push(detection);
    } else {
      open.delete(word);
      hits.push({ truth: word, detection });
    }
  }
  const misses = [...open];
  const names = new Set([...truth, ...detections].map(({ label }) => label));
  const count = (items: readonly { readonly label: string }[], name: string): number => items.filter(({ label }) => label === name).length;
  const perLabel = [...names].map(
    (name) =>
      [
        name,
        {
          hits: count(
            hits.map((hit) => hit.truth),
            name,
          ),
          misses: count(misses, name),
          falseAlarms: count(falseAlarms, name),
        },
      ] as const,
  );
  return {
    hits,
    misses,
    falseAlarms,
    hitRate: truth.length === 0 ? 1 : hits.length / truth.length,
    falseAlarmsPerHour: (falseAlarms.length * HOUR) / duration,
    perLabel: Object.fromEntries(perLabel),
  };
}
