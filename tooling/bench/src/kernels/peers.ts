/** The peers: onnxruntime in WebAssembly and as a native addon, one thread each. Versions come from their own packages. */
import type * as onnxruntimeWeb from 'onnxruntime-web';
import { elementType } from '../onnx-proto.ts';
import type { Contestant } from './contest.ts';
import type { Layer } from './layers.ts';

/** Where a peer runs. */
export type PeerRuntime = 'ort-web' | 'ort-node';
/** Who and in which numbers. */
export type PeerId = 'ort-web-f32' | 'ort-web-int8' | 'ort-web-nbits' | 'ort-node-f32' | 'ort-node-int8';

/** What both packages offer alike. */
export type Onnxruntime = Pick<typeof onnxruntimeWeb, 'InferenceSession' | 'Tensor' | 'env'>;

const runtimes = new Map<PeerRuntime, Promise<Onnxruntime>>();

/** Says where a runtime comes from; the command and the page of the site load it in different ways. */
export function provideRuntime(runtime: PeerRuntime, module: Promise<Onnxruntime>): void {
  // Whoever needs the runtime meets the failure; one that nobody asks for may fail.
  module.catch(() => undefined);
  runtimes.set(runtime, module);
}

function runtimeOf(runtime: PeerRuntime): Promise<Onnxruntime> {
  return runtimes.get(runtime) ?? Promise.reject(new Error(`${runtime} was not provided`));
}

/** The runtime of a peer. */
export const peerRuntime = (peer: PeerId): PeerRuntime => (peer.startsWith('ort-web') ? 'ort-web' : 'ort-node');

/** Name and version, such as `onnxruntime-web 1.30.0`. */
export async function peerName(runtime: PeerRuntime): Promise<string> {
  const { versions } = (await runtimeOf(runtime)).env;
  return runtime === 'ort-web' ? `onnxruntime-web ${versions.web ?? versions.common}` : `onnxruntime-node ${versions.node ?? versions.common}`;
}

/** A session with a model and its input, ready to run on one thread. The tensor for the input lives as long as the contestant. */
export async function openPeer(peer: PeerId, { model, x }: Layer): Promise<Contestant> {
  const runtime = peerRuntime(peer);
  const { InferenceSession, Tensor } = await runtimeOf(runtime);
  const session = await InferenceSession.create(model, {
    executionProviders: [runtime === 'ort-web' ? 'wasm' : 'cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  });
  const feeds: Record<string, onnxruntimeWeb.Tensor> = { [session.inputNames[0]!]: new Tensor(elementType(x.data), x.data, x.dims) };
  return { name: peer, run: () => session.run(feeds) };
}
