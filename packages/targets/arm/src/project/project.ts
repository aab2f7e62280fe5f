/** The files of an exported project. */
import { type Model, modelAtLevel } from '@bitvox/graph';
import { lower, type Program } from '@bitvox/runtime';
import { identifier } from '../c-text.ts';
import { coreByName, type CoreName } from '../cores.ts';
import { ArmError } from '../errors.ts';
import { banner, header } from './banner.ts';
import { buildFiles } from './build-files.ts';
import { projectContext, type ProjectContext } from './context.ts';
import { exampleFiles } from './examples.ts';
import { type GoldenClip, type GoldenVector, goldenVectors } from './golden.ts';
import { publicHeader } from './public-header.ts';
import { licenseText, readmeText } from './readme.ts';
import { type ArmReport, projectReport } from './report.ts';
import { selfTestSource, vectorsHeader } from './self-test.ts';
import { runtimeText, sourceText } from './source.ts';
import { frontEndText, weightsDeclaration, weightsText } from './weights.ts';

/** Options of an export. */
export interface ArmOptions {
  /** The core that kernels are chosen for. */
  readonly core: CoreName;
  /** Prefix of all names; default `kws_` and the name of the network. */
  readonly name?: string;
  /** A folder that every build system takes, or one source with its header. Default `folder`. */
  readonly layout?: 'folder' | 'single-file';
  /** Names of kernels that are taken wherever they fit, instead of the cheapest. */
  readonly kernels?: readonly string[];
  /** How much of a network that can be thinned is exported, such as `0.5x`. Default all of it. */
  readonly level?: string;
  /** Recordings whose frames, scores and detections the self-test compares; three short ones are enough. */
  readonly clips?: readonly GoldenClip[];
}

/** An exported project. */
export interface ArmProject {
  /** Prefix of all names, and a good name for its folder. */
  readonly name: string;
  /** Text by path, relative to the folder of the project. */
  readonly files: ReadonlyMap<string, string>;
  readonly report: ArmReport;
}

/** The declarations that the source sees: a line for each header of a folder, the text itself in a single file. */
type Include = (file: string, text: string) => string;

function source(context: ProjectContext, include: Include): string {
  const { project } = context.plan;
  const tables = frontEndText(context);
  return [
    banner(context, 'The network: a function per step, and the line through them.'),
    `#include "${project}.h"\n`,
    include('_runtime.h', runtimeText(context)),
    include('_weights.h', weightsDeclaration(context)),
    tables === '' ? '' : include('_tables.h', tables),
    `\n${sourceText(context)}`,
  ].join('');
}

const NOTES: Readonly<Record<string, string>> = {
  '_runtime.h': 'The constant part: arithmetic, front end, decisions; private.',
  '_weights.h': 'The weights of the network; private.',
  '_tables.h': 'The tables of the front end; private.',
};

function folder(context: ProjectContext): Map<string, string> {
  const { project } = context.plan;
  const files = new Map([[`src/${project}.h`, publicHeader(context)]]);
  const include: Include = (file, text) => {
    const guard = file.slice(0, -2).toUpperCase();
    files.set(`src/${project}${file}`, banner(context, NOTES[file]!) + header(context, guard, `#include <stdint.h>\n\n${text}`));
    return `#include "${project}${file}"\n`;
  };
  files.set(`src/${project}.c`, source(context, include));
  files.set(`src/${project}_weights.c`, `${banner(context, 'The weights of the network.')}#include "${project}_weights.h"\n\n${weightsText(context)}`);
  return files;
}

function single(context: ProjectContext): Map<string, string> {
  const { project } = context.plan;
  const text = source(context, (_, part) => `\n${part}`);
  return new Map([
    [`${project}.h`, publicHeader(context)],
    [`${project}.c`, `${text}\n${weightsText(context)}`],
  ]);
}

/** What stands beside the sources of a folder. */
function accompanying(context: ProjectContext, report: ArmReport): readonly (readonly [string, string])[] {
  return [
    ...buildFiles(context),
    ...exampleFiles(context),
    ['report.json', `${JSON.stringify(report, null, 2)}\n`],
    ['README.md', readmeText(context, report)],
    ['LICENSE', licenseText(context)],
  ];
}

function selfTest(context: ProjectContext, vectors: readonly GoldenVector[], folder: string): readonly (readonly [string, string])[] {
  const { project } = context.plan;
  const test = [`${folder}${project}_selftest.c`, selfTestSource(context, vectors)] as const;
  return vectors.length === 0 ? [test] : [test, [`${folder}${project}_vectors.h`, vectorsHeader(context, vectors)]];
}

function programOf(source: Model | Program, level: string | undefined): Program {
  if ('graph' in source) return lower(level === undefined ? source : modelAtLevel(source, level));
  if (level !== undefined) throw new ArmError('ARM_LEVEL', `"${source.name}" is lowered already, but level "${level}" was asked for.`);
  return source;
}

/**
 * Exports a model.
 * @throws ArmError, what lowering throws, and GraphError `GRAPH_LEVEL` for a level that there is not
 */
export function armProject(source: Model | Program, options: ArmOptions): ArmProject {
  const program = programOf(source, options.level);
  coreByName(options.core);
  const name = options.name ?? `kws_${identifier(program.name)}`;
  const context = projectContext(program, options.core, name, options.kernels);
  const vectors = goldenVectors(context, options.clips ?? []);
  const report = projectReport(context, vectors);
  const files =
    options.layout === 'single-file'
      ? new Map([...single(context), ...selfTest(context, vectors, '')])
      : new Map([...folder(context), ...selfTest(context, vectors, 'test/'), ...accompanying(context, report)]);
  return { name, files, report };
}
