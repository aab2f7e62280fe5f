/** What other tools of the repository use: the schemas of results and curves with their writers, and the page of errors. */
export { type Curve, type Curves, curvesSchema, writeCurves } from './curves.ts';
export { type Catalogue, catalogueProblems, cataloguesOf, errorPage } from './error-catalogue.ts';
export { type Measured, meets, type ResultRow, resultRowSchema, type Results, resultsSchema, standing, thisMachine, writeResults } from './results.ts';
