import { expect, it } from 'vitest';
import { createFrame } from './frame.ts';

/** A window in a frame of `around`, as far as a page can see it. */
function windowIn(around: { ancestorOrigins?: string[]; referrer?: string } | undefined) {
  const posted: [message: unknown, target: string][] = [];
  const parent = { postMessage: (message: unknown, target: string) => posted.push([message, target]) };
  let listener: (event: object) => void = () => {};
  const self = {
    location: { origin: 'https://syncline.example', ancestorOrigins: around?.ancestorOrigins },
    document: { referrer: around?.referrer ?? '' },
    addEventListener: (_type: string, listen: typeof listener) => {
      listener = listen;
    },
  } as unknown as Parameters<typeof createFrame>[0];
  Object.assign(self, { parent: around ? parent : self });
  return { self, posted, parent, hear: (event: object) => listener(event) };
}

const app = 'https://app.example';
const token = { type: 'session_token', sessionToken: 't' };

it('tells the page around it, by its exact origin', () => {
  for (const around of [{ ancestorOrigins: [app] }, { referrer: `${app}/settings` }]) {
    const { self, posted } = windowIn(around);
    createFrame(self).tell({ type: 'ready' });
    expect(posted).toEqual([[{ type: 'ready' }, app]]);
  }
});

it('tells nobody while it does not know who is there, and nobody at all without a frame', () => {
  for (const around of [{}, { ancestorOrigins: ['null'] }, undefined]) {
    const { self, posted } = windowIn(around);
    createFrame(self).tell({ type: 'ready' });
    expect(posted).toEqual([]);
  }
});

it('takes a token from the page around it, and answers its origin from then on', () => {
  const { self, posted, parent, hear } = windowIn({});
  const frame = createFrame(self);
  const tokens: string[] = [];
  frame.onToken((given) => tokens.push(given));
  hear({ source: parent, origin: app, data: token });
  expect(tokens).toEqual(['t']);
  expect(frame.parentOrigin()).toBe(app);
  frame.tell({ type: 'close' });
  expect(posted).toEqual([[{ type: 'close' }, app]]);
});

it('takes no token from any other window, and nothing that is none', () => {
  const { self, parent, hear } = windowIn({ ancestorOrigins: [app] });
  const frame = createFrame(self);
  frame.onToken(() => {
    throw new Error('taken');
  });
  hear({ source: {}, origin: 'https://evil.example', data: token });
  for (const data of [null, 'session_token', { type: 'session_token' }, { type: 'session_token', sessionToken: 7 }])
    hear({ source: parent, origin: app, data });
  expect(frame.parentOrigin()).toBe(app);
});
