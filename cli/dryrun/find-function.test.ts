import { expect, it } from 'vitest';
import { answersTo, findFunction, listFunctions } from './find-function.ts';
import { actionSource, createTestProject, syncSource } from './test-project.ts';

const { dir } = createTestProject({
  'crm/syncs/tasks.ts': syncSource(''),
  'crm/actions/tasks.ts': actionSource(''),
  'erp/syncs/tasks.ts': syncSource(''),
  'erp/actions/pay.ts': actionSource(''),
});
const found = async (name: string, integration?: string) => {
  const { function: one } = await findFunction({ dir, name, integration });
  return one.entry.path;
};

it('finds a function by name, by integration and name, and by path', async () => {
  expect(await found('pay')).toBe('erp/actions/pay.ts');
  expect(await found('erp/tasks')).toBe('erp/syncs/tasks.ts');
  expect(await found('crm/syncs/tasks')).toBe('crm/syncs/tasks.ts');
  expect(await found('crm/actions/tasks.ts')).toBe('crm/actions/tasks.ts');
});

it('lets --integration-id decide between equal names, and be another one where the name says enough', async () => {
  expect(await found('tasks', 'erp')).toBe('erp/syncs/tasks.ts');
  expect(await found('pay', 'erp-sandbox')).toBe('erp/actions/pay.ts');
});

it('says which there are when a name means several, or none', async () => {
  await expect(found('tasks')).rejects.toMatchObject({
    code: 'ambiguous_function',
    exitCode: 12,
    hint: 'Say which: crm/syncs/tasks, crm/actions/tasks, erp/syncs/tasks.',
  });
  await expect(found('taskz')).rejects.toMatchObject({ code: 'unknown_function', hint: 'There are: tasks, pay.' });
  for (const name of await listFunctions(dir)) expect(await found(name)).toBe(`${name}.ts`);
  expect(answersTo({ name: 'a', providerConfigKey: 'b', path: 'b/syncs/a.ts', file: '', kind: 'sync' }, 'c/a')).toBe(
    false,
  );
});
