/** Shows the events of a training as progress, and hands on what comes out. */
import type { DoneEvent, TrainingEvent } from '@bitvox/quant-training';
import { percent } from '../ui/format.ts';
import type { Progress } from '../ui/progress.ts';

/** How a training ended. */
export type Ending = { readonly kind: 'done'; readonly event: DoneEvent } | { readonly kind: 'stopped' };

/** The mean of losses counts the newest steps most, so that the number does not flicker. */
const LOSS_MEMORY = 0.95;

/**
 * Follows a training to its end.
 * @param record is given every event before the next step begins
 */
export async function followTraining(
  events: AsyncIterable<TrainingEvent>,
  progress: Progress,
  record: (event: TrainingEvent) => Promise<void> = async () => {},
): Promise<Ending> {
  let [steps, epochs, loss] = [1, 1, Number.NaN];
  let validated = '';
  for await (const event of events) {
    await record(event);
    if (event.type === 'start') ({ steps, epochs } = event);
    else if (event.type === 'step') {
      loss = Number.isNaN(loss) ? event.loss : LOSS_MEMORY * loss + (1 - LOSS_MEMORY) * event.loss;
      progress.update(event.step / steps, `epoch ${event.epoch + 1}/${epochs}  loss ${loss.toFixed(2)}${validated}`);
    } else if (event.type === 'validation') validated = `  unheard speakers ${percent(event.accuracy)}`;
    else if (event.type === 'done') return { kind: 'done', event };
    else if (event.type === 'stopped') return { kind: 'stopped' };
  }
  return { kind: 'stopped' };
}
