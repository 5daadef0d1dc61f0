// An answer with its status and headers, and how its bytes become data.
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { Undeclared } from './undeclared.ts';

export interface ApiResponse<T = Undeclared> {
  data: T;
  status: number;
  statusText: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  config: { method: string; url: string };
}

export type ResponseType = 'arraybuffer' | 'blob' | 'document' | 'json' | 'stream' | 'text';

export async function readData(response: Response, type: ResponseType = 'json'): Promise<unknown> {
  switch (type) {
    case 'arraybuffer':
      return Buffer.from(await response.arrayBuffer());
    case 'blob':
      return response.blob();
    case 'stream':
      return response.body === null ? Readable.from([]) : Readable.fromWeb(response.body as ReadableStream);
    case 'text':
    case 'document':
      return response.text();
    default:
      return fromJson(await response.text());
  }
}

/** JSON whatever the content type says: not every upstream sends it. What does not parse stays text, nothing is `''`. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
