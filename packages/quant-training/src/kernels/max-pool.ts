/**
 * Max-pooling over `[height, time]` without padding, and its gradient. The first maximum of a window, in row-major order, wins; a NaN is a maximum.
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

const FORWARD = { ...RANGE, input: 'i32', output: 'i32' } as const;
const GRADIENT = { ...RANGE, input: 'i32', upstream: 'i32', output: 'i32' } as const;

const keyOf = ({ input, output, size, stride }: PoolGeometry): string => [input, output, size, stride].map((pair) => pair.join('x')).join('_');

interface Walk {
  readonly begin: Local<'i32'>;
  readonly end: Local<'i32'>;
  readonly input: Local<'i32'>;
}

/** Emits the walk over all windows; `visit` gets the largest element, its address, and the image and index of the output. */
function emitWindows(
  f: FunctionBuilder<Signature, 'void'>,
  { input: [height, time], output: [rows, columns], size, stride }: PoolGeometry,
  { begin, end, input }: Walk,
  visit: (largest: Expr<'f32'>, where: Expr<'i32'>, output: Expr<'i32'>, image: Expr<'i32'>) => void,
): void {
  const [image, row, column, down, right] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
  const [index, where, line, place] = [f.let(i32.mul(begin, rows * columns)), f.local('i32'), f.local('i32'), f.local('i32')];
  const [largest, candidate] = [f.local('f32'), f.local('f32')];
  f.for(image, begin, end, 1, () => {
    f.for(row, 0, rows, 1, () => {
      f.for(column, 0, columns, 1, () => {
        f.set(line, at(input, i32.add(i32.mul(i32.add(i32.mul(image, height), i32.mul(row, stride[0])), time), i32.mul(column, stride[1]))));
        f.set(where, line);
        f.set(largest, f32.load(line));
        f.for(down, 0, size[0], 1, () => {
          f.set(place, line);
          f.for(right, 0, size[1], 1, () => {
            f.set(candidate, f32.load(place));
            const wins = f.let(i32.or(f32.gt(candidate, largest), i32.and(f32.ne(candidate, candidate), f32.eq(largest, largest))));
            f.set(largest, select(wins, candidate, largest));
            f.set(where, select(wins, place, where));
            f.set(place, i32.add(place, 4));
          });
          f.set(line, i32.add(line, time * 4));
        });
        visit(largest, where, index, image);
        f.set(index, i32.add(index, 1));
      });
    });
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
