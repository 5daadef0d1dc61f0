// The lines of the source around a place, with a mark under it.

const around = 2;
const maxColumns = 160;

/** @example codeFrame(text, { line: 3, column: 5 }) // ['  1 | …', '> 3 | throw x', '    |     ^'] */
export function codeFrame(text: string, { line, column }: { line: number; column?: number | undefined }): string[] {
  const lines = text.split(/\r?\n/);
  if (line < 1 || line > lines.length) return [];
  const from = Math.max(1, line - around);
  const to = Math.min(lines.length, line + around);
  const width = String(to).length;
  return lines.slice(from - 1, to).flatMap((content, index) => {
    const number = from + index;
    const here = number === line;
    const shown = `${here ? '>' : ' '} ${String(number).padStart(width)} | ${content.slice(0, maxColumns)}`.trimEnd();
    if (!here || column === undefined || column > maxColumns) return [shown];
    const before = content.slice(0, column - 1).replaceAll(/[^\t]/g, ' '); // tabs stay tabs, so that the mark stands right
    return [shown, `  ${' '.repeat(width)} | ${before}^`];
  });
}
