/** The constant arrays of a project: weights and epilogues of every step, and the tables of the front end. */
import { crc32 } from '@bitvox/graph';
import { type ConstArray, comment, INTEGER_BYTES, type IntegerType, numberLines } from '../c-text.ts';
import { externC } from './banner.ts';
import type { ProjectContext } from './context.ts';

const WRITE: { readonly [Type in IntegerType]: (view: DataView, at: number, value: number) => void } = {
  int8_t: (view, at, value) => view.setInt8(at, value),
  uint8_t: (view, at, value) => view.setUint8(at, value),
  int16_t: (view, at, value) => view.setInt16(at, value, true),
  uint16_t: (view, at, value) => view.setUint16(at, value, true),
  int32_t: (view, at, value) => view.setInt32(at, value, true),
  uint32_t: (view, at, value) => view.setUint32(at, value, true),
  int64_t: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
};

function arrayBytes({ type, values }: ConstArray): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * INTEGER_BYTES[type]));
  for (let at = 0; at < values.length; at++) WRITE[type](view, at * INTEGER_BYTES[type], values[at]!);
  return new Uint8Array(view.buffer);
}

/** Bytes and CRC-32 of all weights as they lie in the memory of a little-endian core. */
export function weightsChecksum({ weights }: ProjectContext): { readonly bytes: number; readonly checksum: number } {
  const parts = weights.map(arrayBytes);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes: bytes.length, checksum: crc32(bytes) };
}

/** Tables of the front end, each an array of its own. */
export function frontEndArrays({ frontEnd }: ProjectContext): readonly ConstArray[] {
  if (frontEnd === null) return [];
  const { config, tables } = frontEnd;
  const quarter = config.fft / 4;
  const turns = Uint32Array.from({ length: 3 * quarter }, (_, k) => ((tables.sine[(k + quarter) % config.fft]! & 0xffff) | (tables.sine[k]! << 16)) >>> 0);
  const pairs = Uint32Array.from(
    { length: Math.ceil(config.window / 2) },
    (_, pair) => (((tables.window[2 * pair + 1] ?? 0) << 16) | tables.window[2 * pair]!) >>> 0,
  );
  return [
    { role: 'window', type: 'uint32_t', values: pairs, shape: 'window function, Q15, two samples a word' },
    { role: 'turns', type: 'uint32_t', values: turns, shape: `cosine (low half) and sine (high half) of 2 pi k / ${config.fft}, Q15` },
    { role: 'reversal', type: 'uint16_t', values: tables.reversal, shape: 'bit-reversed positions' },
    { role: 'mel_starts', type: 'uint16_t', values: tables.melStarts, shape: 'first bin of every band' },
    { role: 'mel_counts', type: 'uint16_t', values: tables.melCounts, shape: 'bins of every band' },
    { role: 'mel_weights', type: 'uint16_t', values: tables.melWeights, shape: 'weights of these bins, Q15' },
    { role: 'curve', type: 'int16_t', values: tables.curve, shape: 'level over log2 of the energy, four points an octave, Q7' },
    ...(tables.cosine === undefined
      ? []
      : ([
          { role: 'cosine', type: 'int16_t', values: tables.cosine.matrix, shape: 'cosine transform, [coefficient][band]' },
          { role: 'cosine_offsets', type: 'int32_t', values: tables.cosine.offsets, shape: 'offset of every coefficient' },
        ] as const)),
  ];
}

/** A project without any layer still needs a member. */
const NOTHING = { name: 'nothing', role: 'nothing', type: 'uint8_t', values: [0], shape: 'no weights' } as const;

const membersOf = ({ weights }: ProjectContext) => (weights.length === 0 ? [NOTHING] : weights);

/** The structure of the weights. */
export function weightsDeclaration(context: ProjectContext): string {
  const { project } = context.plan;
  const members = membersOf(context).map(({ name, type, values, shape }) => `    ${type} ${name}[${values.length}]; /* ${comment(shape)} */`);
  return externC(`/* What was trained. Largest elements first, so that there are no gaps. */
struct ${project}_weights {
${members.join('\n')}
};

extern const struct ${project}_weights ${project}_weights;
`);
}

/** The definition of the weights. */
export function weightsText(context: ProjectContext): string {
  const { project } = context.plan;
  const members = membersOf(context).map(
    ({ name, type, values, shape }) => `    /* ${name}: ${comment(shape)} */\n    {\n${numberLines(values, type, '        ')}\n    }`,
  );
  return `const struct ${project}_weights ${project}_weights = {\n${members.join(',\n')}\n};\n`;
}

/** The tables of the front end as static arrays. */
export function frontEndText(context: ProjectContext): string {
  return frontEndArrays(context)
    .map(
      ({ role, type, values, shape }) =>
        `/* ${comment(shape)} */\nstatic const ${type} ${role}[${values.length}] = {\n${numberLines(values, type, '    ')}\n};\n`,
    )
    .join('\n');
}
