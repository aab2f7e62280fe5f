/** An evaluation as a table: a line a label, with what it was most often taken for. */
import type { Evaluation } from '@bitvox/runtime';
import { grouped, percent } from './ui/format.ts';
import type { Style } from './ui/style.ts';
import { bar, table } from './ui/table.ts';

type Counted = Omit<Evaluation, 'mistakes'>;

function labelRows({ labels, perLabel, confusion }: Counted, style: Style): readonly (readonly string[])[] {
  return labels.map((label, truth) => {
    const { clips, accuracy } = perLabel[label]!;
    const [worst] = confusion[truth]!.map((count, heard) => ({ count, heard }))
      .filter(({ heard }) => heard !== truth)
      .toSorted((a, b) => b.count - a.count);
    const confused = worst === undefined || worst.count === 0 ? '' : `${worst.count} × ${labels[worst.heard]!}`;
    return [
      label,
      grouped(clips),
      clips === 0 ? '' : percent(accuracy),
      style('green', bar(clips === 0 ? 0 : accuracy, 20).padEnd(20)),
      style('dim', confused),
    ];
  });
}

/** The table of an evaluation. */
export function evaluationText(evaluation: Counted, style: Style): readonly string[] {
  const columns = [
    { title: 'label' },
    { title: 'clips', align: 'right' },
    { title: 'right', align: 'right' },
    { title: '' },
    { title: 'most often taken for' },
  ] as const;
  return [
    ...table(columns, labelRows(evaluation, style), style),
    '',
    `${style('bold', percent(evaluation.accuracy, 2))} of ${grouped(evaluation.clips)} clips`,
  ];
}
