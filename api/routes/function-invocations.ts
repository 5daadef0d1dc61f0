// Invocations of functions that createFunction made without a trigger: they run as actions, under words of their own.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { acceptAction } from '../../core/actions/accept-action.ts';
import { statusUrlOf } from '../../core/actions/end-attempt.ts';
import { readResult } from '../../core/actions/read-result.ts';
import { fromUnknown, SynclineError } from '../../core/errors.ts';
import { listFunctions } from '../../core/functions/read-functions.ts';
import type { ApiEnv } from '../context.ts';
import { connectionId, functionName, providerConfigKey } from '../fields.ts';
import { assertFirst } from '../middleware/idempotency.ts';
import { requireScope } from '../middleware/require-scope.ts';
import { errorResponses, json, jsonBody, noQuery } from '../openapi.ts';

const invoke = createRoute({
  method: 'post',
  path: '/functions/invocations',
  summary: 'Invokes a function, and waits for its output or not',
  middleware: [requireScope('functions:invocations')] as const,
  request: {
    query: noQuery,
    body: jsonBody(
      z.strictObject({
        connection_id: connectionId,
        integration_id: providerConfigKey,
        name: functionName,
        input: z.unknown().optional(),
        invocation_type: z.enum(['wait', 'no_wait']),
        options: z.strictObject({ max_retries: z.number().int().min(0).max(5).optional() }).optional(),
      }),
    ),
  },
  responses: {
    200: json('The raw output', z.unknown()),
    202: json('Taken; the result comes at `statusUrl`', z.object({ id: z.uuid(), statusUrl: z.string() })),
    ...errorResponses(400, 404, 409, 422, 424, 500, 503),
  },
});

const read = createRoute({
  method: 'get',
  path: '/functions/invocations/{id}',
  summary: 'The result of an invocation that nobody waited for; kept for 5 days',
  middleware: [requireScope('functions:invocations')] as const,
  request: { params: z.strictObject({ id: z.uuid() }) },
  responses: { 200: json('The raw output', z.unknown()), ...errorResponses(400, 404, 424, 500) },
});

export const functionInvocations = new OpenAPIHono<ApiEnv>()
  .openapi(invoke, async function handleInvoke(c) {
    const { connection_id, integration_id, name, input, invocation_type, options } = c.req.valid('json');
    const { environment, services, idempotency } = c.var;
    const call = { providerConfigKey: integration_id, connectionId: connection_id, actionName: name, input };
    const named = { environment, integration: integration_id, name };
    if (invocation_type === 'no_wait') {
      const { id } = await acceptAction(environment, services, {
        ...call,
        via: 'function',
        maxRetries: options?.max_retries,
        idempotencyKey: idempotency?.key,
      }).catch((cause: unknown) => refuse(cause, named));
      const statusUrl = statusUrlOf({ via: 'function', id });
      return c.json({ id, statusUrl }, 202, { Location: statusUrl });
    }
    assertFirst(idempotency);
    const { output } = await services
      .runAction({ environment, ...call, via: 'function' })
      .catch((cause: unknown) => refuse(cause, named));
    return c.body(output, 200, { 'Content-Type': 'application/json' }) as never;
  })
  .openapi(read, async function handleRead(c) {
    const output = await readResult(c.var.environment, c.req.valid('param').id).catch((cause: unknown) => {
      throw asFailure(fromUnknown(cause));
    });
    return c.body(output, 200, { 'Content-Type': 'application/json' }) as never;
  });

/** What the function itself ended with; the other types are refusals before it ran. */
const failures = /^(action_script_|script_|execution_timeout|function_runtime_|outcome_unknown|connection_refresh_)/;

const renamed: Record<string, { code: string; status: number }> = {
  unknown_connection: { code: 'connection_not_found', status: 404 },
  unknown_provider: { code: 'connection_not_found', status: 404 },
  not_found: { code: 'function_not_found', status: 404 },
  disabled_resource: { code: 'function_disabled', status: 403 },
  invalid_action_input: { code: 'validation_error', status: 400 },
  invalid_action_output: { code: 'validation_error', status: 400 },
};

interface Named {
  environment: ApiEnv['Variables']['environment'];
  integration: string;
  name: string;
}

async function refuse(cause: unknown, { environment, integration, name }: Named): Promise<never> {
  const error = fromUnknown(cause);
  // There may be a function of that name which runs by itself.
  const others = error.code === 'not_found' ? await listFunctions(environment, integration) : [];
  const other = others.find(({ function: row }) => row.name === name);
  if (other) {
    throw new SynclineError(
      'invalid_invocation',
      `'${name}' is a ${other.function.type} function; it runs by itself.`,
      {
        status: 400,
        hint: 'Invoke a function without a trigger. A sync is triggered with POST /sync/trigger.',
      },
    );
  }
  throw inItsWords(error);
}

function inItsWords(error: SynclineError): SynclineError {
  const name = renamed[error.code];
  return name ? reworded(error, name) : asFailure(error);
}

const asFailure = (error: SynclineError): SynclineError =>
  failures.test(error.code)
    ? reworded(error, { code: 'function_failed', status: 424, payload: { type: error.code, ...error.payload } })
    : error;

function reworded(
  { message, hint, upstream, ...error }: SynclineError,
  { code, status, payload = error.payload }: { code: string; status: number; payload?: SynclineError['payload'] },
): SynclineError {
  return new SynclineError(code, message, {
    status,
    cause: error,
    ...(hint !== undefined && { hint }),
    ...(payload && { payload }),
    ...(upstream && { upstream }),
  });
}
