/** Files of the file system as byte sources and file sets. Invariant: no file stays open between two calls. */
import { open, readFile, stat } from 'node:fs/promises';
import { readdirSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { checkedEnd, type ByteSource } from '../corpus/source.ts';
import type { FileSet } from '../corpus/manifest.ts';
import { indexTar, tarArchive, type TarArchive } from '../corpus/tar.ts';
import { DatasetError } from '../errors.ts';

/** A file that is opened for each read. */
export async function sourceOfFile(path: string): Promise<ByteSource> {
  const { size } = await stat(path);
  return { size, read: (offset, length) => withFile(path, (source) => source.read(offset, length)) };
}

/** Runs a function over a file that stays open meanwhile: for many small reads. */
export async function withFile<Result>(path: string, use: (source: ByteSource) => Promise<Result>): Promise<Result> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    return await use({
      size,
      async read(offset, length) {
        checkedEnd(size, offset, length);
        const bytes = new Uint8Array(length);
        for (let filled = 0; filled < length;) {
          const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
          if (bytesRead === 0) throw new DatasetError('DATASET_READ', `bytes ${offset} to ${offset + length}, of which ${filled} are left`, { file: path });
          filled += bytesRead;
        }
        return bytes;
      },
    });
  } finally {
    await handle.close();
  }
}

/** Opens a tar archive in place: only its headers are read, members when asked for. @throws DatasetError DATASET_TAR */
export async function openTarFile(path: string): Promise<TarArchive> {
  const members = await withFile(path, (source) => indexTar(source, path));
  return tarArchive(members, await sourceOfFile(path), path);
}

/** The members of an archive as the files of a manifest. */
export function filesOfTar(archive: TarArchive): FileSet {
  return { has: (name) => archive.members.has(name), read: (name) => archive.read(name) };
}

/** The files below a folder as the files of a manifest, by their path with forward slashes. Names that would lead out of the folder do not exist. */
export function filesOfFolder(root: string): FileSet {
  const inside = (name: string): boolean => !isAbsolute(name) && !name.split(/[/\\]/).includes('..');
  return {
    has: (name) => inside(name) && statSync(join(root, name), { throwIfNoEntry: false })?.isFile() === true,
    async read(name) {
      if (!inside(name)) throw new DatasetError('DATASET_MEMBER', `"${name}", which leads out of the folder`, { file: root });
      return new Uint8Array(await readFile(join(root, name)));
    },
  };
}

/** Paths of all files below a folder, with forward slashes, in the order of their characters. */
export function listFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .toSorted();
}
