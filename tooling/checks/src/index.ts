/** What other tools of the repository use: the results schema with its writer, and the page of errors. */
export { type Catalogue, catalogueProblems, cataloguesOf, errorPage } from './error-catalogue.ts';
export { type Measured, meets, type ResultRow, resultRowSchema, type Results, resultsSchema, standing, thisMachine, writeResults } from './results.ts';
