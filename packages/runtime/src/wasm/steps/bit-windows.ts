/** `conv1d` and `conv2d` of 1-bit weights times signs over windows: sums by tables, stored in 16 bits for whatever epilogue follows. */
import { unpackSigns } from '@bitvox/bitpack';
import { LARGEST_DEPTH } from '../../lower/two-terms.ts';
import type { Conv1dStep, Conv2dStep } from '../../program.ts';
import { KernelArguments } from '../kernel-arguments.ts';
import { tableProduct } from '../kernels/table-product.ts';
import { planTermTables, tableBytes, termOffsets } from '../kernels/term-tables.ts';
import { LANES, type LanesKind } from '../kernels/value-lanes.ts';
import { type Accumulators, scratchStride, type StepContext } from '../step-context.ts';
import { windowPanel } from './window-panel.ts';

/** Storing accumulators as they are. */
const STORED: LanesKind = {
  arithmetic: 'none',
  shift: null,
  activation: 'none',
  residual: false,
  then: 'none',
  outputs: [{ format: 'i16', shift: 0, compared: false, split: 'none', span: 0, dropped: 0 }],
};
const FRAMES = 2 * LANES;

/** Whether the tables of a step are within reach. */
export const hasBitWindows = ({ inputChannels, window, ...step }: Conv1dStep | Conv2dStep): boolean => {
  const { input, kernel } = 'rows' in step ? step.rows : { input: 1, kernel: 1 };
  return (inputChannels / input) * kernel * window.kernel <= LARGEST_DEPTH.dense;
};

/** Accumulators of signs, in 16 bits. */
export function bitWindows(context: StepContext, step: Conv1dStep | Conv2dStep, rows: Uint8Array): Accumulators {
  const panel = windowPanel(context, step);
  const outputRows = panel.pointers.length;
  const planes = step.channels / outputRows;
  // Padded frames may be zeros, and so are padded rows.
  const tables = planTermTables(planes, panel.pointers[0]!.length, 2);
  const stride = scratchStride(context.block(step) + FRAMES, 2);
  const sizes = [tableBytes(tables), panel.bytes, step.channels * stride];
  const [, panelAt, z] = context.layout.scratch(...sizes) as [number, number, number];
  const args = new KernelArguments(context);
  const { layout } = context;
  const x = args.add(0, LANES, layout.constant(Int32Array.from(panel.pointers.flat())));
  args.add(layout.constant(termOffsets(unpackSigns(rows, planes, tables.depth), planes, tables)), planes, outputRows, 0, step.channels);
  const frames = args.add(0);
  // Neither tables nor slopes nor a skip connection; the address, row stride and table of the only output.
  args.add(0, 0, 0, 0, 0);
  const out = args.add(0, stride, 0);
  const bind = args.reserve();
  const kernel = context.use(tableProduct(tables, null, STORED));
  return {
    source: 'i16',
    stride,
    link(linked) {
      const [run, fill, { address, values }] = [linked.kernel(kernel), panel.link(linked, linked.scratch + panelAt), bind(linked.memory)];
      return (input, count) => {
        fill(input, count);
        for (let frame = 0; frame < count; frame += FRAMES) {
          values[x] = linked.scratch + panelAt + frame;
          values[frames] = count - frame;
          values[out] = linked.scratch + z + 2 * frame;
          run(address);
        }
        return linked.scratch + z;
      };
    },
  };
}
