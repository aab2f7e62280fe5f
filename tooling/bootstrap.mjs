/**
 * The only thing a fresh machine runs: `node tooling/bootstrap.mjs VERB [arguments]`. Needs Node >= 20.19 and npm, nothing else.
 *
 * Brings the pinned pnpm through npx, installs when the lockfile or a manifest changed, builds with turbo (cached), then does the verb.
 * Invariant: a second call installs and builds nothing; exit codes of the work itself pass through unchanged.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const STAMP = join(ROOT, 'node_modules', '.bitvox-install');
const OLDEST_NODE = [20, 19];
const WORKSPACES = ['packages', 'packages/targets', 'apps', 'tooling'];
const MISSING_TOOL = 3;
/** The package of the command-line tool. */
const TOOL = '@bitvox/cli';

const say = (text) => process.stderr.write(`bitvox: ${text}\n`);

function stop(text, code = 1) {
  say(text);
  process.exit(code);
}

/** Runs a program in the root with our terminal; a quiet one shows its output only when it fails. Returns its exit code; 130 after an interrupt, as shells count. */
function run(program, parameters, { quiet = false, shell = false } = {}) {
  const { status, signal, error, stdout } = spawnSync(program, parameters, {
    cwd: ROOT,
    stdio: quiet ? ['ignore', 'pipe', 'inherit'] : 'inherit',
    maxBuffer: 2 ** 28,
    shell,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', PATH: [join(ROOT, 'node_modules', '.bin'), process.env.PATH].join(delimiter) },
  });
  if (error !== undefined) stop(`cannot run ${program}: ${error.message}`, MISSING_TOOL);
  if (status !== 0 && quiet) process.stderr.write(stdout);
  return signal === null ? status : 130;
}

function must(what, program, parameters, options) {
  const code = run(program, parameters, options);
  if (code !== 0) stop(`${what} failed (exit code ${code}); the reason stands above.`, code);
}

/** The JavaScript entry of an installed tool, so that no shell and no `.cmd` file is needed. */
function entryOf(tool, command = tool) {
  const folder = join(ROOT, 'node_modules', tool);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : bin[command]);
}

const runTool = (tool, parameters, options) => run(process.execPath, [entryOf(tool), ...parameters], options);

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  stop(
    `Node.js ${OLDEST_NODE.join('.')} or newer is needed, this is ${process.versions.node}. Get it from https://nodejs.org or your version manager.`,
    MISSING_TOOL,
  );
}

function wantedPnpm() {
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return packageManager.split('@')[1];
}

/** Folders of the search path that hold a pnpm. */
function pnpmFolders() {
  return (process.env.PATH ?? '').split(delimiter).filter((folder) => ['pnpm', 'pnpm.exe', 'pnpm.cmd'].some((name) => existsSync(join(folder, name))));
}

/**
 * npx was told to run no install scripts, and then leaves a shell script without `#!` in pnpm's place, which turbo cannot start.
 * The binary itself lies in a package beside it: that folder goes first on the path.
 */
function preferBinary() {
  const packages = join(pnpmFolders()[0] ?? '', '..', '@pnpm');
  if (!existsSync(packages)) return;
  const folders = readdirSync(packages)
    .filter((name) => name.startsWith('exe.'))
    .map((name) => join(packages, name));
  process.env.PATH = [...folders, process.env.PATH].join(delimiter);
}

/** Whether the first pnpm on the path has the wanted version and is not such a shell script. */
function hasPnpm(version) {
  const [folder] = pnpmFolders();
  if (folder === undefined || !existsSync(join(folder, 'pnpm')) || readFileSync(join(folder, 'pnpm')).subarray(0, 2).toString() === '# ') return false;
  const { stdout } = spawnSync('pnpm', ['--version'], { cwd: tmpdir(), encoding: 'utf8', shell: process.platform === 'win32' });
  return stdout?.trim() === version;
}

/** Restarts this script under npx with the pinned pnpm on the path, unless that pnpm is there already. */
function ensurePnpm() {
  const version = wantedPnpm();
  if (process.env.BITVOX_PNPM === version) return preferBinary();
  if (hasPnpm(version)) return;
  const self = fileURLToPath(import.meta.url);
  const { status, signal, error } = spawnSync('npx', ['--yes', `--package=pnpm@${version}`, '--', 'node', self, ...process.argv.slice(2)], {
    cwd: ROOT,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, BITVOX_PNPM: version, npm_config_update_notifier: 'false', npm_config_loglevel: 'error' },
  });
  if (error !== undefined) stop(`cannot run npx: ${error.message}. It comes with npm; is npm installed?`, MISSING_TOOL);
  process.exit(signal === null ? status : 130);
}

/** Everything that decides what is installed. */
function installFingerprint() {
  const manifests = WORKSPACES.flatMap((folder) => {
    if (!existsSync(join(ROOT, folder))) return [];
    return readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}/package.json`);
  });
  const hash = createHash('sha256');
  for (const file of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc', ...manifests.sort()]) {
    const path = join(ROOT, file);
    if (existsSync(path)) hash.update(file).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.update(`${process.platform} ${process.arch}`).digest('hex');
}

/** What a verb works with: the command-line tool and the packages under it, or all of the repository with the peers of its benchmarks, some 400 MB. */
const SCOPES = {
  tool: { install: ['--filter', 'bitvox-monorepo', '--filter', `${TOOL}...`], build: [`--filter=${TOOL}`] },
  all: { install: [], build: [] },
};

function install(scope = 'all') {
  const fingerprint = installFingerprint();
  const installed = existsSync(STAMP) ? readFileSync(STAMP, 'utf8') : '';
  if (installed === `all ${fingerprint}` || installed === `${scope} ${fingerprint}`) return;
  say('installing dependencies');
  rmSync(STAMP, { force: true });
  const parameters = ['install', '--frozen-lockfile', '--reporter=append-only', ...SCOPES[scope].install];
  must('pnpm install', 'pnpm', parameters, { quiet: true, shell: process.platform === 'win32' });
  writeFileSync(STAMP, `${scope} ${fingerprint}`);
}

function build(scope = 'all', tasks = ['build']) {
  install(scope);
  const started = Date.now();
  const parameters = ['run', ...tasks, ...SCOPES[scope].build, '--output-logs=errors-only', '--log-prefix=none', '--ui=stream'];
  const code = runTool('turbo', parameters, { quiet: true });
  if (code !== 0) stop('the build failed; the reason stands above. (`npm run build` repeats it.)', code);
  const seconds = (Date.now() - started) / 1000;
  if (seconds > 5) say(`built in ${seconds.toFixed(0)} s`);
}

const node = (parameters) => run(process.execPath, parameters);
const cli = (parameters) => node([join(ROOT, 'apps/cli/dist/main.js'), ...parameters]);
const checks = (parameters) => node([join(ROOT, 'tooling/checks/dist/main.js'), ...parameters]);

function test(parameters) {
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  const vitest = runTool('vitest', ['run', '--reporter=default', '--reporter=json', '--outputFile.json=.cache/tests.json', ...parameters]);
  return vitest | checks(['quick']);
}

/** Every verb: what it is for, and what it does after the installation. */
const VERBS = {
  start: { what: 'train, test and run the embedded example', act: (rest) => (build('tool'), cli(['demo', ...rest])) },
  test: { what: 'all tests and the quick checks', act: (rest) => (build(), test(rest)) },
  guard: { what: 'the slow checks; counts them together with the last `test`', act: (rest) => (build('all', ['build', 'docs']), checks(['all', ...rest])) },
  check: { what: 'the quick checks alone', act: (rest) => (build(), checks(['quick', ...rest])) },
  build: { what: 'build every package', act: () => (build(), 0) },
  docs: { what: 'build the documentation site', act: () => (build('all', ['docs']), 0) },
  bitvox: { what: 'the command-line tool', act: (rest) => (build('tool'), cli(rest)) },
  script: { what: 'build, then run a script of the repository', act: (rest) => (build(), node(rest)) },
  install: { what: 'install dependencies only', act: () => (install(), 0) },
};

function main() {
  const [verb = '', ...rest] = process.argv.slice(2);
  const chosen = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (chosen === undefined) {
    const lines = Object.entries(VERBS).map(([name, { what }]) => `  ${name.padEnd(8)} ${what}`);
    stop(`usage: node tooling/bootstrap.mjs VERB [arguments]\n${lines.join('\n')}`, 2);
  }
  checkNode();
  ensurePnpm();
  process.exit(chosen.act(rest));
}

main();
