/** Random programs: every kind of step over every form of value, with integers that are lively and within the bounds a program promises. */
import { type FeatureConfig, valuesPerFrame } from '@bitvox/features';
import type {
  Activation,
  Conv2dStep,
  Epilogue,
  Program,
  ProgramTensor,
  Requantization,
  Split,
  Step,
  StepWeights,
  TensorFormat,
  TwoTerms,
  ValueOutput,
} from '@bitvox/runtime';

/** A small deterministic source of random numbers. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let hash = Math.imul(this.#state ^ (this.#state >>> 16), 0x21f0aaad);
    hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97);
    return (hash ^ (hash >>> 15)) >>> 0;
  }

  /** An integer from `low` to `high`. */
  integer(low: number, high: number): number {
    return low + Math.floor((this.next() / 2 ** 32) * (high - low + 1));
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(0, items.length - 1)]!;
  }

  chance(probability: number): boolean {
    return this.next() / 2 ** 32 < probability;
  }
}

const LARGEST: Readonly<Record<TensorFormat, number>> = { i8: 128, i16: 32_768, sign: 1, bit: 1, f32: 0 };
/** A form that an output may have; `split` is two binary terms with the factor of the second in every frame, `split-only` without. */
type Form = Exclude<TensorFormat, 'f32'> | 'split' | 'split-only';
type Place = { readonly hop: number; readonly delay: number };
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Names that would break C if they were printed as they are. */
const AWKWARD = ['finish', 'int', 'window', 'compute', 'x*/y', 'a"b', '9', 'größe', 'line\\', '??/', '%d'];
const AWKWARD_LABELS = ['h', 'labels', 'state bytes', '*/', '"\\', 'größe', 'yes', 'yes!'];

class Drawing {
  readonly dice: Dice;
  readonly tensors: Mutable<ProgramTensor>[] = [];
  readonly steps: Step[] = [];
  /** Tensors of two terms, with the output that says how they came about. */
  readonly splits = new Map<number, Split>();

  constructor(seed: number) {
    this.dice = new Dice(seed);
  }

  tensor(name: string, format: TensorFormat, channels: number, place: Place): number {
    const fill = format === 'sign' && this.dice.chance(0.4) ? Int8Array.from({ length: channels }, () => this.dice.pick([-1, 1])) : null;
    return this.tensors.push({ name, format, channels, scale: 2 ** -9, ...place, padding: [0, 0], fill }) - 1;
  }

  #weights(rows: number, columns: number, isBinary: boolean): StepWeights {
    const { dice } = this;
    if (isBinary || dice.chance(0.6)) return { bits: 1, rows: Uint8Array.from({ length: rows * Math.ceil(columns / 8) }, () => dice.integer(0, 255)) };
    return { bits: 8, values: Int8Array.from({ length: rows * columns }, () => (dice.chance(0.02) ? -128 : dice.integer(-127, 127))) };
  }

  #requantization(channels: number, bound: number): Requantization {
    const { dice } = this;
    const isNarrow = bound <= 32_768 && dice.chance(0.7);
    const multipliers = new Int32Array(channels);
    const offsets = new Float64Array(channels);
    const shifts = new Uint8Array(channels);
    for (let channel = 0; channel < channels; channel++) {
      const largest = isNarrow ? 2 ** 31 - 1 : 2 ** 52 - 1;
      const limit = Math.min(isNarrow ? 32_767 : 2 ** 23 - 1, Math.floor((0.9 * largest) / bound));
      multipliers[channel] = dice.integer(-limit, limit);
      const room = largest - Math.abs(multipliers[channel]!) * bound;
      const product = Math.abs(multipliers[channel]!) * bound;
      offsets[channel] = Math.round((dice.integer(-1000, 1000) / 1000) * Math.min(room, product + 1000));
      const total = product + Math.abs(offsets[channel]!);
      // Results around 2^14 to 2^17, so that some saturate; never more than 32 bits.
      shifts[channel] = Math.max(0, Math.min(31, Math.max(Math.ceil(Math.log2(total + 1)) - dice.integer(13, 17), 0)));
    }
    return { arithmetic: isNarrow ? 'narrow' : 'wide', multipliers, offsets, shifts };
  }

  #activation(): Activation {
    const { dice } = this;
    return dice.pick<Activation>([{ kind: 'none' }, { kind: 'relu' }, { kind: 'prelu', slope: dice.integer(-32_767, 32_767) }]);
  }

  #split(name: string, channels: number, place: Place, isFactorKept: boolean): ValueOutput {
    const { dice } = this;
    const tensor = this.tensor(name, 'sign', 2 * channels, place);
    const scale = isFactorKept ? this.tensor(name, 'i16', 1, place) : null;
    const thresholds = (): Int16Array =>
      Int16Array.from({ length: channels }, () => (dice.chance(0.1) ? dice.pick([-32_768, 32_767]) : dice.integer(-9000, 9000)));
    const split = {
      limits: thresholds(),
      offsets: thresholds(),
      span: 2 ** dice.integer(2, 14),
      scale,
      dropped: dice.integer(0, 5),
      limit: dice.integer(1, 32_767),
    };
    this.splits.set(tensor, split);
    return { tensor, shift: 0, comparison: null, split };
  }

  #output(name: string, channels: number, place: Place, form: Form): ValueOutput {
    const { dice } = this;
    if (form === 'split' || form === 'split-only') return this.#split(name, channels, place, form === 'split');
    const tensor = this.tensor(name, form, channels, place);
    const plain = { tensor, shift: form === 'i8' ? dice.integer(0, 9) : 0, comparison: null, split: null };
    if ((form !== 'sign' && form !== 'bit') || dice.chance(0.4)) return plain;
    const limits = Int16Array.from({ length: channels }, () => (dice.chance(0.1) ? dice.pick([-32_768, 32_767]) : dice.integer(-9000, 9000)));
    return { ...plain, comparison: { limits, flips: Int8Array.from(limits, () => dice.integer(-1, 0)) } };
  }

  /** How the sums of up to `columns` products of two terms become an accumulator of 16 bits. */
  #terms({ scale, limit }: Split, columns: number, channels: number): TwoTerms {
    const { dice } = this;
    const one = 2 ** dice.integer(1, 14);
    const shiftFor = (largest: number): number => Math.max(0, 1 + Math.floor(Math.log2(((one + largest) * columns) / 2 ** 15)));
    if (scale !== null) return { one, shift: shiftFor(limit), scale };
    const shared = dice.chance(0.5) ? dice.integer(0, limit) : null;
    const factors = Int16Array.from({ length: channels }, () => shared ?? dice.integer(0, limit));
    return { one, shift: shiftFor(Math.max(...factors)), scale: factors };
  }

  /** Planes of a number of channels, and a window over their rows. */
  #rows(channels: number): Conv2dStep['rows'] {
    const { dice } = this;
    const input = channels / dice.pick([1, 2, 3, 4].filter((planes) => channels % planes === 0));
    const kernel = dice.integer(1, Math.min(4, input));
    const top = dice.integer(0, kernel - 1);
    const stride = dice.integer(1, 3);
    return { input, kernel, top, stride, output: Math.floor((input + top + dice.integer(0, kernel - 1) - kernel) / stride) + 1 };
  }

  #epilogue(name: string, channels: number, bound: number, place: Mutable<Place>, isPass: boolean): Epilogue {
    const { dice } = this;
    if (!isPass && dice.chance(0.3)) {
      const reach = Math.max(1, Math.floor(Math.sqrt(bound)));
      const thresholds = Int32Array.from({ length: channels }, () =>
        dice.chance(0.1) ? dice.pick([-(2 ** 30 - 1), 2 ** 30 - 1]) : dice.integer(-reach, reach),
      );
      const outputs = dice.pick<readonly TensorFormat[]>([['sign'], ['bit'], ['sign', 'bit']]).map((format) => this.tensor(name, format, channels, place));
      return { kind: 'threshold', thresholds, directions: Int8Array.from({ length: channels }, () => dice.pick([-1, 1])), outputs };
    }
    const partners = this.tensors.flatMap((tensor, index) =>
      tensor.format === 'i16' && tensor.channels === channels && tensor.hop === place.hop ? [index] : [],
    );
    const residual = partners.length > 0 && dice.chance(0.6) ? dice.pick(partners) : null;
    if (residual !== null) place.delay = Math.max(place.delay, this.tensors[residual]!.delay);
    const forms = dice.pick<readonly Form[]>([
      ['i16'],
      ['i16', 'sign'],
      ['i8'],
      ['bit', 'i16', 'i8'],
      ['sign', 'bit', 'sign'],
      ['i16', 'i8', 'bit'],
      ['split', 'i16'],
      ['i16', 'split-only'],
      ['split', 'bit', 'split-only'],
      ['split'],
    ]);
    return {
      kind: 'value',
      requantization: isPass && dice.chance(0.3) ? null : this.#requantization(channels, bound),
      activation: this.#activation(),
      residual,
      then: residual === null ? { kind: 'none' } : this.#activation(),
      outputs: forms.map((form) => this.#output(name, channels, place, form)),
    };
  }

  #window(op: Step['op'], format: TensorFormat, isPointwise: boolean): Step['window'] {
    const { dice } = this;
    const isWindow = op !== 'pass' && op !== 'mean-pool';
    const kernel = isPointwise ? 1 : dice.integer(1, 6);
    const dilation = isWindow && op !== 'conv2d' ? dice.integer(1, 3) : 1;
    const stride = isWindow && !isPointwise && dice.chance(0.15) ? dice.integer(2, 3) : 1;
    const reach = (kernel - 1) * dilation;
    return { kernel, dilation, stride, padding: isWindow && format !== 'bit' ? [dice.integer(0, reach), dice.integer(0, reach)] : [0, 0] };
  }

  step(index: number, op: Step['op'], input: number, only?: { readonly channels: number }): void {
    const { dice } = this;
    const { format, channels: stored, hop, delay } = this.tensors[input]!;
    const split = this.splits.get(input);
    const inputs = split === undefined ? stored : stored / 2;
    // Factors belong to frames of their own.
    const window = this.#window(op, format, op === 'pass' || typeof split?.scale === 'number' || dice.chance(only === undefined ? 0.3 : 0.5));
    const { kernel, dilation, stride, padding } = window;
    const rows = op === 'conv2d' ? this.#rows(inputs) : null;
    const planes = dice.pick([1, 5, 16, 31, 32, 33, 64, 70, 128, 128]);
    const channels = only?.channels ?? (rows !== null ? dice.pick([1, 2, 3, 4, 8]) * rows.output : op === 'conv1d' ? planes : inputs);
    const place = { hop: hop * stride, delay: delay + ((kernel - 1) * dilation - padding[0]) * hop };
    const columns = (rows !== null ? (inputs / rows.input) * rows.kernel : op === 'conv1d' ? inputs : 1) * kernel;
    const weights = op === 'pass' || op === 'mean-pool' ? null : this.#weights(rows === null ? channels : channels / rows.output, columns, split !== undefined);
    const terms = split === undefined ? null : this.#terms(split, columns, channels);
    const bound = terms === null ? columns * LARGEST[format] * (weights?.bits === 8 ? 128 : 1) : 32_768;
    const node = dice.chance(0.3) ? dice.pick(AWKWARD) : `${op}-${index}`;
    const epilogue: Epilogue =
      only === undefined
        ? this.#epilogue(node, channels, bound, place, op === 'pass')
        : {
            kind: 'value',
            requantization: this.#requantization(channels, bound),
            activation: { kind: 'none' },
            residual: null,
            then: { kind: 'none' },
            outputs: [this.#output(node, channels, place, 'i16')],
          };
    const accumulator = terms !== null || bound <= 32_766 ? 'i16' : 'i32';
    const parts = { node, members: [node], input, inputChannels: inputs, channels, window, accumulator, terms, epilogue } as const;
    if (op === 'conv2d') this.steps.push({ ...parts, op, weights: weights!, rows: rows! });
    else if (op === 'conv1d' || op === 'depthwise-conv1d') this.steps.push({ ...parts, op, weights: weights! });
    else this.steps.push({ ...parts, op });
    const left = this.tensors[input]!;
    left.padding = [Math.max(left.padding[0], padding[0]), Math.max(left.padding[1], padding[1])];
  }
}

/** Operations that can read a value of a format. */
function operationsFor(format: TensorFormat): readonly Step['op'][] {
  if (format === 'i16') return ['pass', 'mean-pool'];
  if (format === 'bit') return ['conv1d'];
  return format === 'i8' ? ['conv1d', 'conv2d', 'depthwise-conv1d', 'mean-pool', 'pass'] : ['conv1d', 'conv2d', 'depthwise-conv1d'];
}

/** A random program of a few steps that ends in 2 to 6 labels; its input is that of a front end where one is given. */
export function randomProgram(seed: number, frontEnd?: FeatureConfig): Program {
  const drawing = new Drawing(seed);
  const { dice } = drawing;
  const bands = frontEnd === undefined ? dice.integer(1, 40) : valuesPerFrame(frontEnd);
  drawing.tensor('input', 'i8', bands, { hop: 1, delay: 0 });
  const steps = dice.integer(1, 6);
  for (let index = 0; index < steps; index++) {
    const from = Math.max(0, drawing.tensors.length - 4);
    const input = dice.integer(from, drawing.tensors.length - 1);
    drawing.step(index, dice.pick(operationsFor(drawing.tensors[input]!.format)), input);
  }
  const readable = drawing.tensors.flatMap(({ format }, index) => (format === 'i16' ? [] : [index]));
  const labels = dice.integer(2, 6);
  const firstName = dice.integer(0, AWKWARD_LABELS.length - labels);
  const names = AWKWARD_LABELS.slice(firstName, firstName + labels);
  drawing.step(steps, 'conv1d', readable.at(-1)!, { channels: labels });
  const output = drawing.tensors.length - 1;
  drawing.tensors[output]!.scale = dice.pick([2 ** -7, 2 ** -8, 2 ** -9, 2 ** -10]);
  const frames = dice.integer(20, 90);
  return {
    name: `random-${seed}`,
    kind: 'integer',
    input: { channels: bands, frames, scale: 2 ** -6 },
    tensors: drawing.tensors,
    steps: drawing.steps,
    output,
    labels: names,
    features: { ...frontEnd },
    decision: { smoothing: dice.integer(0, 120), thresholds: { [names[0]!]: 0.3, [names[1]!]: 0.2 }, refractory: dice.integer(0, 200) },
  };
}

/** Random input frames, `[frame][band]`. */
export function randomFrames(seed: number, frames: number, bands: number): Uint8Array {
  const dice = new Dice(seed);
  return Uint8Array.from({ length: frames * bands }, () => (dice.chance(0.1) ? dice.pick([0, 255]) : dice.integer(60, 200)));
}
