/** Model files changed by hand for tests, with a checksum that is right again. */
import { crc32 } from './crc32.ts';
import { type ContainerTensor, readContainer, writeContainer } from './safetensors.ts';

/** The description in a file. */
export function descriptionOf(file: Uint8Array): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(readContainer(file).tensors.get('model')!.bytes)) as Record<string, unknown>;
}

/** The file with other entries; `null` takes one out. */
export function changed(file: Uint8Array, entries: Readonly<Record<string, ContainerTensor | null>>): Uint8Array {
  const { metadata, tensors } = readContainer(file);
  const all = new Map(tensors);
  for (const [name, entry] of Object.entries(entries)) {
    if (entry === null) all.delete(name);
    else all.set(name, entry);
  }
  const checksum = [...all.values()].reduce((value, { bytes }) => crc32(bytes, value), 0);
  return writeContainer({ metadata: { ...metadata, checksum: checksum.toString(16).padStart(8, '0') }, tensors: all });
}

/** The file with parts of its description changed; `undefined` takes one out. */
export function described(file: Uint8Array, change: object): Uint8Array {
  const bytes = new TextEncoder().encode(JSON.stringify({ ...descriptionOf(file), ...change }));
  return changed(file, { model: { dtype: 'U8', shape: [bytes.length], bytes } });
}
