/**
 * Golden vectors: what recordings give, step by step, by the reference implementations of front end, network and decisions.
 * A recording is followed by some silence and by the end of the signal, so that what waits for later frames is heard too.
 */
import { integerFrontEnd } from '@bitvox/features';
import { createSession, Decider, type StreamScores } from '@bitvox/runtime';
import { ArmError } from '../errors.ts';
import type { ProjectContext } from './context.ts';

/** A recording at the sample rate of the model. */
export interface GoldenClip {
  readonly name: string;
  readonly samples: Int16Array;
}

/** A detection as the exported code reports it. */
export interface GoldenEvent {
  readonly label: number;
  readonly score: number;
  /** In samples. */
  readonly time: number;
}

/** A recording and what it gives. */
export interface GoldenVector extends GoldenClip {
  /** Samples of silence behind the recording. */
  readonly silence: number;
  /** `[frame][band]`. */
  readonly frames: Uint8Array;
  /** `[score frame][label]`. */
  readonly scores: Uint16Array;
  readonly events: readonly GoldenEvent[];
}

/** What a recording gives. */
function goldenVector({ plan: { program }, time, frontEnd }: ProjectContext, { name, samples }: GoldenClip): GoldenVector {
  const silence = Math.floor(time.rate / 2);
  const audio = new Int16Array(samples.length + silence);
  audio.set(samples);
  const frames: number[] = [];
  integerFrontEnd(frontEnd!.config, { backend: 'reference' }).push(audio, (frame) => frames.push(...frame));
  const stream = createSession(program, { backend: 'reference' }).stream({ block: 1 });
  const decider = new Decider(program.labels, program.decision, stream.step);
  const scores: number[] = [];
  const events: GoldenEvent[] = [];
  const take = ({ values, time: milliseconds }: StreamScores): void => {
    scores.push(...values);
    const heard = decider.push(values, milliseconds);
    if (heard !== undefined) events.push({ label: heard.index, score: heard.score, time: Math.round((heard.time * time.rate) / 1000) });
  };
  stream.pushFrames(Uint8Array.from(frames), take);
  stream.flush(take);
  return { name, samples, silence, frames: Uint8Array.from(frames), scores: Uint16Array.from(scores), events };
}

/**
 * Golden vectors of recordings.
 * @throws ArmError `ARM_FRONT_END`
 */
export function goldenVectors(context: ProjectContext, clips: readonly GoldenClip[]): readonly GoldenVector[] {
  if (clips.length > 0 && context.frontEnd === null) throw new ArmError('ARM_FRONT_END', `got ${clips.length} recordings.`);
  return clips.map((clip) => goldenVector(context, clip));
}
