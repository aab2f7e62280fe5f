/**
 * y = R x for dense R, drawn on the fly: `dense_tprngxi16_i16__tables`.
 *
 * Rows are drawn as lists (`row-draw.ts`) whose entries name a group of columns and a step: each moves the code of its group, the place of a sum in
 * the group's table. Then a row costs one load and one addition for four columns, however many of them are not zero. As sums wrap
 * modulo 2^16 their order does not matter; those of floats would, so there is no such kernel for them.
 * Invariant: bit for bit `applyTernary`; writes the outputs and the scratch, nothing else; no multiplication.
 */
import { type FunctionBuilder, i32, type I32, type Local, memory, ModuleBuilder } from '@bitvox/wasm';
import { planTernary, type TernaryMatrixSpec, type TernaryPlan } from '../spec.ts';
import { type DensePlan, EMPTY_CODE, ENTRY_BYTES, GROUP_BYTES, GROUP_COLUMNS, planDense } from './dense-plan.ts';
import { drawRows } from './draw-rows.ts';
import { emitCodeSums, emitGroupTables } from './group-tables.wasm.ts';
import { CANDIDATE_SHIFT, emitTable, LIST_HEAD, OFFSET_AT, type RowDraw, tableBytes } from './row-draw.ts';

/** Where the parts of the scratch lie behind the words of the draw. */
function layOut(plan: TernaryPlan, dense: DensePlan, { wordBytes, listBytes }: RowDraw) {
  const table = wordBytes;
  const list = table + tableBytes(plan);
  // The table of candidates is written in whole groups: a few bytes more than it has.
  const template = list + Math.max(listBytes, GROUP_COLUMNS << CANDIDATE_SHIFT);
  const codes = template + dense.codeBytes;
  const tables = Math.ceil((codes + dense.passRows * dense.codeBytes) / 16) * 16;
  return { table, list, template, codes, tables, bytes: tables + dense.blockGroups * GROUP_BYTES };
}

/**
 * Bytes of scratch memory that the dense kernel of a spec needs, at an address that is a multiple of 4; multiples of 16 are faster.
 * @throws TernaryPrngError TERNARY_PRNG_SPEC
 */
export function denseScratchBytes(spec: TernaryMatrixSpec): number {
  const plan = planTernary(spec);
  return layOut(plan, planDense(plan), drawRows(new ModuleBuilder(), plan)).bytes;
}

/**
 * The module of a spec: imports and exports are those of `ternaryKernel` for `i16` forward, but it needs `DENSE_FRAMES` frames at least.
 * @throws TernaryPrngError TERNARY_PRNG_SPEC
 */
export function denseKernel(spec: TernaryMatrixSpec): Uint8Array<ArrayBuffer> {
  const plan = planTernary(spec);
  const dense = planDense(plan);
  const module = new ModuleBuilder({ from: 'import' });
  const rowDraw = drawRows(module, plan);
  const groupTables = emitGroupTables(module);
  const codeSums = emitCodeSums(module, dense);
  const f = module.function('apply', { x: 'i32', y: 'i32', frames: 'i32', stride: 'i32', scratch: 'i32' });
  const { x, y, frames, stride, scratch } = f.params;
  const parts = layOut(plan, dense, rowDraw);
  const [table, list, template, codes, tables] = [parts.table, parts.list, parts.template, parts.codes, parts.tables].map((at) => f.let(i32.add(scratch, at)));
  const rowBytes = f.let(i32.shl(frames, 1));
  const [row, left, to, at, column, block, from] = f.locals('i32', 7);
  const blockColumns = dense.blockGroups * GROUP_COLUMNS;

  emitTable(f, plan, rowDraw.marks, table, stride);
  emitSteps(f, dense, table);
  emitTemplate(f, dense, template);
  const drawCodes = (): void => {
    f.if(i32.eqz(i32.and(row, 3)), () => f.do(module.call(rowDraw.fill, { row, words: scratch })));
    f.drop(module.call(rowDraw.pick, { row, words: scratch, list, table }));
    f.do(memory.copy(to, template, dense.codeBytes));
    emitCodes(f, list, to);
    f.set(to, i32.add(to, dense.codeBytes));
    f.set(row, i32.add(row, 1));
  };
  const sumTile = (): void => {
    f.set(column, 0);
    f.set(block, codes);
    f.set(from, i32.add(x, at));
    f.doWhile(
      () => {
        const end = f.let(i32.add(column, blockColumns));
        f.if(i32.gtU(end, plan.columns), () => f.set(end, plan.columns));
        f.do(module.call(groupTables, { x: i32.add(x, at), stride, column, end, from, tables }));
        f.do(module.call(codeSums, { codes: block, rows: left, y: i32.add(y, at), stride, later: column, tables }));
        f.set(block, i32.add(block, 2 * dense.blockGroups));
        emitRepeated(f, blockColumns, () => f.set(from, i32.add(from, stride)));
        f.set(column, i32.add(column, blockColumns));
      },
      () => i32.ltU(column, plan.columns),
    );
  };

  f.doWhile(
    () => {
      f.set(to, codes);
      f.set(left, row);
      const passEnd = f.let(i32.add(row, dense.passRows));
      f.if(i32.gtU(passEnd, plan.rows), () => f.set(passEnd, plan.rows));
      f.doWhile(drawCodes, () => i32.ltU(row, passEnd));
      f.set(left, i32.sub(row, left));
      f.set(at, 0);
      f.doWhile(
        () => {
          // The last tile ends with the last frame; frames that it has in common with the one before get the same sums again.
          f.if(i32.gtU(i32.add(at, ENTRY_BYTES), rowBytes), () => f.set(at, i32.sub(rowBytes, ENTRY_BYTES)));
          sumTile();
          f.set(at, i32.add(at, ENTRY_BYTES));
        },
        () => i32.ltU(at, rowBytes),
      );
      f.doWhile(
        () => {
          f.set(y, i32.add(y, stride));
          f.set(left, i32.sub(left, 1));
        },
        () => left,
      );
    },
    () => i32.ltU(row, plan.rows),
  );
  return module.build();
}

type Function = FunctionBuilder<Readonly<Record<string, 'i32'>>, 'void'>;

/** Emits a loop of a constant number of turns. */
function emitRepeated(f: Function, turns: number, body: () => void): void {
  const left = f.let(i32.const(turns));
  f.doWhile(
    () => {
      body();
      f.set(left, i32.sub(left, 1));
    },
    () => left,
  );
}

/** Emits: what a column does to the codes in place of its channel's offset: byte of its group's code · 2^16 + the step of +1. */
function emitSteps(f: Function, { groups }: DensePlan, table: Local<'i32'>): void {
  const [entry, group] = [f.let(table), f.local('i32')];
  emitRepeated(f, groups, () => {
    for (let column = 0; column < GROUP_COLUMNS; column++) {
      f.do(i32.store(entry, i32.add(group, ENTRY_BYTES * 3 ** column), (column << CANDIDATE_SHIFT) + OFFSET_AT));
    }
    f.set(entry, i32.add(entry, GROUP_COLUMNS << CANDIDATE_SHIFT));
    f.set(group, i32.add(group, 2 << 16));
  });
}

/** Emits: the codes of a row of zeros. */
function emitTemplate(f: Function, { groups, blockGroups, codeBytes }: DensePlan, template: Local<'i32'>): void {
  const [to, code, group] = [f.let(template), f.let(i32.const(EMPTY_CODE)), f.local('i32')];
  emitRepeated(f, codeBytes / 2, () => {
    f.do(i32.store16(to, code));
    f.set(to, i32.add(to, 2));
    f.set(code, i32.add(code, GROUP_BYTES));
    f.set(group, i32.add(group, 1));
    const isOther = i32.or(i32.eq(code, EMPTY_CODE + blockGroups * GROUP_BYTES), i32.geU(group, groups));
    f.if(isOther, () => f.set(code, EMPTY_CODE));
  });
}

/** Emits: the entries of a list move the codes at `to`. */
function emitCodes(f: Function, list: Local<'i32'>, to: Local<'i32'>): void {
  const [entry, step, code] = [f.let(i32.add(list, LIST_HEAD)), f.local('i32'), f.local('i32')];
  const takeEntries = (operation: (a: I32, b: I32) => ReturnType<typeof i32.add>, headAt: number): void =>
    f.while(
      () => i32.ltU(entry, i32.load(list, headAt)),
      () => {
        f.set(step, i32.load(entry));
        f.set(code, i32.add(to, i32.shrU(step, 16)));
        f.do(i32.store16(code, operation(i32.load16U(code), i32.and(step, 0xffff))));
        f.set(entry, i32.add(entry, 4));
      },
    );
  takeEntries(i32.add, 0);
  takeEntries(i32.sub, 4);
}
