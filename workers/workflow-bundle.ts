// The workflow bundle: built ahead by whoever starts us, or here when nobody did (2 s).
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker';

export async function workflowBundle(
  codePath: string | undefined,
  failureConverterPath: string,
): Promise<WorkflowBundleOption> {
  if (codePath !== undefined && existsSync(codePath)) return { codePath };
  return bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
    failureConverterPath,
  });
}
