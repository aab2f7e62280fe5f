/** What a backend has to do. The scheduler decides which frames; an executor computes them. */

/** Executes steps over row buffers. Columns are positions in a row buffer. */
export interface Executor {
  /** Bytes of memory that were reserved. */
  readonly memoryBytes: number;
  /** Writes input frames, `frames[from * bands]` on, to columns of tensor 0, as `byte - 128`. */
  write(column: number, frames: Uint8Array, from: number, count: number): void;
  /**
   * Computes `count` output frames of a step. `inputColumn` is the column of the first tap of the first output frame; every other tensor
   * that the step writes or reads frame by frame is accessed from `columns[tensor]` on.
   */
  compute(step: number, inputColumn: number, columns: Int32Array, count: number): void;
  /** Sets `count` columns of all rows of a tensor to what padded frames hold; may overwrite the columns behind them. */
  clear(tensor: number, column: number, count: number): void;
  /** Moves `count` columns of all rows from column `from` to column 0. */
  move(tensor: number, from: number, count: number): void;
  /** Copies one frame of the output tensor; integers and floats alike. */
  read(column: number, into: Float64Array): void;
}

/** Names of the backends. */
export type Backend = 'reference' | 'wasm';
