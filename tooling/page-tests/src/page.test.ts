/** The packages in a real page: nothing may need Node, and the bits are those of Node. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { createServer, type ViteDevServer } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runConvolutions } from './convolutions.ts';
import { runFilters } from './filters.ts';
import { type KernelsResult, runKernels } from './kernels.ts';
import { type LineResult, runLine } from './line.ts';
import { runRandomLayers } from './random-layers.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** In continuous integration a missing browser is a failure, not a skipped test. */
const isRequired = process.env['BITVOX_REQUIRE_TOOLS'] === '1';

describe.skipIf(CHROMIUM === undefined && !isRequired)('in a page (needs Chromium: apt-get install chromium)', () => {
  let server: ViteDevServer;
  let browser: Browser;

  beforeAll(async () => {
    if (CHROMIUM === undefined) throw new Error('Chromium is missing: apt-get install chromium');
    const plugin = {
      name: 'empty-page',
      configureServer: ({ middlewares }: ViteDevServer) =>
        void middlewares.use(
          '/empty.html',
          (_request, response) =>
            void response
              .setHeader('content-type', 'text/html')
              // What the packages need and no more: WebAssembly may be compiled, text may not become code.
              .setHeader('content-security-policy', "default-src 'none'; connect-src 'self'; script-src 'self' 'wasm-unsafe-eval'")
              .end('<!doctype html><title>bitvox</title>'),
        ),
    };
    server = await createServer({
      root: ROOT,
      configFile: false,
      logLevel: 'error',
      appType: 'custom',
      plugins: [plugin],
      optimizeDeps: { noDiscovery: true },
      resolve: { conditions: ['@bitvox/source', 'module', 'browser', 'default'] },
      server: { port: 0, host: '127.0.0.1', hmr: false, watch: null },
    });
    await server.listen();
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  /** Evaluates an expression in an empty page under the content security policy. */
  async function evaluate<T>(expression: string): Promise<T> {
    const page = await browser.newPage();
    const failures: string[] = [];
    page.on('pageerror', (error) => failures.push(error.message));
    const [address] = server.resolvedUrls?.local ?? [];
    await page.goto(`${address}empty.html`);
    // As a text, because the test runner rewrites dynamic imports of functions.
    const value = await page.evaluate<T>(expression);
    expect(failures).toEqual([]);
    await page.close();
    return value;
  }

  test('the policy of the page forbids to make code of text', async () => {
    await expect(evaluate(`import('/tooling/page-tests/src/text-code.js').then(({ answer }) => answer())`)).resolves.toBe('EvalError');
  });

  test('every kernel that Chromium can run equals the reference, relaxed ones among them', async () => {
    const { names, wrong } = await evaluate<KernelsResult>(`import('/tooling/page-tests/src/kernels.ts').then(({ runKernels }) => runKernels(3))`);
    expect(wrong).toEqual([]);
    expect(names).toContain('gemm_1x1_i16__relaxedswizzle');
    expect(names).toEqual(expect.arrayContaining([...runKernels(3).names]));
  });

  test('every convolution equals the reference', async () => {
    const inPage = await evaluate<KernelsResult>(`import('/tooling/page-tests/src/convolutions.ts').then(({ runConvolutions }) => runConvolutions(4))`);
    expect(inPage.wrong).toEqual([]);
    expect(inPage).toEqual(runConvolutions(4));
  });

  test('every depthwise convolution with an epilogue equals the references', async () => {
    const inPage = await evaluate<KernelsResult>(`import('/tooling/page-tests/src/filters.ts').then(({ runFilters }) => runFilters(5))`);
    expect(inPage.wrong).toEqual([]);
    expect(inPage).toEqual(runFilters(5));
  });

  test('random layers of every kind equal the references', async () => {
    const inPage = await evaluate<KernelsResult>(`import('/tooling/page-tests/src/random-layers.ts').then(({ runRandomLayers }) => runRandomLayers(6))`);
    expect(inPage.wrong).toEqual([]);
    expect(inPage).toEqual(runRandomLayers(6));
  });

  test('front end, model file, clip, stream and packed product give the bits of Node', async () => {
    const inPage = await evaluate<LineResult>(`import('/tooling/page-tests/src/line.ts').then(({ runLine }) => runLine(7))`);
    expect(inPage.backend).toBe('wasm');
    expect(inPage).toEqual(runLine(7));
  });
});
