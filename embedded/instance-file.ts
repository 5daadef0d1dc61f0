// SYNCLINE_DATA/instance.json: where this instance is, for tests, the CLI and people. It is there while the instance serves.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from './write-file.ts';

export interface InstanceEnvironment {
  name: string;
  id: string;
  secretKey: string | null;
  webhookSigningKey: string;
}

export interface Instance {
  url: string;
  dashboardUrl: string;
  temporalUiUrl: string | null;
  temporalAddress: string;
  databaseUrl: string;
  environments: InstanceEnvironment[];
  processes: { name: string; pid: number }[];
}

export const instancePath = (dataDir: string) => join(dataDir, 'instance.json');

export const writeInstance = (dataDir: string, instance: Instance) =>
  writeAtomically(instancePath(dataDir), `${JSON.stringify(instance, null, 2)}\n`);

export const removeInstance = (dataDir: string) => rmSync(instancePath(dataDir), { force: true });
