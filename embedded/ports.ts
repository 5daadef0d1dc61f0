// Which ports this instance uses: the API's is the operator's choice, the others are kept from the last start when free.
import type { SupervisorConfig } from '../core/config/parse-config.ts';
import type { DataFolder, Ports } from './data-folder.ts';
import { freePort, isPortFree } from './free-port.ts';
import { StartError } from './start-error.ts';

/** @throws StartError when the API could not listen. */
export async function requireOwnPort({ host, port }: SupervisorConfig): Promise<void> {
  const free = await isPortFree(port, host).catch((cause: NodeJS.ErrnoException) => {
    throw new StartError(
      `${host} is not an address of this machine (${cause.code}): set SYNCLINE_HOST to one that is.`,
      { cause },
    );
  });
  if (!free)
    throw new StartError(`Port ${port} on ${host} is in use: stop what uses it, or set SYNCLINE_PORT to another one.`);
}

export async function choosePorts(config: SupervisorConfig, data: DataFolder): Promise<Required<Ports>> {
  const saved = data.readPorts();
  const taken = [config.port];
  const choose = async (wanted: number | undefined) => {
    const port = await freePort({ wanted, taken });
    taken.push(port);
    return port;
  };
  const ports = {
    postgres: await choose(saved.postgres),
    temporal: await choose(saved.temporal),
    temporalUi: await choose(saved.temporalUi),
    simulator: await choose(config.simulatorPort ?? saved.simulator),
  };
  data.savePorts(ports);
  return ports;
}
