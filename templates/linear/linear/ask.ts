// GraphQL says in the body whether it answered: a 200 may carry `errors`, and half of what was asked for is not an answer.
// https://linear.app/developers/graphql
import type { NangoAction } from '@syncline/functions';

interface Answer<Data> {
  data?: Data | null;
  errors?: { message: string; extensions?: { userPresentableMessage?: string } }[];
}

interface Question {
  query: string;
  variables: Record<string, unknown>;
  /** For queries: they change nothing, so they may be asked again when an answer is lost. */
  retryUnsafe?: boolean;
}

/** @throws ActionError `linear_error` with Linear's own message, written for people where there is one */
export async function ask<Data>(
  nango: Pick<NangoAction, 'post' | 'ActionError'>,
  { query, variables, retryUnsafe = false }: Question,
): Promise<Data> {
  const { data: answer } = await nango.post<Answer<Data>>({
    endpoint: '/graphql',
    data: { query, variables },
    retries: 5,
    retryUnsafe,
  });
  const [error] = answer.errors ?? [];
  if (error !== undefined || !answer.data) {
    const message = error?.extensions?.userPresentableMessage ?? error?.message ?? 'Linear answered without data.';
    throw new nango.ActionError({ type: 'linear_error', message });
  }
  return answer.data;
}
