/** Runs the kernel benchmark beside the page and posts a row at a time, then `null`; a failure is posted as its message. */
import { raceInPage } from '@bitvox/bench/page';

try {
  for await (const row of raceInPage()) postMessage(row);
  postMessage(null);
} catch (error) {
  postMessage(String(error));
}
