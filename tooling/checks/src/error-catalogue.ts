/**
 * The page of all error codes, generated from the catalogues that packages export as `<NAME>_ERRORS`.
 * Invariant: codes are unique over all packages, and each has a summary and a hint.
 */

/** What a package exports: code -> meaning and remedy. */
export type Catalogue = Readonly<Record<string, { readonly summary: string; readonly hint: string }>>;

const isCatalogue = (value: unknown): value is Catalogue =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((entry: unknown) => typeof entry === 'object' && entry !== null && 'summary' in entry && 'hint' in entry);

/** The catalogues among the exports of a module. */
export function cataloguesOf(exported: Readonly<Record<string, unknown>>): readonly Catalogue[] {
  return Object.entries(exported).flatMap(([name, value]) => (name.endsWith('_ERRORS') && isCatalogue(value) ? [value] : []));
}

/** What is wrong with the catalogues, by package name. */
export function catalogueProblems(catalogues: ReadonlyMap<string, Catalogue>): readonly string[] {
  const owners = new Map<string, string>();
  const problems: string[] = [];
  for (const [owner, catalogue] of catalogues) {
    for (const [code, { summary, hint }] of Object.entries(catalogue)) {
      const other = owners.get(code);
      if (other !== undefined) problems.push(`${code} belongs to ${other} and to ${owner}`);
      owners.set(code, owner);
      if (!/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/.test(code)) problems.push(`${owner}: ${code} is not written LIKE_THIS`);
      if (summary.trim() === '' || hint.trim() === '') problems.push(`${owner}: ${code} needs a summary and a hint`);
    }
  }
  return problems;
}

/** The page in Markdown: one section a package, one anchored heading a code. */
export function errorPage(catalogues: ReadonlyMap<string, Catalogue>): string {
  const sections = [...catalogues].map(([owner, catalogue]) => {
    const entries = Object.entries(catalogue).map(([code, { summary, hint }]) => `### ${code}\n\n${summary}\n\n**What to do:** ${hint}`);
    return [`## ${owner}`, ...entries].join('\n\n');
  });
  return (
    [
      '# Errors',
      'Every error has a permanent code. The message says what was got and what was wanted; this page says what the code means and what to do.',
      ...sections,
    ].join('\n\n') + '\n'
  );
}
