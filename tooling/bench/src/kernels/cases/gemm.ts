/** Matrix products: m × k weights by t frames, the peers with the same shape in f32, in bytes, or in their own 4 bits. */
import type { ActivationType, WeightType } from '@bitvox/bitpack';
import type { CasePeer, KernelCase } from '../case.ts';
import { matMul, matMulNBits } from '../layers.ts';
import { openGemm } from '../ours.ts';

interface Product {
  readonly id: string;
  readonly m: number;
  readonly k: number;
  readonly t: number;
  readonly weights?: WeightType;
  readonly activations?: ActivationType;
}

function gemmCase(product: Product, peers: readonly Omit<CasePeer, 'layer'>[]): KernelCase {
  const { id, m, k, t, weights = '1', activations = '1' } = product;
  const layer = (peer: CasePeer['peer']) => (peer === 'ort-web-nbits' ? matMulNBits({ m, k }) : matMul({ m, k, t }, peer.endsWith('int8') ? 'int8' : 'f32'));
  return {
    id,
    what: `${weights === '1' ? '1-bit' : weights} weights × ${activations === '1' ? '1-bit' : activations} activations, ${m} × ${k} by ${t} frame${t > 1 ? 's' : ''}`,
    ours: () => openGemm({ m, k, t, weights, activations }),
    peers: peers.map((peer) => ({ ...peer, layer: () => layer(peer.peer) })),
  };
}

export const GEMM_CASES: readonly KernelCase[] = [
  gemmCase({ id: 'gemm-128-256-256', m: 256, k: 256, t: 128 }, [
    { peer: 'ort-web-f32', must: 25, aim: 40 },
    { peer: 'ort-web-int8' },
    { peer: 'ort-node-f32', must: 4.5, aim: 6.5 },
    { peer: 'ort-node-int8', must: 1.5, aim: 2.2 },
  ]),
  gemmCase({ id: 'gemm-512', m: 512, k: 512, t: 512 }, [
    { peer: 'ort-web-f32', must: 35, aim: 50 },
    { peer: 'ort-web-int8' },
    { peer: 'ort-node-f32', must: 5, aim: 8 },
    { peer: 'ort-node-int8', must: 1.6, aim: 2.5 },
  ]),
  gemmCase({ id: 'gemv-256', m: 256, k: 256, t: 1 }, [{ peer: 'ort-web-f32', must: 20, aim: 30 }]),
  gemmCase({ id: 'gemv-1024', m: 1024, k: 1024, t: 1 }, [{ peer: 'ort-web-f32', must: 9, aim: 13 }]),
  gemmCase({ id: 'ternary-int8-gemm', m: 256, k: 256, t: 128, weights: 'ternary', activations: 'int8' }, [{ peer: 'ort-node-f32', must: 1.1, aim: 1.6 }]),
  gemmCase({ id: 'binary-int8-gemm', m: 256, k: 256, t: 128, weights: '1', activations: 'int8' }, [{ peer: 'ort-node-f32', must: 1.7, aim: 2.2 }]),
  gemmCase({ id: 'int4-gemv-256', m: 256, k: 256, t: 1, weights: 'int4', activations: 'int8' }, [{ peer: 'ort-web-nbits', must: 30, aim: 60 }]),
  gemmCase({ id: 'int4-gemv-1024', m: 1024, k: 1024, t: 1, weights: 'int4', activations: 'int8' }, [{ peer: 'ort-web-nbits', must: 30, aim: 80 }]),
];
