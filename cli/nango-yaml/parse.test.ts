import { describe, expect, it } from 'vitest';
import { parseNangoYaml } from './parse.ts';
import { toDefinitions } from './to-json-schema.ts';

const codes = (text: string) =>
  parseNangoYaml(text).diagnostics.map(({ severity, code, line }) => `${severity} ${code} ${line}`);

const whole = `
integrations:
  github:
    provider: github
    syncs:
      issues:
        description: Copies issues.
        runs: every 2 hours
        endpoint: { method: GET, path: /github/issues, group: Issues }
        output: Issue
        input: Settings
        sync_type: INCREMENTAL
        auto_start: false
        scopes: repo, read:user
        webhook-subscriptions: issues
        version: 2
      both:
        runs: every day
        endpoint: [/users, 'GET /teams/{Team}']
        output: [User, Team]
        track_deletes: true
        version: 1.2.3
    actions:
      create-issue:
        endpoint: POST /issues
        input: { title: string, 'body?': string }
        output: Issue
      ping: {}
    on-events:
      pre-connection-deletion: [bye]
      post-connection-creation: [hello, again]
models:
  Issue:
    __extends: Base
    title: string
    labels: string[]
    state: "'open' | 'closed'"
    author?: User
    pair: [string, number]
    meta: { nested?: date, __string: number }
  Base: { id: number, title: any }
  User: { id: string }
  Team: { id: string, members: 'User[]' }
  Settings: { repo: string }
`;

it('reads everything that a file can say', () => {
  const { integrations, models, diagnostics } = parseNangoYaml(whole);
  expect(diagnostics).toEqual([]);
  expect(integrations).toEqual([
    {
      id: 'github',
      provider: 'github',
      syncs: [
        {
          type: 'sync',
          name: 'issues',
          description: 'Copies issues.',
          version: '2',
          scopes: ['repo', 'read:user'],
          input: 'Settings',
          endpoints: [{ method: 'GET', path: '/github/issues', group: 'Issues' }],
          output: ['Issue'],
          runs: 'every 2 hours',
          syncType: 'incremental',
          trackDeletes: false,
          autoStart: false,
          webhookSubscriptions: ['issues'],
        },
        {
          type: 'sync',
          name: 'both',
          version: '1.2.3',
          scopes: [],
          endpoints: [
            { method: 'GET', path: '/users' },
            { method: 'GET', path: '/teams/{Team}' },
          ],
          output: ['User', 'Team'],
          runs: 'every day',
          syncType: 'full',
          trackDeletes: true,
          autoStart: true,
        },
      ],
      actions: [
        {
          type: 'action',
          name: 'create-issue',
          scopes: [],
          input: 'Anonymous_github_action_create_issue_input',
          endpoints: [{ method: 'POST', path: '/issues' }],
          output: 'Issue',
        },
        { type: 'action', name: 'ping', scopes: [], endpoints: [] },
      ],
      onEvents: [
        { event: 'post-connection-creation', name: 'hello' },
        { event: 'post-connection-creation', name: 'again' },
        { event: 'pre-connection-deletion', name: 'bye' },
      ],
    },
  ]);
  expect(toDefinitions(['Issue', 'Anonymous_github_action_create_issue_input'], models)).toEqual({
    Issue: {
      type: 'object',
      properties: {
        id: { type: 'number' },
        title: { type: 'string' },
        labels: { type: 'array', items: { type: 'string' } },
        state: { anyOf: [{ const: 'open' }, { const: 'closed' }] },
        author: { $ref: '#/definitions/User' },
        pair: { type: 'array', items: [{ type: 'string' }, { type: 'number' }], minItems: 2, maxItems: 2 },
        meta: {
          type: 'object',
          properties: { nested: { type: 'string', format: 'date-time' } },
          additionalProperties: { type: 'number' },
        },
      },
      required: ['id', 'title', 'labels', 'state', 'pair', 'meta'],
      additionalProperties: false,
    },
    User: expect.objectContaining({ required: ['id'] }),
    Anonymous_github_action_create_issue_input: {
      type: 'object',
      properties: { title: { type: 'string' }, body: { type: 'string' } },
      required: ['title'],
      additionalProperties: false,
    },
  });
});

it('reads the first schema, whose syncs are incremental and have no endpoints', () => {
  const { integrations, diagnostics } = parseNangoYaml(`
integrations:
  github:
    issues: { runs: every hour, returns: [Issue], track_deletes: false, auto_start: false, description: d }
    close: { type: action, returns: [Issue] }
models:
  Issue: { id: string }
`);
  expect(diagnostics).toEqual([]);
  expect(integrations).toMatchObject([
    {
      syncs: [{ name: 'issues', output: ['Issue'], syncType: 'incremental', autoStart: false, endpoints: [] }],
      actions: [{ name: 'close', output: 'Issue', endpoints: [] }],
    },
  ]);
});

it('takes post-connection-scripts for on-events, and anything with an id for a model in place', () => {
  const { integrations, diagnostics } = parseNangoYaml(`
integrations:
  a:
    syncs:
      s: { runs: every hour, endpoint: /s, output: { id: string } }
    post-connection-scripts: [hello]
`);
  expect(diagnostics).toEqual([]);
  expect(integrations).toMatchObject([
    {
      syncs: [{ output: ['Anonymous_a_sync_s_output'] }],
      onEvents: [{ event: 'post-connection-creation', name: 'hello', deprecated: true }],
    },
  ]);
});

describe('says what is wrong and in which line', () => {
  const sync = (lines: string, models = 'Issue: { id: string }') => `integrations:
  a:
    syncs:
      s:
        runs: every hour
        endpoint: /s
        output: Issue
${lines}
models:
  ${models}
`;
  const model = (line: string) => `integrations: {}\nmodels:\n  ${line}\n`;

  it.each([
    ['a model of a strange name', model('My-Model: { id: string }'), 'error invalid_model_name 3'],
    [
      'a model of two syncs',
      sync('      t: { runs: every hour, endpoint: /t, output: Issue }'),
      'error duplicate_model 8',
    ],
    [
      'an output that an action repeats',
      'integrations:\n  a:\n    actions:\n      x: { output: [M, M] }\nmodels: { M: { id: string } }',
      'error duplicate_model 4',
    ],
    ['records without an id', sync('', 'Issue: { name: string }'), 'error model_missing_id 7'],
    ['an endpoint twice', sync('    actions:\n      x: { endpoint: GET /s }'), 'error duplicate_endpoint 9'],
    ['more endpoints than outputs', sync('').replace('/s', '[/s, /t]'), 'error endpoints_mismatch 6'],
    ['a frequency under 30 seconds', sync('').replace('every hour', 'every 5 seconds'), 'error invalid_runs 5'],
    ['a path with an unknown model', sync('').replace('/s', '/s/{Gone}'), 'error model_not_found 6'],
    ['an unknown parent', model('A: { __extends: Gone, id: string }'), 'error model_extends_not_found 3'],
    ['a model that extends itself', model('A: { __extends: A, id: string }'), 'error model_extends_not_found 3'],
    ['generics', model('A: { id: Record<string> }'), 'error type_syntax_error 3'],
    ['an array of nothing', model("A: { id: '[]' }"), 'error type_syntax_error 3'],
    ['half an array', model("A: { id: 'string[' }"), 'error failed_to_parse_array 3'],
    ['an empty list', model('A: { id: [] }'), 'error failed_to_parse_array 3'],
    ['an object as text', model("A: { id: '{ a: b }' }"), 'error failed_to_parse_object 3'],
    ['half a union', model("A: { id: 'string |' }"), 'error failed_to_parse_union 3'],
    [
      'both ways to say it',
      'integrations:\n  a:\n    on-events: { validate-connection: [x] }\n    post-connection-scripts: [y]',
      'error both_post_connection_scripts_and_on_events_present 4',
    ],
    ['a model that is text', model('A: string'), 'warning model_is_literal 3'],
    ['an unknown word', model('A: { id: strin }'), 'warning model_not_found_fallback 3'],
    ['a model in itself', model("A: { id: string, children: 'A[]' }"), 'warning cyclic_model 3'],
    ['a key that there is not', sync('        frequency: every day'), 'error unknown_key 8'],
    ['a function of a strange name', 'integrations:\n  a:\n    actions:\n      b c: {}', 'error invalid_name 4'],
    ['a sync that is posted', sync('').replace('/s', 'POST /s'), 'error invalid_endpoint 6'],
    ['a path with other characters', sync('').replace('/s', '/s?x'), 'error invalid_endpoint 6'],
    [
      'a sync without an output',
      'integrations:\n  a:\n    syncs:\n      s: { runs: every hour, endpoint: /s }',
      'error invalid_nango_yaml 4',
    ],
    ['a key twice', 'integrations: {}\nintegrations: {}', 'error invalid_yaml 2'],
    ['no YAML', 'integrations: [', 'error invalid_yaml 1'],
    ['something else', 'a: 1', 'error unknown_key 1'],
    ['nothing', '', 'error invalid_nango_yaml undefined'],
  ])('%s', (_what, text, expected) => {
    expect(codes(text)).toContain(expected);
  });
});
