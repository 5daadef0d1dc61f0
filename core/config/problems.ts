// The boot error: one table of what is wrong and what to do, for somebody who reads it in a container's log.

export interface Problem {
  name: string;
  wrong: string;
  fix: string;
}

export function renderProblems(problems: readonly Problem[]): string {
  const nameWidth = Math.max(...problems.map(({ name }) => name.length));
  const wrongWidth = Math.max(...problems.map(({ wrong }) => wrong.length));
  const rows = problems.map(
    ({ name, wrong, fix }) => `  ${name.padEnd(nameWidth)}  ${wrong.padEnd(wrongWidth)}  ${fix}`,
  );
  return [
    `The configuration has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}:`,
    ...rows,
  ].join('\n');
}
