/**
 * Max-pooling over `[height, time]` without padding, and its gradient. The first maximum of a window, in row-major order, wins.
 * Range: images, `channel * batch + b`.
 */
import { type Expr, f32, type FunctionBuilder, i32, type Local, memory, select, type Signature } from '@bitvox/wasm';
import { at, type KernelLibrary, RANGE } from './library.ts';

/** Geometry of a pooling. */
export interface PoolGeometry {
  readonly input: readonly [number, number];
  readonly output: readonly [number, number];
  readonly size: readonly [number, number];
  readonly stride: readonly [number, number];
}

type Body = FunctionBuilder<Signature, 'void'>;

/** Windows of at most so many elements are compared without loops. */
const UNROLLED = 9;

const FORWARD = { ...RANGE, input: 'i32', output: 'i32' } as const;
const GRADIENT = { ...RANGE, input: 'i32', upstream: 'i32', output: 'i32' } as const;

const keyOf = ({ input, output, size, stride }: PoolGeometry): string => [input, output, size, stride].map((pair) => pair.join('x')).join('_');

interface Walk {
  readonly begin: Local<'i32'>;
  readonly end: Local<'i32'>;
  readonly input: Local<'i32'>;
}

/** Emits the walk over all windows; `visit` gets the largest element, the address where it lies and the index of the output. */
function emitWindows(
  f: Body,
  geometry: PoolGeometry,
  { begin, end, input }: Walk,
  visit: (largest: Expr<'f32'>, where: Expr<'i32'>, output: Expr<'i32'>) => void,
): void {
  const {
    input: [height, time],
    output: [rows, columns],
    size,
    stride,
  } = geometry;
  const [image, row, column, corner, where] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
  const [index, largest, candidate] = [f.let(i32.mul(begin, rows * columns)), f.local('f32'), f.local('f32')];
  const compare = (address: Expr<'i32'>, offset: number): void => {
    f.set(candidate, f32.load(address, offset));
    const wins = f.let(f32.gt(candidate, largest));
    f.set(largest, select(wins, candidate, largest));
    f.set(where, select(wins, i32.add(address, offset), where));
  };
  const compareRow = (address: Expr<'i32'>, offset: number, from: number): void => {
    for (let right = from; right < size[1]; right++) compare(address, offset + right * 4);
  };
  f.for(image, begin, end, 1, () => {
    f.for(row, 0, rows, 1, () => {
      f.set(corner, at(input, i32.mul(i32.add(i32.mul(image, height), i32.mul(row, stride[0])), time)));
      f.for(column, 0, columns, 1, () => {
        f.set(where, corner);
        f.set(largest, f32.load(corner));
        if (size[0] * size[1] <= UNROLLED) for (let down = 0; down < size[0]; down++) compareRow(corner, down * time * 4, down === 0 ? 1 : 0);
        else emitLargeWindow(f, geometry, corner, compare);
        visit(largest, where, index);
        f.set(index, i32.add(index, 1));
        f.set(corner, i32.add(corner, stride[1] * 4));
      });
    });
  });
}

function emitLargeWindow(f: Body, { input: [, time], size }: PoolGeometry, corner: Expr<'i32'>, compare: (address: Expr<'i32'>, offset: number) => void): void {
  const [line, place, down, right] = [f.let(corner), f.local('i32'), f.local('i32'), f.local('i32')];
  f.for(down, 0, size[0], 1, () => {
    f.set(place, line);
    f.for(right, 0, size[1], 1, () => {
      compare(place, 0);
      f.set(place, i32.add(place, 4));
    });
    f.set(line, i32.add(line, time * 4));
  });
}

/** `y[c, b, p, q] = max over the window of x`. */
export function maxPool(library: KernelLibrary, geometry: PoolGeometry): FunctionBuilder<typeof FORWARD, 'void'> {
  return library.function(`max_pool_${keyOf(geometry)}`, FORWARD, (f) => {
    emitWindows(f, geometry, f.params, (largest, _where, index) => f.do(f32.store(at(f.params.output, index), largest)));
  });
}

/** Adds every upstream gradient to the place of the maximum of its window. */
export function maxPoolGradient(library: KernelLibrary, geometry: PoolGeometry): FunctionBuilder<typeof GRADIENT, 'void'> {
  const image = geometry.input[0] * geometry.input[1];
  return library.function(`max_pool_gradient_${keyOf(geometry)}`, GRADIENT, (f) => {
    const { begin, end, input, upstream, output } = f.params;
    f.do(memory.fill(at(output, i32.mul(begin, image)), 0, i32.mul(i32.sub(end, begin), image * 4)));
    emitWindows(f, geometry, f.params, (_largest, where, index) => {
      const target = f.let(i32.add(output, i32.sub(where, input)));
      f.do(f32.store(target, f32.add(f32.load(target), f32.load(at(upstream, index)))));
    });
  });
}
