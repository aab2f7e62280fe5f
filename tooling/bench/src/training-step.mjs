/** One process of the training benchmark: `node training-step.mjs FILE STEPS THREADS` runs workload M and prints `{losses, milliseconds}`. */
import { adam, optimizer, trainingStep, wasmExecutor } from '@bitvox/quant-training';
import { spawnNodeWorker } from '@bitvox/quant-training/node';
import { readWorkload, WORKLOAD, workloadGraph } from './training-workload.mjs';

const [file, steps, threads] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const tensors = readWorkload(file);
const names = [...tensors.keys()].filter((name) => name.includes('/'));
const group = { parameters: names, learningRateScale: 1, weightDecay: 0 };
const executor = wasmExecutor(threads > 1 ? { threads, spawn: spawnNodeWorker } : {});
const step = await executor.compile(trainingStep(workloadGraph(), { batch: WORKLOAD.batch, optimizer: optimizer(adam(), [group]) }));
for (const name of names) step.write(`parameter/${name}`, tensors.get(name));
step.input('inputs').set(tensors.get('inputs'));
tensors.get('labels').forEach((label, clip) => {
  step.input('targets')[label * WORKLOAD.batch + clip] = 1;
});

const [losses, milliseconds] = [[], []];
for (let at = 1; at <= steps; at++) {
  const start = performance.now();
  await step.run({ learningRate: WORKLOAD.learningRate, step: at });
  milliseconds.push(performance.now() - start);
  losses.push(step.output('loss')[0]);
}
step.dispose();
console.log(JSON.stringify({ losses, milliseconds, bytes: step.bytes }));
