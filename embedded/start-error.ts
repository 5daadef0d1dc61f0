// Why a start ended, in one sentence for the person in front of it. Whatever was thrown becomes one of these at the edge.

export class StartError extends Error {
  override readonly name = 'StartError';
}

/** System errors that a person can do something about. */
const sentences: Record<string, (path: string) => string> = {
  ENOSPC: (path) => `The disk${path} is full: free some space and start again; nothing was lost.`,
  EDQUOT: (path) => `The disk quota${path} is used up: free some space and start again; nothing was lost.`,
  EROFS: (path) => `The file system${path} is read-only: set SYNCLINE_DATA to a folder that can be written.`,
  EACCES: (path) => `This user may not write${path}: set SYNCLINE_DATA to a folder that it owns.`,
  EPERM: (path) => `This user may not write${path}: set SYNCLINE_DATA to a folder that it owns.`,
};

export function sentenceFor(cause: unknown): string {
  if (cause instanceof StartError) return cause.message;
  const { code, path, message } = cause as NodeJS.ErrnoException;
  const known = code === undefined ? undefined : sentences[code];
  return known ? known(path ? ` of ${path}` : '') : (message ?? String(cause));
}

/** What Postgres and SQLite say; "Check free disk space" is Postgres' hint when a write came out short. */
const diskFullWords = /no space left on device|check free disk space|disk is full/i;

/** A sentence when these lines of a process mean a full disk. */
export function diskFullSentence(whose: string, lines: string): string | undefined {
  if (!diskFullWords.test(lines)) return undefined;
  return `The disk of ${whose} is full: free some space and start again; nothing was lost.`;
}
