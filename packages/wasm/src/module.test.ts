import { expect, test } from 'vitest';
import { f32x4, i32, ModuleBuilder, v128 } from './index.ts';

test('a loop over memory sums floats four at a time', () => {
  const module = new ModuleBuilder({ from: 'own' });
  const f = module.function('sum', { pointer: 'i32', count: 'i32' }, { result: 'f32' });
  const total = f.let(v128.zero());
  const i = f.local('i32');
  f.for(i, 0, f.params.count, 4, () => {
    f.set(total, f32x4.add(total, v128.load(i32.add(f.params.pointer, i32.shl(i, 2)))));
  });
  const lane = (n: number) => f32x4.extractLane(total, n);
  const sum = module.function('lanes', {}, { result: 'f32', exported: false });
  sum.return(f32x4.extractLane(v128.zero(), 0));
  f.return({ type: 'f32', code: [lane(0).code, lane(1).code, 0x92, lane(2).code, 0x92, lane(3).code, 0x92, module.call(sum, {}).code, 0x92] });
  const bytes = module.build();
  expect(WebAssembly.validate(bytes)).toBe(true);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const memory = instance.exports['memory'] as WebAssembly.Memory;
  new Float32Array(memory.buffer).set([1, 2, 3, 4, 5, 6, 7, 8]);
  expect((instance.exports['sum'] as (p: number, n: number) => number)(0, 8)).toBe(36);
});
