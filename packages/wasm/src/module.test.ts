/** Control flow, calls, memories and the checks of the builder; instructions are tested beside them in `ops/`. */
import { expect, test } from 'vitest';
import { f32x4, type FunctionBuilder, i32, i64, i8x16, ModuleBuilder, v128, type WasmError } from './index.ts';

function run(describe: (f: FunctionBuilder<{ n: 'i32' }, 'i32'>, module: ModuleBuilder) => void): (n: number) => number {
  const module = new ModuleBuilder({ from: 'own' });
  const f = module.function('f', { n: 'i32' }, { result: 'i32' });
  describe(f, module);
  return new WebAssembly.Instance(new WebAssembly.Module(module.build())).exports['f'] as (n: number) => number;
}

test('for, while, doWhile', () => {
  const sums = run((f) => {
    const [total, i] = f.locals('i32', 2);
    f.for(i!, 0, f.params.n, 2, () => f.set(total!, i32.add(total!, i!)));
    f.return(total!);
  });
  expect([sums(0), sums(1), sums(2), sums(7)]).toEqual([0, 0, 0, 12]);
  const halvings = run((f) => {
    const count = f.local('i32');
    f.while(
      () => f.params.n,
      () => {
        f.set(f.params.n, i32.shrU(f.params.n, 1));
        f.set(count, i32.add(count, 1));
      },
    );
    f.return(count);
  });
  expect([halvings(0), halvings(1), halvings(-1)]).toEqual([0, 1, 32]);
  const atLeastOnce = run((f) => {
    const count = f.local('i32');
    f.doWhile(
      () => f.set(count, i32.add(count, 1)),
      () => i32.ltS(count, f.params.n),
    );
    f.return(count);
  });
  expect([atLeastOnce(-5), atLeastOnce(5)]).toEqual([1, 5]);
});

test('if, else, block and branches out of nested blocks', () => {
  const classify = run((f) => {
    const result = f.let(i32.const(0));
    f.block((outer) => {
      f.if(
        i32.ltS(f.params.n, 0),
        () => f.set(result, -1),
        () => {
          f.if(f.params.n, () => {
            f.set(result, 1);
            f.branch(outer);
          });
          f.branch(outer, i32.eqz(f.params.n));
        },
      );
      f.set(result, i32.mul(result, 100));
    });
    f.return(result);
  });
  expect([classify(-9), classify(0), classify(9)]).toEqual([-100, 0, 1]);
  const firstMultiple = run((f) => {
    const i = f.local('i32');
    f.for(i, 1, 1000, 1, (exit) => f.branch(exit, i32.eqz(i32.remU(i, f.params.n))));
    f.return(i);
  });
  expect([firstMultiple(7), firstMultiple(2000)]).toEqual([7, 1000]);
});

test('calls in any order, recursion, tee and drop', () => {
  const factorial = run((f, module) => {
    const helper = module.function('helper', { n: 'i32' }, { result: 'i32', exported: false });
    helper.if(i32.leS(helper.params.n, 1), () => helper.return(i32.const(1)));
    const less = helper.local('i32');
    helper.drop(helper.tee(less, i32.sub(helper.params.n, 1)));
    helper.return(i32.mul(helper.params.n, module.call(helper, { n: less })));
    f.return(module.call(helper, { n: f.params.n }));
  });
  expect(factorial(10)).toBe(3_628_800);
});

test('locals of every type, mixed parameters, and memory in vectors', () => {
  const module = new ModuleBuilder({ from: 'own' });
  const f = module.function('sum', { scale: 'f32', pointer: 'i32', wide: 'i64' });
  const total = f.let(v128.zero());
  const i = f.let(i32.wrapI64(f.params.wide));
  f.doWhile(
    () => {
      f.set(total, f32x4.add(total, v128.load(f.params.pointer)));
      f.set(f.params.pointer, i32.add(f.params.pointer, 16));
      f.set(i, i32.sub(i, 1));
    },
    () => i,
  );
  f.do(v128.store(0, f32x4.mul(total, f32x4.splat(f.params.scale))));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.build()));
  const floats = new Float32Array((exports['memory'] as WebAssembly.Memory).buffer);
  floats.set([1, 2, 3, 4, 5, 6, 7, 8], 4);
  (exports['sum'] as (scale: number, pointer: number, wide: bigint) => void)(0.5, 16, 2n);
  expect(Array.from(floats.subarray(0, 4))).toEqual([3, 4, 5, 6]);
});

test('an imported memory, its limits, and a shared one', () => {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 2, shared: true });
  const module = new ModuleBuilder({ from: 'import', minimum: 2, maximum: 2, shared: true });
  const f = module.function('write', {});
  f.do(i64.store(i32.const(65536), -1n));
  const compiled = new WebAssembly.Module(module.build());
  (new WebAssembly.Instance(compiled, { env: { memory } }).exports['write'] as () => void)();
  expect(new Int32Array(memory.buffer)[16384]).toBe(-1);
  expect(() => new WebAssembly.Instance(compiled, { env: { memory: new WebAssembly.Memory({ initial: 2 }) } })).toThrow(WebAssembly.LinkError);
});

test('a long body and large constants keep their encoding', () => {
  const long = run((f) => {
    const total = f.local('i32');
    for (let n = 0; n < 5000; n++) f.set(total, i32.add(total, n * 1000));
    for (let n = 0; n < 300; n++) f.local(n % 2 === 0 ? 'i64' : 'v128');
    f.return(i32.add(total, f.params.n));
  });
  expect(long(1)).toBe(Number(BigInt.asIntN(32, (4999n * 5000n * 1000n) / 2n + 1n)));
});

test('what cannot be encoded is refused when the expression is built', () => {
  const codes = [
    () => i32.load(0, -1),
    () => v128.load(0, 2 ** 32),
    () => i8x16.const([1, 2, 3]),
    () => i8x16.extractLaneS(v128.zero(), 16),
    () => v128.shuffle(v128.zero(), v128.zero(), [0, 1]),
    () =>
      v128.shuffle(
        v128.zero(),
        v128.zero(),
        Array.from({ length: 16 }, () => 32),
      ),
    () => new ModuleBuilder({ from: 'own', shared: true }),
    () => new ModuleBuilder({ from: 'own', minimum: 3, maximum: 2 }),
    () => {
      const module = new ModuleBuilder();
      const f = module.function('f', {});
      f.block(() => module.build());
    },
  ].map((action) => {
    try {
      action();
      return 'no error';
    } catch (error) {
      return (error as WasmError).code;
    }
  });
  expect(codes).toEqual([...Array.from({ length: 6 }, () => 'WASM_OPERAND'), 'WASM_MEMORY_OPTIONS', 'WASM_MEMORY_OPTIONS', 'WASM_FUNCTION_OPEN']);
});
