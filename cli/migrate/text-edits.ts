// Changes to a source text, by position; what they do not touch stays as it is, comments and all.

export interface Edit {
  from: number;
  to: number;
  text: string;
}

/** Edits must not overlap; their positions are those of the unchanged text. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const edit of [...edits].sort((a, b) => a.from - b.from || a.to - b.to)) {
    result += text.slice(at, edit.from) + edit.text;
    at = edit.to;
  }
  return result + text.slice(at);
}

/** The edits inside of a range, applied to it. */
export function editRange(text: string, from: number, to: number, edits: readonly Edit[]): string {
  const inside = edits
    .filter((edit) => edit.from >= from && edit.to <= to)
    .map((edit) => ({ ...edit, from: edit.from - from, to: edit.to - from }));
  return applyEdits(text.slice(from, to), inside);
}
