/** A whole network like BiFSMN, from 32 bands to the sums of its last block. */
import type { CasePeer, KernelCase } from '../case.ts';
import { randomBytes } from '../layers.ts';
import { BANDS, designNet, type NetShape } from '../net/design.ts';
import { openNet } from '../net/ours.ts';
import { peerNet } from '../net/peers.ts';

const SHAPE: NetShape = { channels: 256, frames: 96, blocks: 8 };

const peer = (id: CasePeer['peer'], lines: Pick<CasePeer, 'must' | 'aim'> = {}): CasePeer => ({
  peer: id,
  layer: () => peerNet(SHAPE, id.endsWith('int8') ? 'int8' : 'f32'),
  ...lines,
});

export const NET_CASES: readonly KernelCase[] = [
  {
    id: 'net',
    what: 'BiFSMN-like network, 256 channels, 96 frames, 8 blocks of two 1-bit pointwise layers and an 8-bit depthwise memory of 11 taps, ternary front layer of 3 taps from 32 bands of bytes',
    ours: () => {
      const net = openNet(designNet(SHAPE, 1));
      const bands = Int8Array.from(randomBytes(BANDS * SHAPE.frames));
      return { name: 'integers', run: () => net.run(bands) };
    },
    peers: [peer('ort-web-f32', { must: 12, aim: 25 }), peer('ort-web-int8'), peer('ort-node-f32'), peer('ort-node-int8', { must: 0.65, aim: 1.4 })],
    note: 'ours: bits, 8-bit and 16-bit integers as a 1-bit network deploys; the peers compute the same layers in f32 and in bytes',
  },
];
