/** The card of a model in the zoo: data, recipe, figures, licence. Written by the report that measured the figures, never by hand. */
import { type Model, summarize } from '@bitvox/graph';

/** What `bitvox eval --json` prints, as far as a card needs it. */
export interface Evaluation {
  /** 0 to 1. */
  readonly accuracy: number;
  readonly clips: number;
  readonly perLabel: Readonly<Record<string, { readonly clips: number; readonly accuracy: number }>>;
  readonly identicalScores: boolean;
  readonly model: { readonly bytes: number };
}

/** A share in percent. */
export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
/** A number with commas between thousands. */
export const grouped = (value: number): string => value.toLocaleString('en-US');

interface Provenance {
  readonly config: Readonly<Record<string, unknown>>;
  readonly clips: number;
  readonly validation: { readonly clips: number; readonly accuracy: number | null; readonly epoch: number };
}

/** Right answers for a label. */
interface LabelRow {
  readonly clips: number;
  readonly accuracy: number;
}

/** The table of right answers by label. */
export function labelTable(perLabel: Readonly<Record<string, LabelRow>>): string {
  const rows = Object.entries(perLabel).map(([label, row]) => `| ${label} | ${row.clips} | ${percent(row.accuracy)} |`);
  return ['| label | clips | right |', '| --- | --- | --- |', ...rows].join('\n');
}

/** Parameters of a graph by width, in words. */
export function parametersByBits({ graph }: Pick<Model, 'graph'>): string {
  return [...summarize(graph).parametersByBits].map(([bits, count]) => `${grouped(count)} of ${bits} bit`).join(', ');
}

/** What a card is made of. */
export interface CardParts {
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  /** Command of this repository that writes the card. */
  readonly command: string;
  /** How it was trained, before the settings; one paragraph. */
  readonly recipe: string;
  /** Markdown of the section of figures. */
  readonly figures: string;
}

/** A card as Markdown: data and recipe as the model remembers them, the given figures, licence. */
export function cardOf(model: Model, { name, summary, command, recipe, figures }: CardParts): string {
  const { config, clips, validation } = model.training as unknown as Provenance;
  return `# ${name}

${summary[0]!.toUpperCase()}${summary.slice(1)}. Written by \`${command}\`.

## Data

Speech Commands v0.02 (P. Warden, arXiv:1804.03209), as 98 x 40 log-mel pictures: ${grouped(clips)} clips of the official training part,
${grouped(validation.clips)} of the validation part to choose the epoch (${validation.epoch + 1}${validation.accuracy === null ? '' : `, ${percent(validation.accuracy)}`}). Labels: ${model.labels.join(' ')}.

## Recipe

${recipe} What the model remembers of it:

\`\`\`json
${JSON.stringify(config)}
\`\`\`

## Figures

${figures}

## Licence

Apache-2.0 like the code. The recordings it was trained on are under CC BY 4.0.
`;
}

/** The card of a model that `bitvox eval --json` measured. */
export function modelCard(name: string, summary: string, model: Model, evaluation: Evaluation): string {
  const { accuracy, clips, perLabel, identicalScores, model: measured } = evaluation;
  const counts = summarize(model.graph);
  const figures = `\
| what | figure |
| --- | --- |
| accuracy on the audio of the canonical test set, ${grouped(clips)} clips of 196 speakers | ${percent(accuracy)} |
| reference and WebAssembly give identical scores on every clip | ${identicalScores ? 'yes' : 'no'} |
| file | ${grouped(measured.bytes)} bytes |
| parameters | ${parametersByBits(model)} |
| multiply-accumulates a clip | ${grouped(counts.macs)}, ${grouped(counts.binaryMacs)} of them on single bits |

${labelTable(perLabel)}`;
  const recipe = `\`bitvox train speech-commands-spectrograms --config ${name}.json --threads 1\` with the file beside this card, labels in the order above.`;
  return cardOf(model, { name, summary, command: 'npm run report:skeleton', recipe, figures });
}
