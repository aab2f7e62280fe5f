/**
 * The probes: one tiny loop per kind of inner step, shaped like the inner loop of the kernels that live on it. An optimising compiler is
 * done with one in a fraction of a millisecond, where a whole kernel takes it many.
 *
 * A probe is exported under the name of its kind as `(turns)`; it reads zeros from a memory of its own. Invariant: addresses and sums
 * change from turn to turn and the sums are stored in the end, so that no compiler can leave a step out.
 */
import {
  type Capabilities,
  type Capability,
  type FunctionBuilder,
  i16x8,
  i32,
  i32x4,
  i64,
  i8x16,
  type Local,
  ModuleBuilder,
  v128,
  type V128,
} from '@bitvox/wasm';
import { STEP_KINDS, type StepKind } from './kernels/steps.ts';

const SIGNATURE = { turns: 'i32' } as const;
type ProbeBuilder = FunctionBuilder<typeof SIGNATURE, 'void'>;

interface Probe {
  readonly requires?: Capability;
  /** Steps of one turn. */
  readonly steps: number;
  /** Declares what a probe needs and returns the code of a turn, and of what follows the last one. */
  readonly emit: (run: ProbeBuilder, at: Local<'i32'>) => { readonly turn: () => void; readonly end: () => void };
}

/** Bytes a turn moves on, and those after which it begins anew: a small part of any first-level cache. */
const [TURN_BYTES, SPAN_BYTES] = [64, 4096];

/** What a turn needs before its steps, and the new value of the n-th sum. */
type Term = (run: ProbeBuilder, at: Local<'i32'>) => { readonly before?: () => void; readonly next: (sum: Local<'v128'>, n: number) => V128 };

/** `steps` sums of vectors side by side. */
const vectorProbe = (requires: Capability, steps: number, term: Term): Probe => ({
  requires,
  steps,
  emit: (run, at) => {
    const sums = run.locals('v128', steps);
    const { before, next } = term(run, at);
    const turn = (): void => {
      before?.();
      sums.forEach((sum, n) => run.set(sum, next(sum, n)));
    };
    return { turn, end: () => sums.forEach((sum, n) => run.do(v128.store(i32.const(2 * SPAN_BYTES), sum, 16 * n))) };
  },
});

const swizzleProbe = (requires: Capability, swizzle: (table: V128, indices: V128) => V128): Probe =>
  vectorProbe(requires, 4, (run, at) => {
    const table = run.local('v128');
    const before = (): void => run.set(table, v128.load(at));
    return { before, next: (sum, n) => i8x16.add(sum, swizzle(table, v128.load(at, 16 * n))) };
  });

const PROBES: Readonly<Record<StepKind, Probe>> = {
  popcount: vectorProbe('simd', 4, (run, at) => {
    const frame = run.local('v128');
    const before = (): void => run.set(frame, v128.load(at));
    return { before, next: (sum, n) => i8x16.add(sum, i8x16.popcnt(v128.xor(frame, v128.load(at, 16 * n)))) };
  }),
  words: {
    steps: 4,
    emit: (run, at) => {
      const [sums, frame] = [run.locals('i64', 4), run.local('i64')];
      const turn = (): void => {
        run.set(frame, i64.load(at));
        sums.forEach((sum, n) => run.set(sum, i64.add(sum, i64.popcnt(i64.xor(frame, i64.load(at, 8 * n))))));
      };
      return { turn, end: () => sums.forEach((sum, n) => run.do(i64.store(i32.const(2 * SPAN_BYTES), sum, 8 * n))) };
    },
  },
  swizzle: swizzleProbe('simd', i8x16.swizzle),
  relaxedSwizzle: swizzleProbe('relaxedSimd', i8x16.relaxedSwizzle),
  tables: vectorProbe('simd', 8, (run, at) => {
    const offset = run.local('i32');
    return {
      next: (sum, n) => {
        run.set(offset, i32.load16U(at, 2 * n));
        return i8x16.add(sum, v128.load(offset, 16 * n));
      },
    };
  }),
  dot16: vectorProbe('simd', 8, (run, at) => {
    const [spread, pairs] = [run.local('v128'), run.locals('v128', 2)];
    const before = (): void => pairs.forEach((pair, n) => run.set(pair, v128.load(at, 16 * n)));
    const next = (sum: Local<'v128'>, n: number): V128 => {
      if (n % 2 === 0) run.set(spread, v128.load32Splat(at, 2 * n));
      return i32x4.add(sum, i32x4.dotI16x8S(spread, pairs[n % 2]!));
    };
    return { before, next };
  }),
  relaxedDot: vectorProbe('relaxedDot', 8, (run, at) => {
    const [spread, packed, low] = [run.local('v128'), run.local('v128'), run.let(i8x16.constSplat(15))];
    const before = (): void => run.set(spread, v128.load32Splat(at));
    const next = (sum: Local<'v128'>, n: number): V128 => {
      if (n % 2 === 0) run.set(packed, v128.load(at, 8 * n));
      return i32x4.relaxedDotI8x16I7x16AddS(spread, v128.and(n % 2 === 0 ? packed : i16x8.shrU(packed, 4), low), sum);
    };
    return { before, next };
  }),
  scalar: {
    steps: 2,
    emit: (run, at) => {
      const sums = run.locals('i32', 2);
      const turn = (): void => sums.forEach((sum, n) => run.set(sum, i32.add(sum, i32.mul(i32.load8S(at, n), i32.load8S(at, SPAN_BYTES + n)))));
      return { turn, end: () => sums.forEach((sum, n) => run.do(i32.store(i32.const(2 * SPAN_BYTES), sum, 4 * n))) };
    },
  },
  vector: vectorProbe('simd', 4, (run, at) => ({
    next: (sum, n) => {
      run.do(v128.store(at, sum, 2 * SPAN_BYTES + 16 * n));
      return i8x16.add(sum, v128.load(at, 16 * n));
    },
  })),
};

/** A probe that this engine can run. */
export interface BoundProbe {
  readonly kind: StepKind;
  /** Steps of one turn. */
  readonly steps: number;
  readonly run: (turns: number) => void;
}

/** The kinds of steps that an engine with these capabilities can make. */
export const possibleSteps = (capabilities: Capabilities): StepKind[] =>
  STEP_KINDS.filter((kind) => {
    const { requires } = PROBES[kind];
    return requires === undefined || capabilities[requires];
  });

/** The probes of all possible kinds, compiled together. */
export function bindProbes(capabilities: Capabilities): BoundProbe[] {
  const kinds = possibleSteps(capabilities);
  const module = new ModuleBuilder({ from: 'own' });
  for (const kind of kinds) {
    const run = module.function(kind, SIGNATURE);
    const at = run.local('i32');
    const { turn, end } = PROBES[kind].emit(run, at);
    run.doWhile(
      () => {
        turn();
        run.set(at, i32.and(i32.add(at, TURN_BYTES), SPAN_BYTES - 1));
        run.set(run.params.turns, i32.sub(run.params.turns, 1));
      },
      () => run.params.turns,
    );
    end();
  }
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.build()));
  return kinds.map((kind) => ({ kind, steps: PROBES[kind].steps, run: exports[kind] as (turns: number) => void }));
}
