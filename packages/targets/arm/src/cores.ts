/** The cores that a project can be generated for. A core decides which kernels may be used; everything else is the same C everywhere. */
import { ArmError } from './errors.ts';

/** What a kernel may rely on. */
export type CoreFeature = 'neon' | 'dotprod' | 'dsp' | 'mve';

/** A core. */
export interface Core {
  /** Instruction set, as its manual calls it. */
  readonly architecture: 'any' | 'armv6-m' | 'armv7-m' | 'armv7e-m' | 'armv8-m' | 'armv8.1-m' | 'armv7-a' | 'armv8-a' | 'armv8.2-a';
  readonly features: readonly CoreFeature[];
  /** Arguments of gcc and clang that select it. */
  readonly flags: readonly string[];
}

/** Every core by name. `portable` runs anywhere. */
export const CORES = {
  portable: { architecture: 'any', features: [], flags: [] },
  'cortex-m0plus': { architecture: 'armv6-m', features: [], flags: ['-mcpu=cortex-m0plus'] },
  'cortex-m3': { architecture: 'armv7-m', features: [], flags: ['-mcpu=cortex-m3'] },
  'cortex-m4': { architecture: 'armv7e-m', features: ['dsp'], flags: ['-mcpu=cortex-m4', '-mfloat-abi=hard', '-mfpu=fpv4-sp-d16'] },
  'cortex-m7': { architecture: 'armv7e-m', features: ['dsp'], flags: ['-mcpu=cortex-m7', '-mfloat-abi=hard', '-mfpu=fpv5-sp-d16'] },
  'cortex-m33': { architecture: 'armv8-m', features: ['dsp'], flags: ['-mcpu=cortex-m33', '-mfloat-abi=hard', '-mfpu=fpv5-sp-d16'] },
  'cortex-m55': { architecture: 'armv8.1-m', features: ['dsp', 'mve'], flags: ['-mcpu=cortex-m55', '-mfloat-abi=hard'] },
  'cortex-a7': { architecture: 'armv7-a', features: ['neon'], flags: ['-march=armv7-a', '-mfpu=neon', '-mfloat-abi=hard'] },
  'cortex-a53': { architecture: 'armv8-a', features: ['neon'], flags: ['-mcpu=cortex-a53'] },
  'cortex-a76': { architecture: 'armv8.2-a', features: ['neon', 'dotprod'], flags: ['-march=armv8.2-a+dotprod'] },
} as const satisfies Readonly<Record<string, Core>>;

/** The name of a core. */
export type CoreName = keyof typeof CORES;

/**
 * A core by name.
 * @throws ArmError `ARM_CORE`
 */
export function coreByName(name: string): Core {
  if (!Object.hasOwn(CORES, name)) throw new ArmError('ARM_CORE', `got "${name}", known are ${Object.keys(CORES).join(', ')}.`);
  return CORES[name as CoreName];
}
