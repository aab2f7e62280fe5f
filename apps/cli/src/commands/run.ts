/** `bitvox run MODEL FILE|-`: words with their times, as soon as they can be known. */
import { createSession, Decider, type Detection, SCORE_ONE, type StreamScores } from '@bitvox/runtime';
import { EXIT } from '../errors.ts';
import { LEVEL_OPTION, loadModel, MODEL_ARGUMENT } from '../model-file.ts';
import { choiceOption, numberOption } from '../options.ts';
import { samplesOfFile, samplesOfInput } from '../samples.ts';
import { duration } from '../ui/format.ts';
import { styleFor } from '../ui/style.ts';
import { bar } from '../ui/table.ts';
import { defineVerb } from '../verb.ts';

export default defineVerb({
  name: 'run',
  summary: 'Spot words in a recording or in a stream',
  details: [
    'FILE is a WAV or FLAC recording, a .raw file, or "-" for standard input: WAV, FLAC, or raw little-endian 16-bit mono samples at the rate of the model, which are heard as they come.',
  ],
  arguments: [MODEL_ARGUMENT, { name: 'FILE', description: 'A recording, or - for standard input' }],
  options: {
    threshold: { type: 'string', description: 'Score in percent at which any word is reported, instead of the thresholds of the model', valueHint: 'PERCENT' },
    level: LEVEL_OPTION,
    backend: { type: 'string', description: 'What executes: wasm or reference', valueHint: 'NAME', default: 'wasm' },
    scores: { type: 'boolean', description: 'With --json, print the scores of every step too' },
  },
  examples: [
    ['run spotter.bitvox recording.flac', 'a line for every word'],
    ['run spotter.bitvox recording.wav --json', 'a JSON object a line: {time, label, score}'],
    ['run spotter.bitvox - < samples.raw', 'raw samples from a pipe'],
  ],
  run: async ({ values: [path = '', file = ''], options, terminal }) => {
    const backend = choiceOption('backend', options.backend, ['wasm', 'reference']);
    const { model } = await loadModel(path, options.level);
    const session = createSession(model, { backend });
    const { sampleRate } = session.featureConfig();
    const threshold = options.threshold === undefined ? undefined : numberOption('threshold', options.threshold, { from: 0, to: 100 }) / 100;
    const { decision } = model;
    const settings =
      threshold === undefined ? decision : { ...decision, thresholds: Object.fromEntries(Object.keys(decision.thresholds).map((label) => [label, threshold])) };
    const stream = session.stream();
    const decider = new Decider(session.labels, settings, stream.step);
    const style = styleFor(terminal.outColor);
    let [samples, milliseconds] = [0, 0];

    const report = ({ label, time, score }: Detection): void => {
      const share = score / SCORE_ONE;
      if (options.json === true) terminal.out(`${JSON.stringify({ time: Math.round(time) / 1000, label, score: Number(share.toFixed(4)) })}\n`);
      else
        terminal.out(
          `${`${(time / 1000).toFixed(2)} s`.padStart(10)}  ${style('bold', label.padEnd(12))}  ${style('green', bar(share, 10).padEnd(10))}  ${(100 * share).toFixed(0)} %\n`,
        );
    };
    const take = ({ time, values }: StreamScores): void => {
      if (options.scores === true && options.json === true) {
        terminal.out(
          `${JSON.stringify({ time: Math.round(time) / 1000, scores: Object.fromEntries(session.labels.map((label, index) => [label, Number((values[index]! / SCORE_ONE).toFixed(4))])) })}\n`,
        );
      }
      const detection = decider.push(values, time);
      if (detection !== undefined) report(detection);
    };

    const source = file === '-' ? samplesOfInput(terminal.input, sampleRate) : samplesOfFile(file, sampleRate);
    for await (const piece of source) {
      if (terminal.signal.aborted) break;
      const began = performance.now();
      stream.push(piece, take);
      milliseconds += performance.now() - began;
      samples += piece.length;
    }
    if (terminal.signal.aborted) return EXIT.interrupted;
    stream.flush(take);
    const seconds = samples / sampleRate;
    if (seconds > 0) terminal.err(`${duration(seconds)} of audio, ${duration(milliseconds / 1000 / seconds)} of work for each second\n`);
    return EXIT.ok;
  },
});
