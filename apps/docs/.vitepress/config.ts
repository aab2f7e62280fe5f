/** The site: everything is local, no fonts or scripts from elsewhere. Pages under `reference/` are generated. */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';

const reference = fileURLToPath(new URL('../reference', import.meta.url));
const pagesIn = (folder: string): readonly string[] => (existsSync(`${reference}/${folder}`) ? readdirSync(`${reference}/${folder}`).toSorted() : []);

export default defineConfig({
  title: 'bitvox',
  description: 'From recordings to a keyword spotter of a few kilobytes',
  base: process.env['BITVOX_DOCS_BASE'] ?? '/',
  cleanUrls: false,
  lastUpdated: false,
  // Type parameters in generated pages are not HTML.
  markdown: { html: false },
  ignoreDeadLinks: [/^\.\/LICENSE/, /CONTRIBUTING/],
  rewrites: { 'reference/results.md': 'results.md', 'reference/architecture.md': 'architecture.md' },
  // The benchmark's worker and onnxruntime have top-level await.
  vite: { worker: { format: 'es' }, build: { target: 'es2022' } },
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      { text: 'Guide', link: '/guide/getting-started' },
      { text: 'Command line', link: '/reference/cli' },
      { text: 'Results', link: '/results' },
      { text: 'Errors', link: '/reference/errors' },
    ],
    sidebar: [
      {
        text: 'Guide',
        items: [
          { text: 'Getting started', link: '/guide/getting-started' },
          { text: 'Your own words', link: '/guide/your-own-words' },
          { text: 'The table method', link: '/guide/table-method' },
          { text: 'Layers that are not stored', link: '/guide/random-layers' },
          { text: 'Architecture', link: '/architecture' },
          { text: 'Kernels in your browser', link: '/guide/benchmark' },
          { text: 'Results', link: '/results' },
        ],
      },
      {
        text: 'Papers',
        items: [
          { text: 'BiFSMN, BiFSMNv2', link: '/papers/bifsmn' },
          { text: 'Trainings of BiFSMN', link: '/reference/bifsmn-trainings' },
        ],
      },
      {
        text: 'Reference',
        items: [
          { text: 'Command line', link: '/reference/cli' },
          { text: 'Quantizers', link: '/reference/quantizers' },
          { text: 'Errors', link: '/reference/errors' },
        ],
      },
      {
        text: 'Packages',
        items: pagesIn('packages').map((file) => ({ text: file.replace('.md', ''), link: `/reference/packages/${file.replace('.md', '')}` })),
      },
      { text: 'API', items: pagesIn('api').map((name) => ({ text: name, link: `/reference/api/${name}/` })) },
    ],
    outline: [2, 3],
  },
});
