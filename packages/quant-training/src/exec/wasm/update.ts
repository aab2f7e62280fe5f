/**
 * The end of a step: update rules over arenas, and new states. All of it is fused loops; the rules are those of `src/optimizers`.
 *
 * What changes with the step lies in a small buffer of scalars, four for each group: the learning rate of the group, that rate divided by the bias
 * correction of the first moment, the reciprocal of the correction of the second, and the factor of decoupled decay.
 * Invariant: a loop updates in place, each element from itself only.
 */
import { ExpressionPool, type Expression } from '../../kernels/elementwise/expression.ts';
import type { Loop, Sink } from '../../kernels/elementwise/loop.ts';
import type { Optimizer, StepScalars } from '../../ir/types.ts';
import type { AdamRule } from '../../optimizers/adam.ts';
import type { NovogradRule } from '../../optimizers/novograd.ts';
import type { SgdRule } from '../../optimizers/sgd.ts';
import { loopOperation } from './lower.ts';
import { createBuffer, type Operation, type Place, type Storage } from './program.ts';
import type { Arena, StoragePlan } from './storage.ts';

/** Floats of scalars for each group. */
export const GROUP_SCALARS = 4;

type Node = Expression<Place>;

/** The arenas that an update works on. */
export interface UpdateArenas {
  readonly parameters: Arena;
  readonly gradients: Arena;
  readonly moment1: Arena | null;
  readonly moment2: Arena | null;
  readonly scalars: Storage['buffer'];
}

/** The scalars of one step, group after group. */
export function updateScalars({ rule, groups }: Optimizer, { learningRate, step }: StepScalars): Float32Array {
  const adaptive = rule.kind === 'adam' || rule.kind === 'adamw';
  return Float32Array.from(
    groups.flatMap(({ learningRateScale, weightDecay }) => {
      const rate = learningRate * learningRateScale;
      const [first, second] = adaptive ? [1 - rule.beta1 ** step, 1 - rule.beta2 ** step] : [1, 1];
      return [rate, rate / first, 1 / second, 1 - rate * weightDecay];
    }),
  );
}

/** One loop over a run of the arenas. */
class Run {
  readonly #pool = new ExpressionPool<Place>();
  readonly #sinks: Sink<Place>[] = [];
  readonly #storage: StoragePlan;
  readonly #size: number;

  constructor(storage: StoragePlan, size: number) {
    this.#storage = storage;
    this.#size = size;
  }

  read(place: Storage, stride: 0 | 1 = 1): Node {
    return this.#pool.leaf(this.#storage.place(place), [stride]);
  }

  number(value: number): Node {
    return this.#pool.constant(value);
  }

  apply(name: Parameters<ExpressionPool<Place>['apply']>[0], ...inputs: Node[]): Node {
    return this.#pool.apply(name, inputs);
  }

  /** `a * first + b * second` */
  blend(a: number, first: Node, b: number, second: Node): Node {
    return this.apply('add', this.apply('multiply', first, this.number(a)), this.apply('multiply', second, this.number(b)));
  }

  write(place: Storage, value: Node, kind: 'store' | 'sum' = 'store'): void {
    this.#sinks.push({ kind, value, target: { buffer: this.#storage.place(place), strides: [kind === 'store' ? 1 : 0] } });
  }

  operation(label: string, form: Loop<Place>['form'] = 'flat'): Operation {
    return loopOperation(label, { form, sizes: [this.#size], sinks: this.#sinks });
  }
}

type Gradient = (run: Run, at: Where) => Node;

interface Where {
  readonly parameter: Storage;
  readonly gradient: Storage;
  readonly moment1: Storage | null;
  readonly moment2: Storage | null;
  readonly scalar: (index: number) => Storage;
}

const withDecay =
  (decay: number): Gradient =>
  (run, { gradient, parameter }) =>
    decay === 0 ? run.read(gradient) : run.apply('add', run.read(gradient), run.apply('multiply', run.read(parameter), run.number(decay)));

function emitSgd({ momentum, nesterov }: SgdRule, run: Run, at: Where, decay: number): void {
  const slope = withDecay(decay)(run, at);
  let direction = slope;
  if (at.moment1 !== null) {
    const moved = run.apply('add', run.apply('multiply', run.read(at.moment1), run.number(momentum)), slope);
    run.write(at.moment1, moved);
    direction = nesterov ? run.apply('add', slope, run.apply('multiply', moved, run.number(momentum))) : moved;
  }
  run.write(at.parameter, run.apply('subtract', run.read(at.parameter), run.apply('multiply', direction, run.read(at.scalar(0), 0))));
}

function emitAdam({ kind, beta1, beta2, epsilon }: AdamRule, run: Run, at: Where, decay: number): void {
  const decoupled = kind === 'adamw' && decay !== 0;
  const slope = withDecay(kind === 'adam' ? decay : 0)(run, at);
  const first = run.blend(beta1, run.read(at.moment1!), 1 - beta1, slope);
  const second = run.blend(beta2, run.read(at.moment2!), 1 - beta2, run.apply('multiply', slope, slope));
  const divisor = run.apply('add', run.apply('sqrt', run.apply('multiply', second, run.read(at.scalar(2), 0))), run.number(epsilon));
  const start = decoupled ? run.apply('multiply', run.read(at.parameter), run.read(at.scalar(3), 0)) : run.read(at.parameter);
  run.write(at.moment1!, first);
  run.write(at.moment2!, second);
  run.write(at.parameter, run.apply('subtract', start, run.apply('divide', run.apply('multiply', first, run.read(at.scalar(1), 0)), divisor)));
}

/** NovoGrad of one tensor: its squared norm, the second moment, then the elements. */
function novogradOperations(rule: NovogradRule, storage: StoragePlan, at: Where, size: number, decay: number, label: string): Operation[] {
  const norm: Storage = { buffer: createBuffer('temporary', 1, `norm of ${label}`), offset: 0 };
  const squares = new Run(storage, size);
  const gradient = squares.read(at.gradient);
  squares.write(norm, squares.apply('multiply', gradient, gradient), 'sum');
  const moment = new Run(storage, 1);
  const [previous, now] = [moment.read(at.moment2!), moment.read(norm)];
  moment.write(
    at.moment2!,
    moment.apply('where', moment.apply('equal', previous, moment.number(0)), now, moment.blend(rule.beta2, previous, 1 - rule.beta2, now)),
  );
  const run = new Run(storage, size);
  const scale = run.apply('add', run.apply('sqrt', run.read(at.moment2!, 0)), run.number(rule.epsilon));
  const normalised = run.apply('divide', run.read(at.gradient), scale);
  const decayed = decay === 0 ? normalised : run.apply('add', normalised, run.apply('multiply', run.read(at.parameter), run.number(decay)));
  const first = run.blend(rule.beta1, run.read(at.moment1!), rule.gradientAveraging ? 1 - rule.beta1 : 1, decayed);
  run.write(at.moment1!, first);
  run.write(at.parameter, run.apply('subtract', run.read(at.parameter), run.apply('multiply', first, run.read(at.scalar(0), 0))));
  return [squares.operation(label, 'rows'), moment.operation(label), run.operation(label)];
}

/** The operations that apply an optimiser to the gradients. */
export function updateOperations({ rule, groups }: Optimizer, storage: StoragePlan, arenas: UpdateArenas): Operation[] {
  return groups.flatMap(({ parameters, weightDecay }, group): Operation[] => {
    if (parameters.length === 0) return [];
    const scalar = (index: number): Storage => ({ buffer: arenas.scalars, offset: group * GROUP_SCALARS + index });
    const where = (name: string): Where => {
      const find = (arena: Arena | null): Storage | null => arena && { buffer: arena.buffer, offset: arena.entries.get(name)!.offset };
      return { parameter: find(arenas.parameters)!, gradient: find(arenas.gradients)!, moment1: find(arenas.moment1), moment2: find(arenas.moment2), scalar };
    };
    const sizeOfEntry = (name: string): number => arenas.parameters.entries.get(name)!.size;
    if (rule.kind === 'novograd') {
      return parameters.flatMap((name) => novogradOperations(rule, storage, where(name), sizeOfEntry(name), weightDecay, `update of ${name}`));
    }
    const last = arenas.parameters.entries.get(parameters.at(-1)!)!;
    const start = where(parameters[0]!);
    const run = new Run(storage, last.offset + last.size - start.parameter.offset);
    if (rule.kind === 'sgd') emitSgd(rule, run, start, weightDecay);
    else emitAdam(rule, run, start, weightDecay);
    return [run.operation(`update of group ${group}`)];
  });
}

/** Copies `size` floats. */
export function copyOperation(label: string, storage: StoragePlan, from: Storage, to: Storage, size: number): Operation {
  const run = new Run(storage, size);
  run.write(to, run.read(from));
  return run.operation(label);
}

/** Writes 0 if all `size` floats are finite, else NaN: the sum of `x - x`. */
export function finiteOperation(storage: StoragePlan, from: Storage, size: number, to: Storage): Operation {
  const run = new Run(storage, size);
  const value = run.read(from);
  run.write(to, run.apply('subtract', value, value), 'sum');
  return run.operation('finiteness of the gradients', 'rows');
}
