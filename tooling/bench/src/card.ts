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

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
const grouped = (value: number): string => value.toLocaleString('en-US');

interface Provenance {
  readonly config: Readonly<Record<string, unknown>>;
  readonly clips: number;
  readonly validation: { readonly clips: number; readonly accuracy: number | null; readonly epoch: number };
}

/** The card as Markdown. */
export function modelCard(name: string, summary: string, model: Model, { accuracy, clips, perLabel, identicalScores, model: { bytes } }: Evaluation): string {
  const counts = summarize(model.graph);
  const { config, clips: trained, validation } = model.training as unknown as Provenance;
  const byBits = [...counts.parametersByBits].map(([bits, count]) => `${grouped(count)} of ${bits} bit`).join(', ');
  return `# ${name}

${summary[0]!.toUpperCase()}${summary.slice(1)}. Written by \`npm run report:skeleton\`.

## Data

Speech Commands v0.02 (P. Warden, arXiv:1804.03209), as 98 x 40 log-mel pictures: ${grouped(trained)} clips of the official training part,
${grouped(validation.clips)} of the validation part to choose the epoch (${validation.epoch + 1}${validation.accuracy === null ? '' : `, ${percent(validation.accuracy)}`}). Labels: ${model.labels.join(' ')}.

## Recipe

\`bitvox train speech-commands-spectrograms --config ${name}.json --threads 1\` with the file beside this card, labels in the order above. What the
model remembers of it:

\`\`\`json
${JSON.stringify(config)}
\`\`\`

## Figures

| what | figure |
| --- | --- |
| accuracy on the audio of the canonical test set, ${grouped(clips)} clips of 196 speakers | ${percent(accuracy)} |
| reference and WebAssembly give identical scores on every clip | ${identicalScores ? 'yes' : 'no'} |
| file | ${grouped(bytes)} bytes |
| parameters | ${byBits} |
| multiply-accumulates a clip | ${grouped(counts.macs)}, ${grouped(counts.binaryMacs)} of them on single bits |

| label | clips | right |
| --- | --- | --- |
${Object.entries(perLabel)
  .map(([label, row]) => `| ${label} | ${row.clips} | ${percent(row.accuracy)} |`)
  .join('\n')}

## Licence

Apache-2.0 like the code. The recordings it was trained on are under CC BY 4.0.
`;
}
