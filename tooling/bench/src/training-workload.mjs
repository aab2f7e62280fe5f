/**
 * Workload M: five blocks of a depthwise convolution (11, 15, 19, 23, 29 taps), a pointwise one (64 to 64 channels), batch norm and ReLU over
 * 128 frames of 64 features, mean, linear to 35 classes, cross-entropy, Adam; 128 clips a step. Data and weights come from a seed and lie in one
 * file that every engine reads: a line of JSON (`{tensors: [{name, shape, type, offset}], bytes}`), then the bytes.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { GraphBuilder } from '@bitvox/graph';
import { Random } from '@bitvox/ternary-prng';

/** Sizes of the workload. */
export const WORKLOAD = { batch: 128, channels: 64, frames: 128, classes: 35, kernels: [11, 15, 19, 23, 29], learningRate: 1e-3 };

/** The network as a graph. */
export function workloadGraph() {
  const builder = new GraphBuilder('workload-m');
  let x = builder.input({ channels: WORKLOAD.channels, frames: WORKLOAD.frames, scale: 2 ** -6 });
  WORKLOAD.kernels.forEach((kernel, at) => {
    x = builder.depthwiseConv1d(x, { kernel, padding: [kernel >> 1, kernel >> 1] }, `depthwise${at}`);
    x = builder.conv1d(x, { channels: WORKLOAD.channels }, `pointwise${at}`);
    x = builder.relu(builder.batchNorm(x, `norm${at}`));
  });
  builder.linear(builder.meanPool(x, WORKLOAD.frames), { channels: WORKLOAD.classes }, 'linear');
  return builder.build();
}

/** Writes data and initial weights for a seed. */
export function writeWorkload(file, seed) {
  const { batch, channels, frames, classes, kernels } = WORKLOAD;
  const tensors = [];
  const parts = [];
  let offset = 0;
  const add = (name, shape, data) => {
    tensors.push({ name, shape, type: data instanceof Int32Array ? 'int32' : 'float32', offset });
    parts.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    offset += data.byteLength;
  };
  const uniform = (name, shape, spread) => {
    const random = new Random(seed, name);
    add(
      name,
      shape,
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => (2 * random.uniform() - 1) * spread),
    );
  };
  uniform('inputs', [channels, batch, frames], 1.7);
  const random = new Random(seed, 'labels');
  add(
    'labels',
    [batch],
    Int32Array.from({ length: batch }, () => random.below(classes)),
  );
  kernels.forEach((kernel, at) => {
    uniform(`depthwise${at}/weight`, [channels, 1, kernel], Math.sqrt(3 / kernel));
    uniform(`pointwise${at}/weight`, [channels, channels, 1], Math.sqrt(3 / channels));
    add(`norm${at}/gamma`, [channels], new Float32Array(channels).fill(1));
    add(`norm${at}/beta`, [channels], new Float32Array(channels));
  });
  uniform('linear/weight', [classes, channels], Math.sqrt(3 / channels));
  add('linear/bias', [classes], new Float32Array(classes));
  writeFileSync(file, Buffer.concat([Buffer.from(`${JSON.stringify({ tensors, bytes: offset })}\n`), ...parts]));
}

/** The tensors of a file by name. */
export function readWorkload(file) {
  const bytes = readFileSync(file);
  const end = bytes.indexOf(10);
  const { tensors } = JSON.parse(bytes.subarray(0, end).toString());
  return new Map(
    tensors.map(({ name, shape, type, offset }) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const data = bytes.buffer.slice(bytes.byteOffset + end + 1 + offset, bytes.byteOffset + end + 1 + offset + size * 4);
      return [name, type === 'int32' ? new Int32Array(data) : new Float32Array(data)];
    }),
  );
}
