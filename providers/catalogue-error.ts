// The error of a catalogue that cannot be loaded: all problems at once, each with file, place and what to do.
// Not a SynclineError: core imports providers, never the other way round.

export interface CatalogueProblem {
  file: string;
  /** Dotted path inside the file; empty for the file as a whole. */
  path: string;
  /** What is wrong and what to do about it. */
  message: string;
}

/** @example catch (cause) { if (cause instanceof CatalogueError) console.error(cause.message); } */
export class CatalogueError extends Error {
  override readonly name = 'CatalogueError';
  readonly code = 'invalid_catalogue';
  readonly problems: readonly CatalogueProblem[];

  constructor(problems: readonly CatalogueProblem[]) {
    const lines = problems.map(({ file, path, message }) => `- ${file}: ${path === '' ? '' : `${path}: `}${message}`);
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(`The provider catalogue has ${count}:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}
