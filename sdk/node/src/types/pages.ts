// Lists come in pages, each with the cursor of the next.

export interface Page<T> {
  data: T[];
  /** Null on the last page. */
  next_cursor: string | null;
}

export interface PageQuery {
  cursor?: string | null | undefined;
  /** 1 to 100. Default 25. */
  limit?: number | undefined;
}
