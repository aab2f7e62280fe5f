/** Spotting words in a continuous recording: stream, decisions, and the time of each. */
import type { DecisionSettings } from '@bitvox/graph';
import { Decider, type Detection } from '../decide/decide.ts';
import type { Session } from '../session/session.ts';
import type { StreamScores, TakeScores } from '../session/stream.ts';

/** Options of `spot`. */
export interface SpotOptions {
  /** Instead of the settings of the model. */
  readonly decision?: DecisionSettings;
  /** Receives the scores of every output frame as well. */
  readonly scores?: TakeScores;
}

/**
 * Detections in a recording.
 * @param audio 16-bit samples at the rate of the model's front end, or a sequence of such pieces
 */
export async function spot(
  session: Session,
  audio: Int16Array | Iterable<Int16Array> | AsyncIterable<Int16Array>,
  options: SpotOptions = {},
): Promise<Detection[]> {
  const stream = session.stream();
  const decider = new Decider(session.labels, options.decision ?? session.program.decision, stream.step);
  const detections: Detection[] = [];
  const take = (scores: StreamScores): void => {
    options.scores?.(scores);
    const detection = decider.push(scores.values, scores.time);
    if (detection !== undefined) detections.push(detection);
  };
  const pieces = audio instanceof Int16Array ? [audio] : audio;
  for await (const samples of pieces) stream.push(samples, take);
  stream.flush(take);
  return detections;
}
