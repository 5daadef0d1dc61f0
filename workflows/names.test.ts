import { expect, it } from 'vitest';
import { poke, queues, scheduleIds, searchAttributes, workflowIds, workflowTypes } from './names.ts';

it('keeps every name that Temporal has stored: a changed one strands open workflows', () => {
  expect({
    queues,
    workflowTypes,
    ids: [
      workflowIds.sync('ID'),
      workflowIds.connection('ID', 'created'),
      workflowIds.connection('ID', 'deleted'),
      workflowIds.action('ID'),
      ...Object.values(scheduleIds),
    ],
    signal: poke.name,
    searchAttributes: Object.values(searchAttributes).map(({ name, type }) => `${name}:${type}`),
  }).toMatchInlineSnapshot(`
    {
      "ids": [
        "sync:ID",
        "connection:ID:created",
        "connection:ID:deleted",
        "action:ID",
        "refresh-sweep",
      ],
      "queues": {
        "functions": "functions",
        "platform": "platform",
        "sync": "sync",
      },
      "searchAttributes": [
        "Environment:KEYWORD",
        "Provider:KEYWORD",
        "Integration:KEYWORD",
        "ConnectionId:KEYWORD",
        "SyncName:KEYWORD",
        "SyncState:KEYWORD",
        "LastRunStatus:KEYWORD",
      ],
      "signal": "poke",
      "workflowTypes": {
        "action": "action",
        "connection": "connection",
        "refreshSweep": "refreshSweep",
        "sync": "sync",
      },
    }
  `);
});
