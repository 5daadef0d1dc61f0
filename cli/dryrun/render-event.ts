// One happening of a dry run as a line for people.
import type { Event } from './timeline.ts';

const maxColumns = 160;

export function renderEvent(event: Event): string {
  return `${seconds(event.atMs).padStart(9)}  ${cut(describe(event))}`;
}

function describe(event: Event): string {
  switch (event.kind) {
    case 'request': {
      const { method, url, outcome, durationMs, sizeBytes } = event;
      return `${method} ${withoutOrigin(url)}  ${outcome}, ${milliseconds(durationMs)}, ${size(sizeBytes)}`;
    }
    case 'log':
      return `${event.level}: ${event.message}${event.payload === undefined ? '' : ` ${JSON.stringify(event.payload)}`}`;
    case 'save':
      return `saved ${event.count} ${event.model}`;
    case 'update':
      return `updated ${event.count} ${event.model}`;
    case 'delete':
      return `deleted ${event.count} ${event.model}`;
    case 'pass':
      return `pass over ${event.model} ended: ${event.count} of this run were not served again`;
    case 'checkpoint':
      return event.value === null ? 'checkpoint cleared' : `checkpoint ${JSON.stringify(event.value)}`;
    case 'metadata':
      return `metadata ${JSON.stringify(event.value)}`;
    case 'call':
      return `${event.name}: ${event.note}`;
  }
}

const cut = (text: string): string => {
  const line = text.replaceAll(/\s*\n\s*/g, ' ');
  return line.length > maxColumns ? `${line.slice(0, maxColumns)}…` : line;
};

const withoutOrigin = (url: string): string => url.replace(/^https?:\/\/[^/?#]*(?=[/?])/i, '');

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
export const milliseconds = (ms: number): string => (ms < 1 ? '<1 ms' : `${Math.round(ms)} ms`);

export function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
