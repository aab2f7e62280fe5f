/** `bitvox features PRESET FILE...`: the frames a front end makes of recordings. */
import { floatFeatures, integerFeatures, type PresetName, PRESETS, SPEC98X40, spec98x40Clip } from '@bitvox/features';
import { readRecording } from '../audio.ts';
import { CliError, EXIT } from '../errors.ts';
import { styleFor, type Style } from '../ui/style.ts';
import { defineVerb, suggestion } from '../verb.ts';

const INTEGER = 'integer';
/** One second: recordings up to this length become the picture that networks are trained on. */
const CLIP_SAMPLES = SPEC98X40.sampleRate;
const CLIP_FRAMES = 98;

/** Frames as rows of numbers; what a row is says the first of `axes`. */
interface Frames {
  readonly axes: readonly [major: string, minor: string];
  readonly rows: readonly (readonly number[])[];
}

function inRows(data: ArrayLike<number>, length: number): number[][] {
  const rows: number[][] = [];
  for (let start = 0; start < data.length; start += length) rows.push(Array.from({ length }, (_, index) => data[start + index]!));
  return rows;
}

function framesOf(preset: PresetName | typeof INTEGER, samples: Int16Array, stream: boolean): Frames {
  if (preset === INTEGER) {
    const isClip = !stream && samples.length <= CLIP_SAMPLES;
    const data = isClip ? spec98x40Clip(samples) : integerFeatures(SPEC98X40, samples).data;
    return { axes: ['frame', 'mel'], rows: inRows(data, isClip ? data.length / CLIP_FRAMES : SPEC98X40.bands) };
  }
  const { frames, bands, data, axes } = floatFeatures(preset, samples);
  return { axes, rows: inRows(data, axes[0] === 'frame' ? bands : frames) };
}

const SHADES = ' ░▒▓█';

/** The picture turned so that time runs to the right and pitch upwards, two frames a character at most. */
function picture({ axes, rows }: Frames, columns: number, style: Style): readonly string[] {
  const byFrame = axes[0] === 'frame' ? rows : (rows[0] ?? []).map((_, frame) => rows.map((row) => row[frame]!));
  const step = Math.max(1, Math.ceil(byFrame.length / columns));
  const values = rows.flat();
  const low = Math.min(...values);
  const high = Math.max(...values);
  const bands = byFrame[0]?.length ?? 0;
  return Array.from({ length: Math.ceil(bands / 2) }, (_, line) => {
    const band = bands - 1 - 2 * line;
    let text = '';
    for (let frame = 0; frame < byFrame.length; frame += step) {
      const level = ((byFrame[frame]![band]! + byFrame[frame]![Math.max(0, band - 1)]!) / 2 - low) / (high - low || 1);
      text += SHADES[Math.min(SHADES.length - 1, Math.floor(level * SHADES.length))]!;
    }
    return style('cyan', text.trimEnd());
  });
}

export default defineVerb({
  name: 'features',
  summary: 'Print the frames a front end makes of recordings',
  details: [
    `PRESET is "${INTEGER}", the front end that is deployed, or one of the float conventions: ${Object.keys(PRESETS).join(', ')}.`,
    `With "${INTEGER}", a recording of at most one second becomes the 98 x 40 picture that networks are trained on: zeros at its end are cut off and its frames are centred. A longer one, or any with --stream, gives all of its frames.`,
  ],
  arguments: [
    { name: 'PRESET', description: 'Name of a front end' },
    { name: 'FILE', description: 'WAV or FLAC recordings; other sample rates are converted', repeated: true },
  ],
  options: { stream: { type: 'boolean', description: 'Frames as a stream of the recording gives them' } },
  examples: [
    ['features integer yes.wav', 'a picture of what the network sees'],
    ['features mlperf_tiny_mfcc yes.wav no.wav --json', 'one JSON object a file: {file, preset, axes, shape, data}'],
  ],
  run: async ({ values: [name = '', ...files], options, terminal }) => {
    const names = [INTEGER, ...Object.keys(PRESETS)];
    if (!names.includes(name)) throw new CliError('CLI_ARGUMENT', `"${name}" is not a front end.${suggestion(name, names)} There are ${names.join(', ')}.`);
    const preset = name as PresetName | typeof INTEGER;
    const sampleRate = preset === INTEGER ? SPEC98X40.sampleRate : PRESETS[preset].sampleRate;
    const style = styleFor(terminal.outColor);
    for (const file of files) {
      terminal.signal.throwIfAborted();
      const { samples } = await readRecording(file, sampleRate);
      const frames = framesOf(preset, samples, options['stream'] === true);
      const shape = [frames.rows.length, frames.rows[0]?.length ?? 0] as const;
      if (options['json'] === true) terminal.out(`${JSON.stringify({ file, preset, sampleRate, axes: frames.axes, shape, data: frames.rows })}\n`);
      else
        terminal.out(
          `${[style('bold', `${file}: ${shape[0]} ${frames.axes[0]}s x ${shape[1]} ${frames.axes[1]}s`), ...picture(frames, terminal.columns, style)].join('\n')}\n`,
        );
    }
    return EXIT.ok;
  },
});
