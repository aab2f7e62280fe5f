/**
 * Makes data/mini-corpus: a small, balanced, redistributable part of Speech Commands.
 *
 *   node tooling/corpus/make-mini-corpus.mjs SOURCE [TARGET] [SEED]
 *
 * SOURCE holds `speech-commands-spectrograms/` (header.bin, data.bin, index.csv) and `speech-commands/` (testset-v0.02.csv and .tar,
 * background-noise.tar). Needs the built packages (`npm run build`) and the `flac` tool. The same source, seed and flac version give the same bytes.
 * Invariants: training examples are of the official train part, recordings of the official test part; no speaker is in two of the
 * parts train, evaluation and stream; no recording is there twice.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalLabel, excerpt, formatCsv, officialSplit, parseCsv, TWELVE_LABELS } from '@bitvox/datasets';
import { openManifest, openNoise, openTarFile } from '@bitvox/datasets/node';
import { Random } from '@bitvox/ternary-prng';
import { packTar } from 'modern-tar';

const TRAIN_PER_LABEL = 504;
const EVALUATION_PER_LABEL = 25;
const STREAM_PER_KEYWORD = 3;
const STREAM_UNKNOWN = 10;
const STREAM_SPEAKER_SHARE = 0.2;
/** A clip softer than this is not put into the stream: some recordings of the source are empty. */
const SOFTEST_PEAK = 1500;
const NOISES = ['doing_the_dishes', 'exercise_bike', 'running_tap'];
const NOISE_SECONDS = 5;

const [source, target = fileURLToPath(new URL('../../data/mini-corpus', import.meta.url)), seed = '1'] = process.argv.slice(2);
if (source === undefined) {
  process.stderr.write('usage: node make-mini-corpus.mjs SOURCE [TARGET] [SEED]\n');
  process.exit(2);
}
const random = new Random(Number(seed), 'mini-corpus');
for (const part of ['train', 'test']) {
  rmSync(join(target, part), { recursive: true, force: true });
  mkdirSync(join(target, part), { recursive: true });
}
makeTraining(join(source, 'speech-commands-spectrograms'), join(target, 'train'));
await makeRecordings(join(source, 'speech-commands'), join(target, 'test'));
await makeNoise(join(source, 'speech-commands'), join(target, 'test'));
copy(join(source, 'speech-commands', 'LICENSE'), join(target, 'LICENSE'));
copy(join(source, 'speech-commands-spectrograms', 'LICENSE-spectrograms.md'), join(target, 'LICENSE-spectrograms.md'));

/** Pictures of the official train part, the same number of each label, copied byte for byte. */
function makeTraining(from, to) {
  const rows = parseCsv(readFileSync(join(from, 'index.csv'), 'utf8')).filter((row) => row.official_split === 'train');
  const data = readFileSync(join(from, 'data.bin'));
  const chosen = TWELVE_LABELS.flatMap((label) => {
    const candidates = rows.filter((row) => canonicalLabel(row.label) === label);
    return varied(candidates, (row) => row.word, random.split('train', label)).slice(0, TRAIN_PER_LABEL);
  }).toSorted((first, second) => Number(first.offset) - Number(second.offset));
  const pieces = chosen.map((row) => data.subarray(Number(row.offset), Number(row.offset) + Number(row.length)));
  let offset = 0;
  const index = chosen.map((row) => {
    const moved = { ...row, offset: String(offset) };
    offset += Number(row.length);
    return moved;
  });
  copy(join(from, 'header.bin'), join(to, 'header.bin'));
  writeFileSync(join(to, 'data.bin'), Buffer.concat(pieces));
  writeFileSync(join(to, 'index.csv'), formatCsv(['offset', 'length', 'label', 'word', 'speaker', 'take', 'official_split'], index));
}

/** Recordings of the official test part: some to evaluate on, others, of other speakers, for a stream; copied byte for byte. */
async function makeRecordings(from, to) {
  const dataset = await openManifest(join(from, 'testset-v0.02.csv'));
  const archive = await openTarFile(join(from, 'testset-v0.02.tar'));
  const heard = new Set();
  const usable = [];
  for (const example of dataset.examples) {
    if (example.speaker !== undefined && officialSplit(example.speaker) !== 'test') throw new Error(`${example.id} is of no test speaker`);
    const { samples } = await example.load();
    const content = Buffer.from(samples.buffer).toString('latin1');
    if (heard.has(content)) continue;
    heard.add(content);
    usable.push({ example, peak: samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0) });
  }
  const streamSpeakers = new Set(
    usable
      .map(({ example }) => example.speaker)
      .filter((speaker) => speaker !== undefined && random.split('stream-speaker', speaker).uniform() < STREAM_SPEAKER_SHARE),
  );
  const chosen = TWELVE_LABELS.flatMap((label) => {
    const candidates = usable.filter(({ example }) => example.label === label);
    const pick = (use, count, fits) => {
      const picked = varied(
        candidates.filter(fits).map(({ example }) => example),
        (example) => example.word,
        random.split(use, label),
      ).slice(0, count);
      if (picked.length < count) throw new Error(`${picked.length} of ${count} clips of "${label}" for ${use}`);
      return picked.map((example) => ({ example, use }));
    };
    const forStream = label === 'silence' ? 0 : label === 'unknown' ? STREAM_UNKNOWN : STREAM_PER_KEYWORD;
    return [
      ...pick('evaluation', EVALUATION_PER_LABEL, ({ example }) => !streamSpeakers.has(example.speaker)),
      ...pick('stream', forStream, ({ example, peak }) => streamSpeakers.has(example.speaker) && peak >= SOFTEST_PEAK),
    ];
  });
  const rows = chosen.map(({ example, use }) => ({
    file: example.id,
    label: example.label,
    word: example.word ?? '',
    speaker: example.speaker ?? '',
    ...example.columns,
    use,
  }));
  writeFileSync(join(to, 'audio.csv'), formatCsv(['file', 'label', 'word', 'speaker', 'take', 'samples', 'official_split', 'use'], rows));
  await writeTar(join(to, 'audio.tar'), await Promise.all(rows.map(async ({ file }) => [file, await archive.read(file)])));
}

/** A few seconds of each of some noises, cut at random and encoded again without loss. */
async function makeNoise(from, to) {
  const archive = await openTarFile(join(from, 'background-noise.tar'));
  const { clips } = await openNoise(join(from, 'background-noise.tar'));
  const names = [...archive.members.keys()].toSorted();
  const members = NOISES.map((name) => {
    const clip = clips[names.indexOf(`${name}.flac`)];
    const length = NOISE_SECONDS * clip.sampleRate;
    const cut = excerpt(clip, random.split('noise', name).below(clip.samples.length - length + 1), length);
    return [`${name}.flac`, encodeFlac(cut)];
  });
  await writeTar(join(to, 'noise.tar'), members);
}

/**
 * The candidates so that the first ones are as varied as can be: word after word, and within a word speaker after speaker.
 * Examples without a speaker count as speakers of their own.
 */
function varied(candidates, wordOf, stream) {
  const words = new Map();
  for (const candidate of stream.shuffle([...candidates])) {
    const speakers = words.get(wordOf(candidate)) ?? words.set(wordOf(candidate), new Map()).get(wordOf(candidate));
    const speaker = candidate.speaker || candidate;
    if (!speakers.has(speaker)) speakers.set(speaker, []);
    speakers.get(speaker).push(candidate);
  }
  return interleave([...words.values()].map((speakers) => interleave([...speakers.values()])));
}

/** A copy of the bytes alone: a source that may not be written to does not make a target that may not. */
function copy(from, to) {
  writeFileSync(to, readFileSync(from));
}

/** First of each list, then second of each list, … */
function interleave(lists) {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, turn) => lists.filter((list) => turn < list.length).map((list) => list[turn])).flat();
}

function encodeFlac(clip) {
  const raw = Buffer.from(clip.samples.buffer, clip.samples.byteOffset, clip.samples.byteLength);
  const format = ['--force-raw-format', '--endian=little', '--sign=signed', '--channels=1', '--bps=16', `--sample-rate=${clip.sampleRate}`];
  // Into a file and not a pipe: only there can the encoder write the number of samples into the header afterwards.
  const folder = mkdtempSync(join(tmpdir(), 'mini-corpus-'));
  const path = join(folder, 'noise.flac');
  execFileSync('flac', ['--silent', '--best', '--no-padding', '--no-seektable', ...format, '-o', path, '-'], { input: raw });
  const bytes = new Uint8Array(readFileSync(path));
  rmSync(folder, { recursive: true });
  return bytes;
}

async function writeTar(path, members) {
  const entries = members.map(([name, body]) => ({ header: { name, size: body.length, type: 'file', mode: 0o644, mtime: new Date(0) }, body }));
  writeFileSync(path, await packTar(entries));
}
