/** The page of quantizers: formula, source and plotted curves of each, drawn from what training computes. */
import { ACTIVATION_QUANTIZERS, quantizerCurve, WEIGHT_QUANTIZERS } from '@bitvox/quant-training';

const BIFSMN = 'BiFSMN, Qin et al. 2022, arXiv 2202.06483';
const BIFSMN_V2 = 'BiFSMNv2, Qin et al. 2023, arXiv 2211.06987';
const XNOR = 'XNOR-Net, Rastegari et al. 2016, arXiv 1603.05279';

/** Formulas and sources by name; `m(w)` is the mean magnitude of an output's weights. */
const NOTES = {
  sign: ['sign(x)', 'BNN, Hubara et al. 2016, arXiv 1602.02830'],
  'approx-sign': ['sign(x), gradient 2 - 2|x| within 1', 'Bi-Real Net, Liu et al. 2018, arXiv 1808.00278'],
  react: ['sign(x + o), o learned by channel, gradient as approx-sign', 'ReActNet, Liu et al. 2020, arXiv 2003.03488'],
  'xnor-sign': ['sign(x) times the mean magnitude of the frame', XNOR],
  'recu-sign': ['sign(x / deviation), gradient 2 - |2x / deviation| within 1 deviation', 'ReCU, Xu et al. 2021, arXiv 2103.12369'],
  'fda-sign': ['sign(x), gradient a Fourier series of a square wave', 'FDA-BNN, Xu et al. 2021, arXiv 2103.00841'],
  'dual-scale': ['sign(x - t0) + s sign(r) - t2, r = x - sign(x - t0) - t1, s the mean |r| of the frame; slopes and thresholds learned', BIFSMN_V2],
  'dual-scale-faithful': ['the same with s by channel over the whole clip, for comparison', BIFSMN_V2],
  int8: ['clipped and rounded to 8 bits', 'Jacob et al. 2018, arXiv 1712.05877'],
  'sign-weights': ['sign(w)', 'BNN, Hubara et al. 2016, arXiv 1602.02830'],
  'xnor-plus-plus': ['g sign(w), g learned by output', 'XNOR-Net++, Bulat, Tzimiropoulos 2019, arXiv 1909.13863'],
  xnor: ['m(w) sign(w)', XNOR],
  'xnor-centred': ['m(v) sign(v), v = w less the mean of the layer', BIFSMN],
  'xnor-centred-released': ['the same with the mean over the taps alone, for comparison', BIFSMN],
  dorefa: ['sign(w) times the mean magnitude of the layer; odd levels of tanh(w) for more bits', 'DoReFa-Net, Zhou et al. 2016, arXiv 1606.06160'],
  recu: [
    'g sign(w), the gradient passes within a quantile of the standardised weights that widens over the training',
    'ReCU, Xu et al. 2021, arXiv 2103.12369',
  ],
  fda: ['m(w) sign(w), gradient a Fourier series of a square wave', 'FDA-BNN, Xu et al. 2021, arXiv 2103.00841'],
  lpb: ['m(w) sign(w), gradient a within 1 / a, a learned', BIFSMN_V2],
  'lpb-released': ['the same with the mean over the taps along time alone, for comparison', BIFSMN_V2],
  ternary: ['-1, 0 or 1 times a scale by output', 'TWN, Li et al. 2016, arXiv 1605.04711'],
  'int8-weights': ['rounded to 8 bits with a scale by output', 'Jacob et al. 2018, arXiv 1712.05877'],
};

const RANGE = 2.5;
const NUMBERS = Array.from({ length: 161 }, (_, at) => ((at - 80) * RANGE) / 80 + 1e-4);
const SIZE = { width: 300, height: 200, unitX: 56, unitY: 36 };

const point = (x, y) => `${(SIZE.width / 2 + x * SIZE.unitX).toFixed(1)},${(SIZE.height / 2 - y * SIZE.unitY).toFixed(1)}`;

function line(values, colour, dash) {
  const points = [...values].map((y, at) => point(NUMBERS[at], Math.max(-2.6, Math.min(2.6, y)))).join(' ');
  return `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="2"${dash ? ' stroke-dasharray="5 3"' : ''}/>`;
}

/** Both curves on axes from -2.5 to 2.5, with a tick at each unit. */
function drawing({ output, gradient }) {
  const ticks = [-2, -1, 1, 2].flatMap((unit) => [
    [point(unit, -0.08), point(unit, 0.08)],
    [point(-0.05, unit), point(0.05, unit)],
  ]);
  const axes = [[point(-RANGE, 0), point(RANGE, 0)], [point(0, -RANGE), point(0, RANGE)], ...ticks];
  const grey = axes.map(([from, to]) => `<polyline points="${from} ${to}" fill="none" stroke="#888" stroke-width="1"/>`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE.width}" height="${SIZE.height}" viewBox="0 0 ${SIZE.width} ${SIZE.height}">`,
    ...grey,
    line(gradient, '#e8590c', true),
    line(output, '#1c7ed6', false),
    '</svg>\n',
  ].join('\n');
}

const WIDTHS = { int8: { bits: 8, range: 2 }, 'int8-weights': { bits: 8 }, ternary: { bits: 2 } };

/** Texts of the page and of its drawings, by file name. Throws if a quantizer has no notes. */
export function quantizersPage() {
  const files = new Map();
  const section = (title, table) => [
    `## ${title}`,
    ...Object.entries(table).flatMap(([name, make]) => {
      const [formula, source] = NOTES[name] ?? [];
      if (formula === undefined) throw new Error(`apps/docs/scripts/quantizers-page.mjs has no notes on the quantizer ${name}`);
      files.set(`quantizers/${name}.svg`, drawing(quantizerCurve(make(WIDTHS[name] ?? { bits: 1 }), NUMBERS)));
      return [`### ${name}`, `${formula}. ${source}.`, `![${name}](./quantizers/${name}.svg)`];
    }),
  ];
  const opening =
    'A quantizer is a value: what it computes forward, the gradient that stands in for its own, and a width. Blue is what comes out, dashed orange the gradient, between -2.5 and 2.5; learned thresholds at 0, slopes and scales at 1, at the end of a training. Means and deviations are those of the numbers on the axis.';
  const text = ['# Quantizers', opening, ...section('Of activations', ACTIVATION_QUANTIZERS), ...section('Of weights', WEIGHT_QUANTIZERS)].join('\n\n');
  return files.set('quantizers.md', `${text}\n`);
}
