/** The recipe of the demo: a small network and few epochs, so that two cores need less than two minutes. */
import { resolveConfig, type TrainingConfig } from '../training/config.ts';

/** The config; `epochs` changes how long it takes. */
export function demoConfig(seed: number, epochs = 30): TrainingConfig {
  return resolveConfig(
    {
      model: 'dfsmn',
      bits: 1,
      modelOptions: { channels: 64, hidden: 128, blocks: 4 },
      learningRate: 0.02,
      labelSmoothing: 0,
      augmentation: {
        timeShift: 14,
        gain: [-10, 6],
        noise: { probability: 0.5, gain: [-10, 5] },
        timeMasks: { count: 0, longest: 0 },
        bandMasks: { count: 0, longest: 0 },
      },
    },
    { seed, epochs },
  );
}
