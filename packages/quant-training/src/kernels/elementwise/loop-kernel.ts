/**
 * The kernel of a fused loop whose range is over elements (`flat`) or rows (`rows`).
 *
 * Range: see {@link Loop}. Parameters after the range: one pointer for each of `buffersOf(loop)`.
 */
import { type Expr, f32, f32x4, f64, type FunctionBuilder, i32, type Local, select, type Signature, type V128, v128 } from '@bitvox/wasm';
import { type KernelLibrary, RANGE } from '../library.ts';
import { emitColumns } from './columns.ts';
import { type Access, emitExpressions, laneSum, step, type Values } from './evaluate.ts';
import type { Leaf } from './expression.ts';
import { type Addresses, emitAddresses, emitConstantPart, viewsOf } from './frame.ts';
import { buffersOf, type Loop, loopKey, rootsOf, type Sink } from './loop.ts';

type Body = FunctionBuilder<Signature, 'void'>;
const BLOCK_BYTES = 4096;

interface Total<Buffer> {
  readonly sink: Sink<Buffer>;
  readonly lanes: Local<'v128'>;
  readonly squares: Local<'v128'>;
  readonly total: Local<'f64'>;
  readonly squareTotal: Local<'f64'>;
}

/** The kernel of a loop. */
export function loopKernel<Buffer>(library: KernelLibrary, loop: Loop<Buffer>): FunctionBuilder<Signature, 'void'> {
  const buffers = buffersOf(loop);
  const signature: Record<string, 'i32'> = { ...RANGE };
  buffers.forEach((_, index) => {
    signature[`pointer${index}`] = 'i32';
  });
  return library.function(loopKey(loop), signature as Signature, (f) => {
    const pointers = new Map(buffers.map((buffer, index) => [buffer, f.params[`pointer${index}`] as Expr<'i32'>]));
    const { begin, end } = f.params as { begin: Local<'i32'>; end: Local<'i32'> };
    if (loop.form === 'columns') emitColumns(f, loop, pointers, begin, end);
    else if (loop.form === 'flat') {
      const views = viewsOf(loop);
      const addresses: Addresses<Buffer> = new Map(views.map((view) => [view, f.let(step(pointers.get(view.buffer)!, begin, view.strides[0]!))]));
      emitRow(f, loop, addresses, i32.sub(end, begin));
    } else {
      const row = f.local('i32');
      f.for(row, begin, end, 1, () => emitRow(f, loop, emitAddresses(f, viewsOf(loop), pointers, loop.sizes.slice(0, -1), row), loop.sizes.at(-1)!));
    }
  });
}

function emitRow<Buffer>(f: Body, loop: Loop<Buffer>, addresses: Addresses<Buffer>, length: Expr<'i32'> | number): void {
  const inner = loop.sizes.length - 1;
  const fixed = emitConstantPart(f, loop, inner, addresses);
  const wide = new Map(
    viewsOf(loop)
      .filter((view) => view.strides[inner]! > 1)
      .map((view) => [view, f.let(addresses.get(view)!)]),
  );
  const position = f.let(i32.const(0));
  const totals: Total<Buffer>[] = loop.sinks
    .filter((sink) => sink.kind !== 'store')
    .map((sink) => ({
      sink,
      lanes: f.local('v128'),
      squares: f.local('v128'),
      total: f.let(f64.const(sink.kind === 'maximum' ? -Infinity : 0)),
      squareTotal: f.let(f64.const(0)),
    }));

  const turn = (single: boolean): Values<Buffer> => {
    const values = fixed.inner();
    const access = (leaf: Leaf<Buffer>): Access => {
      const stride = leaf.strides[inner]!;
      return { address: stride > 1 ? wide.get(leaf)! : i32.add(addresses.get(leaf)!, position), laneStride: stride, single };
    };
    emitExpressions(f, rootsOf(loop), values, access);
    for (const sink of loop.sinks) {
      if (sink.kind !== 'store') continue;
      const { target } = sink;
      const value = values.numbers.get(sink.value)!;
      const stride = target.strides[inner]!;
      const address = stride > 1 ? wide.get(target)! : i32.add(addresses.get(target)!, position);
      if (!single && stride <= 1) f.do(v128.store(address, value));
      else for (const lane of single ? ([0] as const) : ([0, 1, 2, 3] as const)) f.do(v128.store32Lane(address, value, lane, lane * stride * 4));
    }
    return values;
  };
  const advance = (bytes: number): void => {
    f.set(position, i32.add(position, bytes));
    for (const [view, address] of wide) f.set(address, i32.add(address, bytes * view.strides[inner]!));
  };
  const whole = typeof length === 'number' ? i32.const((length >> 2) << 4) : f.let(i32.shl(i32.shrU(length, 2), 4));
  const bytes = typeof length === 'number' ? i32.const(length * 4) : f.let(i32.shl(length, 2));
  const vectors = (stop: Expr<'i32'>): void =>
    f.doWhile(
      () => {
        const values = turn(false);
        for (const total of totals) accumulate(f, total, values);
        advance(16);
      },
      () => i32.ltU(position, stop),
    );

  f.while(
    () => i32.ltU(position, whole),
    () => {
      if (totals.length === 0) return vectors(whole);
      for (const { sink, lanes, squares } of totals) {
        f.set(lanes, f32x4.constSplat(sink.kind === 'maximum' ? -Infinity : 0));
        if (sink.kind === 'statistics') f.set(squares, f32x4.constSplat(0));
      }
      const stop = f.let(i32.add(position, BLOCK_BYTES));
      f.set(stop, select(i32.ltU(stop, whole), stop, whole));
      vectors(stop);
      for (const total of totals) fold(f, total);
    },
  );
  if (typeof length !== 'number' || length % 4 !== 0) {
    f.while(
      () => i32.ltU(position, bytes),
      () => {
        const values = turn(true);
        for (const total of totals) addSingle(f, total, values);
        advance(4);
      },
    );
  }
  for (const total of totals) finish(f, total, fixed, addresses.get(total.sink.target)!, loop.sizes[inner]!);
}

function accumulate<Buffer>(f: Body, { sink, lanes, squares }: Total<Buffer>, { numbers }: Values<Buffer>): void {
  const value = numbers.get(sink.value)!;
  if (sink.kind === 'maximum') f.set(lanes, f32x4.max(lanes, value));
  else if (sink.kind === 'sum') f.set(lanes, f32x4.add(lanes, value));
  else if (sink.kind === 'statistics') {
    const centred = f.let(f32x4.sub(value, numbers.get(sink.shift)!));
    f.set(lanes, f32x4.add(lanes, centred));
    f.set(squares, f32x4.add(squares, f32x4.mul(centred, centred)));
  }
}

function fold<Buffer>(f: Body, { sink, lanes, squares, total, squareTotal }: Total<Buffer>): void {
  if (sink.kind === 'maximum') {
    for (const lane of [0, 1, 2, 3]) f.set(total, f64.max(total, f64.promoteF32(f32x4.extractLane(lanes, lane))));
    return;
  }
  f.set(total, f64.add(total, laneSum(lanes)));
  if (sink.kind === 'statistics') f.set(squareTotal, f64.add(squareTotal, laneSum(squares)));
}

function addSingle<Buffer>(f: Body, { sink, total, squareTotal }: Total<Buffer>, { numbers }: Values<Buffer>): void {
  const first = (vector: V128): Expr<'f64'> => f64.promoteF32(f32x4.extractLane(vector, 0));
  const value = numbers.get(sink.value)!;
  if (sink.kind === 'maximum') f.set(total, f64.max(total, first(value)));
  else if (sink.kind === 'sum') f.set(total, f64.add(total, first(value)));
  else if (sink.kind === 'statistics') {
    const centred = f.let(first(f32x4.sub(value, numbers.get(sink.shift)!)));
    f.set(total, f64.add(total, centred));
    f.set(squareTotal, f64.add(squareTotal, f64.mul(centred, centred)));
  }
}

function finish<Buffer>(f: Body, { sink, total, squareTotal }: Total<Buffer>, { numbers }: Values<Buffer>, address: Local<'i32'>, count: number): void {
  if (sink.kind !== 'statistics') {
    f.do(f32.store(address, f32.demoteF64(total)));
    return;
  }
  const mean = f.let(f64.div(total, f64.const(count)));
  const shift = f64.promoteF32(f32x4.extractLane(numbers.get(sink.shift)!, 0));
  f.do(f32.store(address, f32.demoteF64(f64.add(mean, shift))));
  f.do(f32.store(address, f32.demoteF64(f64.max(f64.sub(f64.div(squareTotal, f64.const(count)), f64.mul(mean, mean)), f64.const(0))), sink.spread * 4));
}
