// Does what the connection's metadata asks for: each way in which a script of a stranger goes wrong.
import { createSync } from '@syncline/functions';
import { z } from 'zod';

interface Wish {
  how?: 'throws' | 'spins' | 'hangs' | 'eats memory' | 'saves poison' | 'saves only poison';
}

export default createSync({
  description: 'Goes wrong on demand.',
  version: '1.0.0',
  frequency: 'every hour',
  autoStart: false,
  models: { Item: z.object({ id: z.string() }) },
  metadata: z.looseObject({}),
  exec: async (nango) => {
    const { how } = await nango.getMetadata<Wish>();
    if (how === 'throws') return fail();
    if (how === 'spins') for (;;);
    if (how === 'hangs') return new Promise<void>(() => {});
    if (how === 'eats memory') return eatMemory();
    const items = Array.from({ length: 300 }, (_, index) => ({ id: `item-${index}` }));
    const poison = [{ name: 'no id' }, { id: '' }] as unknown as { id: string }[];
    if (how === 'saves poison') await nango.batchSave([...items, ...poison], 'Item');
    else await nango.batchSave([...items.slice(0, 3), ...poison], 'Item');
  },
});

function fail(): never {
  throw new TypeError('The field "total" is missing.');
}

function eatMemory(): void {
  const kept: unknown[] = [];
  for (;;) kept.push(new Array(30_000_000)); // 240 MB, at once
}
