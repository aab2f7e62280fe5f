/** Every kernel generator of the package and nothing else: what `kernels-gzip-bytes` counts. */
export { CONV_KERNELS, DEPTHWISE_KERNELS, GEMM_KERNELS, planEpilogue } from '@bitvox/bitpack';
