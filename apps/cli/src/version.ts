/** The version of this program, as its manifest says. */
import { readFile } from 'node:fs/promises';

/** For example `0.1.0`. */
export async function version(): Promise<string> {
  const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  return manifest.version;
}
