/**
 * The `columns` form of a fused loop: sums and maxima over the axis before the last, with the last axis on the lanes.
 * A unit of the range is four columns, or one of the last odd ones.
 */
import { type Expr, f32, f32x4, f64x2, type FunctionBuilder, i32, type Local, type Signature, v128 } from '@bitvox/wasm';
import { type Access, emitExpressions, step } from './evaluate.ts';
import type { Leaf } from './expression.ts';
import { type Addresses, emitAddresses, emitConstantPart, viewsOf } from './frame.ts';
import { type Loop, rootsOf } from './loop.ts';

type Body = FunctionBuilder<Signature, 'void'>;
const UPPER = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];

/** Emits the loop over the units from `begin` to `end`. */
export function emitColumns<Buffer>(f: Body, loop: Loop<Buffer>, pointers: Map<Buffer, Expr<'i32'>>, begin: Local<'i32'>, end: Local<'i32'>): void {
  const outer = loop.sizes.slice(0, -2);
  const lanes = loop.sizes.at(-1)!;
  const groups = Math.floor(lanes / 4);
  const units = groups + (lanes % 4);
  const [unit, column] = [f.local('i32'), f.local('i32')];
  f.for(unit, begin, end, 1, () => {
    const index = f.let(i32.remU(unit, units));
    const single = f.let(i32.geU(index, groups));
    f.set(column, i32.shl(index, 2));
    f.if(single, () => f.set(column, i32.add(index, groups * 3)));
    const addresses = emitAddresses(f, viewsOf(loop), pointers, outer, i32.divU(unit, units));
    for (const [view, address] of addresses) f.set(address, step(address, column, view.strides.at(-1)!));
    if (groups > 0 && lanes % 4 > 0) {
      f.if(
        single,
        () => emitColumn(f, loop, addresses, true),
        () => emitColumn(f, loop, addresses, false),
      );
    } else emitColumn(f, loop, addresses, groups === 0);
  });
}

function emitColumn<Buffer>(f: Body, loop: Loop<Buffer>, addresses: Addresses<Buffer>, single: boolean): void {
  const reduced = loop.sizes.length - 2;
  const fixed = emitConstantPart(f, loop, reduced, addresses);
  const left = f.let(i32.const(loop.sizes[reduced]!));
  const moving = new Map([...addresses].filter(([view]) => view.strides[reduced] !== 0).map(([view, address]) => [view, f.let(address)]));
  const totals = loop.sinks.map((sink) => {
    const start = sink.kind === 'maximum' ? f32x4.constSplat(-Infinity) : f64x2.zero();
    return { sink, low: f.let(start), high: f.let(start) };
  });
  f.doWhile(
    () => {
      const values = fixed.inner();
      const access = (leaf: Leaf<Buffer>): Access => ({ address: moving.get(leaf) ?? addresses.get(leaf)!, laneStride: leaf.strides.at(-1)!, single });
      emitExpressions(f, rootsOf(loop), values, access);
      for (const { sink, low, high } of totals) {
        const value = f.let(values.numbers.get(sink.value)!);
        if (sink.kind === 'maximum') f.set(low, f32x4.max(low, value));
        else {
          f.set(low, f64x2.add(low, f64x2.promoteLowF32x4(value)));
          f.set(high, f64x2.add(high, f64x2.promoteLowF32x4(v128.shuffle(value, value, UPPER))));
        }
      }
      for (const [view, address] of moving) f.set(address, i32.add(address, view.strides[reduced]! * 4));
      f.set(left, i32.sub(left, 1));
    },
    () => left,
  );
  for (const { sink, low, high } of totals) {
    const address = addresses.get(sink.target)!;
    if (sink.kind === 'maximum') f.do(single ? v128.store32Lane(address, low, 0) : v128.store(address, low));
    else if (single) f.do(f32.store(address, f32.demoteF64(f64x2.extractLane(low, 0))));
    else [low, low, high, high].forEach((pair, lane) => f.do(f32.store(address, f32.demoteF64(f64x2.extractLane(pair, (lane % 2) as 0 | 1)), lane * 4)));
  }
}
