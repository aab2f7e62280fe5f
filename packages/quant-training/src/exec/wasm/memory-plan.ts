/**
 * Where every buffer lies. Persistent buffers follow one another; temporaries share addresses when one is dead before the other is written.
 *
 * Largest first, each at the lowest address that is free during its whole life (Pisarchyk, Lee 2020, "greedy by size").
 * Invariant: two temporaries that overlap in memory never live during the same operation. Every buffer begins at a multiple of 64 bytes and is
 * followed by 64 bytes that may be read.
 */
import type { Buffer, Operation } from './program.ts';

const ALIGNMENT = 64;
const GUARD_BYTES = 64;

/** First and last operation that touches a buffer. */
export interface Lifetime {
  readonly first: number;
  readonly last: number;
}

/** The addresses of all buffers. */
export interface MemoryPlan {
  readonly addresses: ReadonlyMap<Buffer, number>;
  /** The run that temporaries share. */
  readonly temporaries: { readonly address: number; readonly bytes: number };
  /** Address after the last buffer. */
  readonly end: number;
}

const bytesOf = (buffer: Buffer): number => Math.ceil((buffer.floats * 4 + GUARD_BYTES) / ALIGNMENT) * ALIGNMENT;

/** The lifetimes of temporaries; those in `kept` live to the end. */
export function lifetimes(operations: readonly Operation[], kept: ReadonlySet<Buffer>): Map<Buffer, Lifetime> {
  const result = new Map<Buffer, Lifetime>();
  operations.forEach(({ reads, writes }, index) => {
    for (const buffer of [...reads, ...writes]) {
      if (buffer.kind !== 'temporary') continue;
      result.set(buffer, { first: result.get(buffer)?.first ?? index, last: kept.has(buffer) ? operations.length : index });
    }
  });
  return result;
}

/** Plans memory from `start` on. `persistent` buffers keep their own addresses. */
export function planMemory(start: number, persistent: readonly Buffer[], lives: ReadonlyMap<Buffer, Lifetime>): MemoryPlan {
  const addresses = new Map<Buffer, number>();
  let end = start;
  for (const buffer of persistent) {
    addresses.set(buffer, end);
    end += bytesOf(buffer);
  }
  const base = end;
  const placed: { from: number; to: number; life: Lifetime }[] = [];
  const order = [...lives].sort(([a, lifeA], [b, lifeB]) => bytesOf(b) - bytesOf(a) || lifeA.first - lifeB.first || a.id - b.id);
  for (const [buffer, life] of order) {
    const bytes = bytesOf(buffer);
    let at = base;
    for (const other of placed) {
      if (other.life.last < life.first || life.last < other.life.first) continue;
      if (other.from >= at + bytes) break;
      at = Math.max(at, other.to);
    }
    addresses.set(buffer, at);
    const index = placed.findIndex((other) => other.from > at);
    placed.splice(index < 0 ? placed.length : index, 0, { from: at, to: at + bytes, life });
    end = Math.max(end, at + bytes);
  }
  return { addresses, temporaries: { address: base, bytes: end - base }, end };
}
