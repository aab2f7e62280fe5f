/** The page of measured figures: one table for every `results/*.json`, which must follow the schema. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resultsSchema, standing } from '@bitvox/checks';

const MARKS = { missed: '✗ missed', reached: '✓ reached', 'aim reached': '✓ aim reached', 'no line': '' };

const rounded = (figure) => (Number.isInteger(figure) ? figure.toLocaleString('en-US') : Number(figure.toPrecision(4)).toString());

/** `|` would end a cell. */
const plain = (text) => text.replaceAll('|', '\\|');

/** Few columns, so that a row can be read on a phone: the figure, the lines it is held against, and what it is. */
function row({ id, what, figure, unit, must, aim, peer, note, ...rest }) {
  const mark = MARKS[standing({ id, what, figure, unit, ...(must && { must }), ...(aim && { aim }), ...rest })];
  const lines = [mark, must && `must ${must}`, aim && `aim ${aim}`].filter(Boolean).join(', ');
  const against = peer && `${peer.name}: ${rounded(peer.figure)} ${peer.unit ?? unit}`;
  const about = [what, against, note].filter(Boolean).map(plain).join('. ');
  return `| **${rounded(figure)} ${unit}** | ${lines} | \`${id}\` ${about}. |`;
}

function section({ name, command, commit, date, machine, seeds, rows }) {
  return [
    `## ${name}`,
    `\`${command}\`, commit ${commit}, ${date.slice(0, 10)}, seeds ${seeds.join(', ') || 'none'}; ${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}, ${machine.system}`,
    ['| figure | lines | what |', '| --- | --- | --- |', ...rows.map(row)].join('\n'),
  ].join('\n\n');
}

/** The page for the files of a folder. */
export async function resultsPage(folder) {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json') && !name.endsWith('-curves.json')).toSorted();
  const results = await Promise.all(files.map(async (name) => resultsSchema.parse(JSON.parse(await readFile(join(folder, name), 'utf8')))));
  const opening =
    'Every figure was measured by the command that stands over it; run it to measure again. Figures depend on the machine. A line that was missed stays where it is.';
  return `${['# Results', opening, ...(results.length === 0 ? ['Nothing has been measured yet.'] : results.map(section))].join('\n\n')}\n`;
}
