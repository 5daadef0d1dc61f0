// The process's one client of Temporal: lazy, so that everything that does not need Temporal works while it is away.
import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';

export interface TemporalAddress {
  address: string;
  namespace: string;
}

export function createTemporalClient({ address, namespace }: TemporalAddress, dataConverter: DataConverter) {
  const connection = Connection.lazy({ address, connectTimeout: '5s' });
  return new Client({ connection, namespace, dataConverter });
}

/** @returns the namespace's id: another one than before means that Temporal was wiped */
export async function namespaceId(client: Client): Promise<string> {
  const { workflowService } = client.connection;
  const described = await client.connection.withDeadline(Date.now() + 3_000, () =>
    workflowService.describeNamespace({ namespace: client.options.namespace }),
  );
  return described.namespaceInfo?.id ?? '';
}
