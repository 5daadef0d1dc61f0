// A test for a function with a recorded fixture beside it: what it saves or returns must be what was recorded.

interface Tested {
  integration: string;
  name: string;
  /** `../syncs/issues.js` */
  module: string;
}

export function renderSyncTest({ integration, name, module, models }: Tested & { models: string[] }): string {
  return `// Replays ${name}.test.json. Made by \`syncline generate:tests\`; yours to change.
import { NangoSyncMock } from '@syncline/testing';
import { expect, it, vi } from 'vitest';
import sync from '${module}';

const fixture = { dirname: import.meta.dirname, name: '${name}' };

/** Everything that was passed to \`calls\` for a model, in order. */
function passed(calls: unknown[][], model: string): unknown {
  const pages = calls.filter(([, to]) => to === model).flatMap(([records]) => records as unknown[]);
  return JSON.parse(JSON.stringify(pages));
}

it.each(${JSON.stringify(models).replaceAll('"', "'").replaceAll(',', ', ')})('${integration}/${name} saves and deletes the recorded %s', async (model) => {
  const nango = new NangoSyncMock({ ...fixture, Model: model });
  if (nango.clock) vi.setSystemTime(nango.clock);
  await sync.exec(nango as never);
  expect(passed(nango.batchSave.mock.calls, model)).toEqual((await nango.getBatchSaveData(model)) ?? []);
  const deleted = await nango.getBatchDeleteData(model);
  if (deleted) expect(passed(nango.batchDelete.mock.calls, model)).toEqual(deleted);
});
`;
}

export function renderActionTest({ integration, name, module }: Tested): string {
  return `// Replays ${name}.test.json. Made by \`syncline generate:tests\`; yours to change.
import { NangoActionMock } from '@syncline/testing';
import { expect, it, vi } from 'vitest';
import action from '${module}';

it('${integration}/${name} returns what was recorded', async () => {
  const nango = new NangoActionMock({ dirname: import.meta.dirname, name: '${name}', Model: '' });
  if (nango.clock) vi.setSystemTime(nango.clock);
  const output = await action.exec(nango as never, (await nango.getInput()) as never);
  expect(output).toEqual(await nango.getOutput());
});
`;
}
