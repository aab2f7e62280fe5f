/**
 * Reads the instructions of a WebAssembly module back from its bytes: the opcodes of the code section, with how often each occurs.
 * Knows the instructions that kernels of this package may use; anything else, multiplications first, makes it throw.
 */

type Immediate = 'none' | 'leb' | 'leb2' | 'memarg' | 'block' | 'f32' | 'v128';

const scalar = new Map<number, readonly [string, Immediate]>([
  [0x02, ['block', 'block']],
  [0x03, ['loop', 'block']],
  [0x04, ['if', 'block']],
  [0x05, ['else', 'none']],
  [0x0b, ['end', 'none']],
  [0x0c, ['br', 'leb']],
  [0x0d, ['br_if', 'leb']],
  [0x0f, ['return', 'none']],
  [0x1a, ['drop', 'none']],
  [0x1b, ['select', 'none']],
  [0x10, ['call', 'leb']],
  [0x20, ['local.get', 'leb']],
  [0x21, ['local.set', 'leb']],
  [0x28, ['i32.load', 'memarg']],
  [0x2a, ['f32.load', 'memarg']],
  [0x2d, ['i32.load8_u', 'memarg']],
  [0x2e, ['i32.load16_s', 'memarg']],
  [0x2f, ['i32.load16_u', 'memarg']],
  [0x36, ['i32.store', 'memarg']],
  [0x38, ['f32.store', 'memarg']],
  [0x3b, ['i32.store16', 'memarg']],
  [0x41, ['i32.const', 'leb']],
  [0x43, ['f32.const', 'f32']],
  [0x45, ['i32.eqz', 'none']],
  [0x46, ['i32.eq', 'none']],
  [0x47, ['i32.ne', 'none']],
  [0x49, ['i32.lt_u', 'none']],
  [0x4b, ['i32.gt_u', 'none']],
  [0x4d, ['i32.le_u', 'none']],
  [0x4e, ['i32.ge_s', 'none']],
  [0x4f, ['i32.ge_u', 'none']],
  [0x68, ['i32.ctz', 'none']],
  [0x6a, ['i32.add', 'none']],
  [0x6b, ['i32.sub', 'none']],
  [0x71, ['i32.and', 'none']],
  [0x72, ['i32.or', 'none']],
  [0x73, ['i32.xor', 'none']],
  [0x74, ['i32.shl', 'none']],
  [0x75, ['i32.shr_s', 'none']],
  [0x76, ['i32.shr_u', 'none']],
  [0x92, ['f32.add', 'none']],
  [0x93, ['f32.sub', 'none']],
]);
const vector = new Map<number, readonly [string, Immediate]>([
  [0x00, ['v128.load', 'memarg']],
  [0x0b, ['v128.store', 'memarg']],
  [0x0c, ['v128.const', 'v128']],
  [0x11, ['i32x4.splat', 'none']],
  [0x4e, ['v128.and', 'none']],
  [0x4f, ['v128.andnot', 'none']],
  [0x50, ['v128.or', 'none']],
  [0x51, ['v128.xor', 'none']],
  [0x53, ['v128.any_true', 'none']],
  [0x8e, ['i16x8.add', 'none']],
  [0x91, ['i16x8.sub', 'none']],
  [0xa1, ['i32x4.neg', 'none']],
  [0xab, ['i32x4.shl', 'none']],
  [0xad, ['i32x4.shr_u', 'none']],
  [0xae, ['i32x4.add', 'none']],
  [0xe4, ['f32x4.add', 'none']],
  [0xe5, ['f32x4.sub', 'none']],
]);

const bulk = new Map<number, readonly [string, Immediate]>([
  [10, ['memory.copy', 'leb2']],
  [11, ['memory.fill', 'leb']],
]);

/** How often each instruction stands in the code of a module. @throws Error at an instruction that is not listed above */
export function countOpcodes(bytes: Uint8Array): Record<string, number> {
  let at = 8;
  const leb = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  };
  const counts: Record<string, number> = {};
  while (at < bytes.length) {
    const section = bytes[at++];
    const sectionEnd = leb() + at;
    if (section !== 10) {
      at = sectionEnd;
      continue;
    }
    const functions = leb();
    for (let index = 0; index < functions; index++) {
      const end = leb() + at;
      for (let groups = leb(); groups > 0; groups--) {
        leb();
        at++;
      }
      while (at < end) {
        const first = bytes[at++];
        const second = first >= 0xfc ? leb() : 0;
        const known = first === 0xfd ? vector.get(second) : first === 0xfc ? bulk.get(second) : scalar.get(first);
        if (known === undefined) throw new Error(`Instruction 0x${first.toString(16)} 0x${second.toString(16)} at byte ${at} is not expected here.`);
        const [name, immediate] = known;
        counts[name] = (counts[name] ?? 0) + 1;
        if (immediate === 'leb') leb();
        if (immediate === 'block') at++;
        if (immediate === 'v128') at += 16;
        if (immediate === 'f32') at += 4;
        if (immediate === 'memarg' || immediate === 'leb2') {
          leb();
          leb();
        }
      }
    }
  }
  return counts;
}
