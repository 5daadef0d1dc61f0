// Pools of connections that show a client certificate, one pool for each; the least used goes when there are many.
import { createHash } from 'node:crypto';
import type { Agent } from 'undici';

interface Certificate {
  certificate: string;
  privateKey: string;
}

const maxAgents = 100;

export function createCertifiedAgents(create: (tls: { cert: string; key: string }) => Agent) {
  const agents = new Map<string, Agent>();

  return {
    get({ certificate, privateKey }: Certificate): Agent {
      const name = createHash('sha256').update(`${certificate}\n${privateKey}`).digest('base64');
      const agent = agents.get(name) ?? create({ cert: certificate, key: privateKey });
      agents.delete(name);
      agents.set(name, agent); // last in line to go
      for (const [oldest, unused] of agents) {
        if (agents.size <= maxAgents) break;
        agents.delete(oldest);
        void unused.close(); // after its requests
      }
      return agent;
    },
    async close(): Promise<void> {
      await Promise.all([...agents.values()].map((agent) => agent.close()));
    },
  };
}
