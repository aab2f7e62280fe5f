/** The page of trainings: accuracy and cost by network and level where figures are at hand, settings, and drawn learning curves of every training. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { curvesSchema, resultsSchema } from '@bitvox/checks';

const SIZE = { width: 640, height: 300, left: 44, right: 12, top: 12, bottom: 28 };

/** Validation below this is not drawn: the first epochs would squeeze the rest. Every training ends above it. */
function lowestOf(runs) {
  const ends = runs.flatMap(({ validation }) => Object.values(validation).flatMap((percents) => percents.at(-1) ?? []));
  return 10 * Math.floor(Math.min(89, ...ends) / 10);
}
const LEVEL_STROKES = { '1x': '', '0.5x': ' stroke-dasharray="7 3"', '0.25x': ' stroke-dasharray="2 3"' };
const COLOURS = ['#1c7ed6', '#e8590c', '#2f9e44', '#9c36b5'];

const plain = (text) => String(text).replaceAll('|', '\\|');

/** Curves of a few trainings in one drawing: a colour a training, a stroke a level. */
function drawing(runs, lowest) {
  const { width, height, left, right, top, bottom } = SIZE;
  const longest = Math.max(2, ...runs.map(({ epochs }) => epochs));
  const x = (epoch) => (left + ((epoch - 1) * (width - left - right)) / (longest - 1)).toFixed(1);
  const y = (percent) => (top + ((100 - percent) * (height - top - bottom)) / (100 - lowest)).toFixed(1);
  const text = (at, line, words, anchor) =>
    `<text x="${at}" y="${line}" font-size="11" fill="#888" text-anchor="${anchor}" font-family="sans-serif">${words}</text>`;
  const marks = Array.from({ length: (100 - lowest) / 5 + 1 }, (_, at) => lowest + 5 * at);
  const rules = marks.flatMap((percent) => [
    `<line x1="${left}" x2="${width - right}" y1="${y(percent)}" y2="${y(percent)}" stroke="#888" stroke-width="0.4"/>`,
    text(left - 6, Number(y(percent)) + 4, `${percent} %`, 'end'),
  ]);
  const epochs = Array.from({ length: longest }, (_, at) => at + 1).filter((epoch) => epoch === 1 || epoch % 2 === 0);
  const lines = runs.flatMap(({ validation }, at) =>
    Object.entries(validation).map(([level, percents]) => {
      const points = percents.flatMap((percent, epoch) => (percent < lowest ? [] : [`${x(epoch + 1)},${y(percent)}`])).join(' ');
      return `<polyline points="${points}" fill="none" stroke="${COLOURS[at % COLOURS.length]}" stroke-width="1.6"${LEVEL_STROKES[level] ?? ''}/>`;
    }),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    ...rules,
    ...epochs.map((epoch) => text(x(epoch), height - 8, epoch, 'middle')),
    ...lines,
    '</svg>\n',
  ].join('\n');
}

const duration = (seconds) => (seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`);

function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(plain).join(' | ')} |`).join('\n');
}

/** Accuracy and cost by method and level, from rows named `<method>/<level>/<what>`. */
function overview({ rows }) {
  const networks = new Map();
  for (const { id, figure } of rows) {
    const parts = id.split('/');
    if (parts.length !== 3) continue;
    const key = `${parts[0]}, ${parts[1]}`;
    networks.set(key, { ...networks.get(key), [parts[2]]: figure.toLocaleString('en-US') });
  }
  if (networks.size === 0) return '';
  const columns = { spectrograms: 'spectrograms, %', audio: 'audio, %', bytes: 'bytes', 'binary-macs': 'binary MACs', 'real-macs': 'other MACs', time: 'µs' };
  const lines = [...networks].map(([network, figures]) => [network, ...Object.keys(columns).map((what) => figures[what] ?? '–')]);
  return table(['network, depth', ...Object.values(columns)], lines);
}

const readJson = (path) => readFile(path, 'utf8').then(JSON.parse, () => undefined);

/** Settings that say how much was trained; the rest stands in the file. */
function trainingLine({ id, what, epochs, loss, seconds, settings, validation }) {
  const final = Object.entries(validation).map(([level, percents]) => `${percents.at(-1) ?? '–'} (${level})`);
  return [id, what, `${loss.length} of ${epochs}`, settings.batch, settings.learningRate, duration(seconds), final.join(', ')];
}

/**
 * Texts of the page and of its drawings by file name; none where nothing was trained.
 * @param results folder of results
 * @param name of the report, such as `bifsmn`
 */
export async function curvesPage(results, name) {
  const [curves, figures] = await Promise.all([readJson(join(results, `${name}-curves.json`)), readJson(join(results, `${name}.json`))]);
  const files = new Map();
  if (curves === undefined) return files.set(`${name}-trainings.md`, '# Trainings of BiFSMN\n\nNothing has been trained yet.\n');
  const { runs, command, date, machine } = curvesSchema.parse(curves);
  const lowest = lowestOf(runs);
  const groupOf = ({ id }) => id.replace(/-\d+$/, '');
  const sections = [...new Set(runs.map(groupOf))].map((group) => {
    const members = runs.filter((run) => groupOf(run) === group);
    files.set(`${name}-trainings/${group}.svg`, drawing(members, lowest));
    const legend = members.map(({ id }, at) => `${id} ${['blue', 'orange', 'green', 'purple'][at % COLOURS.length]}`).join(', ');
    return [`### ${group}`, `![Validation by epoch](./${name}-trainings/${group}.svg)`, `${legend}; whole lines 1x, dashed 0.5x, dotted 0.25x.`].join('\n\n');
  });
  const parts = [
    '# Trainings of BiFSMN',
    `\`${command}\`, ${date.slice(0, 10)}; ${machine.processor}, one thread a training. Figures with their lines, seeds and notes stand under [results](../results.md).`,
    figures === undefined ? '' : overview(resultsSchema.parse(figures)),
    '## What was trained how long',
    table(['training', 'what', 'epochs', 'clips a step', 'learning rate', 'time', 'validation at the end, %'], runs.map(trainingLine)),
    '## Learning curves',
    `Accuracy in validation after every epoch, of the weights that would be handed out, above ${lowest} %. The test sets are not looked at before a training has ended.`,
    ...sections,
  ];
  return files.set(`${name}-trainings.md`, `${parts.filter((part) => part !== '').join('\n\n')}\n`);
}
